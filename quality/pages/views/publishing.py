"""The editor's desk: everything that waits before it is public, or before it leaves."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.lab.models import Verdict
from quality.pages.announcing import templates_that_wait, texts_that_wait
from quality.pages.asking import cursor_of
from quality.pages.editor import A_FEW, A_PAGE, SOON, Narrowed, Waits, listed
from quality.pages.listing import campaigns_of
from quality.pages.words import word
from quality.pages.words.editing import NOTHING, TITLES
from quality.people.access import me, needs
from quality.permissions import Can

publishing = Blueprint("publishing", __name__, url_prefix="/desk/publishing")


@publishing.get("")
@needs(Can.RESULT_READ)
def schedule() -> ResponseReturnValue:
    """The first few of every list, or one list page by page."""
    session, campaigns = db.session(), campaigns_of(db.session(), me)
    verdicts = {each.value: word("finding_verdict", each) for each in Verdict}
    typed = {name: request.args.get(name, "") for name in ("what", "campaign", "verdict")}
    known = {"what": TITLES, "campaign": campaigns, "verdict": verdicts}
    problems = [
        FieldProblem(name, "unknown", _("Choose one from the list"))
        for name, text in typed.items()
        if text and text not in known[name]
    ]
    chosen = {name: text if text in known[name] else "" for name, text in typed.items()}
    only, after = chosen.pop("what"), cursor_of(request.args.get("after", ""))
    wanted = Narrowed(**chosen)
    lists = [Waits(only)] if only else list(Waits)
    found = {
        what.value: listed(session, me, what, wanted, after=after if only else None, limit=A_PAGE if only else A_FEW)
        for what in ([] if problems else lists)
    }
    shown = render_template(
        "desk/publishing.html",
        found=found,
        only=only,
        wanted=wanted,
        is_further=bool(only and after),
        campaigns=campaigns,
        verdicts=verdicts,
        titles=TITLES,
        nothing=NOTHING,
        soon=SOON.days,
        problems=problems,
        texts=[] if only else texts_that_wait(session, me),
        templates=[] if only else templates_that_wait(session, me),
    )
    return make_response(shown, 422 if problems else 200)
