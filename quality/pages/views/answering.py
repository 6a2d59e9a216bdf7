"""A platform answers for many listings of many notices on one page: ticked, and said of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.words import Text, _
from quality.pages.answering import (
    ManyAnswered,
    Sent,
    Wrong,
    answer,
    chosen_of,
    form_of,
    gone,
    is_number,
    page,
    sent_of,
)
from quality.people.access import me, needs
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can

answering = Blueprint("answering", __name__, url_prefix="/desk/answers")
NOTHING = Sent({}, {})
EVERY = {"", "1"}  # not ticked, ticked


@answering.get("/")
@needs(Can.ITEM_ANSWER)
def listed() -> ResponseReturnValue:
    return drawn(form_of())


@answering.post("/", endpoint="say")
@comes_back
@needs(Can.ITEM_ANSWER)
def say() -> ResponseReturnValue:
    """What is right is recorded; what is wrong with others is said, and what was typed stays."""
    session, form, sent = db.session(), form_of(CombinedMultiDict((request.form, request.files))), sent_of(request.form)
    if why := not_recorded():
        return make_response(drawn(form, sent, why), 422)
    fits = form.validate()
    if sent.every not in EVERY:
        return make_response(drawn(form, sent, [_("Choose of the list only")]), 422)
    if not sent.chosen:
        return make_response(drawn(form, sent, [_("Choose at least one listing")]), 422)
    if not fits:
        return make_response(drawn(form, sent, wrong=gone(session, sent, chosen_of(session, sent, me), me)), 422)
    done, wrong = answer(session, form, sent, by=me)
    if wrong or form.errors:
        return make_response(drawn(form, sent, wrong=wrong, done=done), 200 if done else 422)
    flash(str(_("Answers recorded: %(count)s. The agency looks for itself.", count=done)), "success")
    return redirect(url_for("answering.listed", notice=request.args.get("notice") or None))


def drawn(
    form: ManyAnswered, sent: Sent = NOTHING, loose: Sequence[Text] = (), wrong: Sequence[Wrong] = (), done: int = 0
) -> str:
    after = request.args.get("after", "")
    listed = page(db.session(), me, int(after) if is_number(after) else None, request.args.get("notice", "")[:40])
    return render_template(
        "desk/answering.html",
        page=listed,
        every=sent.all_of(listed.lines),
        marked=sent.marked(listed.lines),
        form=form,
        sent=sent,
        loose=loose,
        wrong=wrong,
        done=done,
    )
