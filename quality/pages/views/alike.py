"""The queue of listings that are like a tested one (同款、同店商品): looked through and decided on, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.words import Text, _
from quality.lab.models import Finding
from quality.likeness.models import Decision
from quality.likeness.queries import one_visible, progress_of
from quality.notices.operations import Choice, decide
from quality.pages.alike import DIGITS, asked_of, page, platforms_of, progress_of_all
from quality.pages.forms.fields import shown
from quality.people.access import me, needs
from quality.people.actor import within
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can

alike = Blueprint("alike", __name__, url_prefix="/desk/alike")
SIGNS = 600  # of a reason as it is given back


@alike.get("")
@needs(Can.FINDING_READ)
def queue() -> ResponseReturnValue:
    return drawn()


@alike.post("", endpoint="say")
@comes_back
@needs(Can.ALIKE_DECIDE)
def say() -> ResponseReturnValue:
    """All of those that were chosen, or none."""
    if why := not_recorded():
        return make_response(drawn(why), 422)
    session, decision = db.session(), request.form.get("decision", "")
    chosen = request.form.getlist("shown" if request.form.get("every") else "chosen")
    try:
        decide(session, [read(each) for each in chosen], decision, by=me, reason=request.form.get("reason", ""))
    except Invalid as wrong:
        session.rollback()
        return make_response(drawn([problem.text for problem in wrong.problems]), 422)
    except Stale:
        session.rollback()
        return make_response(drawn([CHANGED]), 409)
    except (NotFound, NotPermitted):
        raise
    except Refused as no:
        session.rollback()
        return make_response(drawn([no.reason]), 409)
    said = {Decision.CONFIRMED: _("Confirmed: %(count)s", count=len(chosen))}
    flash(str(said.get(Decision(decision), _("Ruled out: %(count)s", count=len(chosen)))), "success")
    asked = asked_of(request.args, platforms_of(session, me))
    return redirect(url_for("alike.queue", **asked.in_the_address()))


CHANGED = _("Somebody else decided on one of these meanwhile. Nothing was recorded; look at the list as it is now")


def read(text: str) -> Choice:
    """`17:1` is listing 17 as its version 1 was seen. What is no such thing, or not theirs, is not there."""
    key, _colon, version = text.partition(":")
    if not all(part.isascii() and part.isdigit() and len(part) <= DIGITS for part in (key, version)):
        raise NotFound(text[:40])
    return Choice(one_visible(db.session(), me, int(key)), int(version))


def drawn(wrong: Sequence[Text] = ()) -> str:
    session = db.session()
    platforms = platforms_of(session, me)
    asked = asked_of(request.args, platforms)
    return render_template(
        "desk/alike.html",
        asked=asked,
        page=page(session, asked, me, platforms),
        progress=progress_of_all(progress_of(session, within(Finding, me))),
        wrong=wrong,
        chosen=set(request.form.getlist("chosen")),
        reason=shown(request.form.get("reason", ""))[:SIGNS],
        may_decide=me.can(Can.ALIKE_DECIDE),
        may_draft=me.can(Can.NOTICE_DRAFT),
    )
