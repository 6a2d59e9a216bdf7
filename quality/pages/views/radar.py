"""The worklist of the radar (重新上架线索): what was taken down and may be on sale again, decided on many at once."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.words import Text, _
from quality.pages.forms.fields import shown
from quality.pages.radar import DIGITS, asked_of, page, platforms_of
from quality.people.access import me, needs
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can
from quality.radar.models import Hit, Said
from quality.radar.operations import decide
from quality.radar.queries import one_visible

radar = Blueprint("radar", __name__, url_prefix="/desk/radar")
SIGNS = 600  # of a reason as it is given back


@radar.get("")
@needs(Can.FINDING_READ)
def queue() -> ResponseReturnValue:
    return drawn()


@radar.post("", endpoint="say")
@comes_back
@needs(Can.ALIKE_DECIDE)
def say() -> ResponseReturnValue:
    """All of those that were chosen, or none."""
    if why := not_recorded():
        return make_response(drawn(why), 422)
    session, decision = db.session(), request.form.get("decision", "")
    chosen = list(dict.fromkeys(request.form.getlist("chosen")))
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
    many = len(chosen)
    done = _("Confirmed: %(count)s", count=many) if decision == Said.SAME else _("Ruled out: %(count)s", count=many)
    flash(str(done), "success")
    asked = asked_of(request.args, platforms_of(session, me))
    return redirect(url_for("radar.queue", **asked.in_the_address()))


CHANGED = _("Somebody else decided on one of these meanwhile. Nothing was recorded; look at the list as it is now")


def read(text: str) -> Hit:
    """What is no such hit, or not theirs, is not there."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise NotFound(text[:40])
    return one_visible(db.session(), me, int(text))


def drawn(wrong: Sequence[Text] = ()) -> str:
    session = db.session()
    platforms = platforms_of(session, me)
    asked = asked_of(request.args, platforms)
    return render_template(
        "desk/radar.html",
        asked=asked,
        page=page(session, asked, me, platforms),
        wrong=wrong,
        chosen=set(request.form.getlist("chosen")),
        reason=shown(request.form.get("reason", ""))[:SIGNS],
        may_decide=me.can(Can.ALIKE_DECIDE),
        may_draft=me.can(Can.NOTICE_DRAFT),
    )
