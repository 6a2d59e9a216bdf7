"""A platform answers for all its listings on one page: what is right is recorded, what is wrong comes back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.words import Text, _
from quality.notices.editions import Superseded
from quality.notices.models import Notice
from quality.notices.queries import one_visible
from quality.pages.editions import editions
from quality.pages.forms.answers import Said, record, typed, unsaid, waiting
from quality.pages.kinds.notice.listings import listings
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can

FEW_DIGITS = 4  # of an edition
answers = Blueprint("answers", __name__, url_prefix="/desk/notice/<number>/answers")


@answers.get("")
@needs(Can.ITEM_ANSWER, once_found=True)
def form(number: str) -> ResponseReturnValue:
    notice = one_visible(db.session(), me, number)
    require_for(notice)
    return page(notice, unsaid(waiting(notice)))


@answers.post("", endpoint="send")
@comes_back
@needs(Can.ITEM_ANSWER, once_found=True)
def send(number: str) -> ResponseReturnValue:
    """One bad answer does not lose the others: what is right is kept, whatever else comes back to be mended."""
    session = db.session()
    notice = one_visible(session, me, number)
    require_for(notice)
    said = typed(notice, CombinedMultiDict((request.form, request.files)))
    if why := not_recorded():
        return make_response(page(notice, said, why), 422)
    try:
        done = record(session, notice, said, by=me, edition=edition_read())
    except Superseded as no:
        session.rollback()
        notice = one_visible(session, me, number)
        again = typed(notice, CombinedMultiDict((request.form, request.files)))
        return make_response(page(notice, again, [no.reason], since=no), 409)
    wrong = [each for each in said if each.is_wrong]
    if not wrong and not done:
        nothing = _("Say what became of at least one listing")
        return make_response(page(notice, said, [nothing]), 422)
    if wrong:
        left = [each for each in said if each not in done]
        return make_response(page(notice, left, done=len(done)), 200 if done else 422)
    flash(str(_("Answers recorded: %(count)s. The agency looks for itself.", count=len(done))), "success")
    return redirect(url_for("desk.dossier", kind="notice", number=number))


def edition_read() -> int | None:
    """Which edition the page showed; a form of before there were any has none."""
    said = request.form.get("edition", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= FEW_DIGITS else None


def page(
    notice: Notice, said: Sequence[Said], loose: Sequence[Text] = (), done: int = 0, since: Superseded | None = None
) -> str:
    return render_template(
        "desk/answers.html",
        notice=notice,
        said=said,
        listings=listings(db.session(), notice, me),
        loose=loose,
        done=done,
        changed=[each for each in editions(db.session(), notice, me) if since and each.number > since.read],
    )
