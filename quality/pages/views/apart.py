"""Files that a check set apart, and a person's word on each; files that no case refers to, before they go."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _
from quality.evidence.apart import MOST, listed, one_visible, without_a_case
from quality.evidence.checks import DOUBTS
from quality.evidence.models import Verdict
from quality.evidence.operations import judge
from quality.evidence.vault import vault_from
from quality.pages.timeline import Names
from quality.people.access import me, needs
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings

apart = Blueprint("apart", __name__, url_prefix="/desk/files")
LONGEST = 500  # characters of a reason
SAID = {
    Verdict.RELEASED: _("The file is released; a case may refer to it now"),
    Verdict.CONFIRMED: _("The file stays apart"),
}


class Typed(NamedTuple):
    """What was typed for one of the files, and what is wrong with it."""

    key: int
    why: str
    problems: list[Text]


@apart.get("/")
@needs(Can.EVIDENCE_JUDGE)
def files() -> ResponseReturnValue:
    return page()


@apart.post("/<int:quarantine>")
@comes_back
@needs(Can.EVIDENCE_JUDGE, once_found=True)
def decide(quarantine: int) -> ResponseReturnValue:
    session = db.session()
    found = one_visible(session, me, quarantine)
    why, version = visible(request.form.get("why", "")), request.form.get("version", type=int)
    typed = Typed(quarantine, why[: LONGEST * 10], list(not_recorded()))
    try:
        verdict = verdict_sent()
        if len(why) > LONGEST:
            raise Invalid(FieldProblem("why", "too_long", _("Enter at most %(most)s characters", most=LONGEST)))
        if typed.problems:
            return make_response(page(typed), 422)
        judge(session, vault_from(settings().evidence_url), found, verdict, why=why, by=me, version=version)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(typed._replace(problems=[each.text for each in wrong.problems])), 422)
    except FileNotFoundError:
        raise NotFound(str(quarantine)) from None
    flash(str(SAID[verdict]), "success")
    return redirect(url_for("apart.files"))


def verdict_sent() -> Verdict:
    try:
        return Verdict(request.form.get("verdict", ""))
    except ValueError:
        raise Invalid(FieldProblem("verdict", "missing", _("Choose whether it is released or stays apart"))) from None


def page(typed: Typed | None = None) -> str:
    session = db.session()
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**31 else None
    waiting, decided = listed(session, me, decided=False), listed(session, me, decided=True, before=before)
    lonely = without_a_case(session, me)
    people = {each.sent_by_id for each in (*waiting, *decided)} | {each.decided_by_id for each in decided}
    people |= {each.held.sent_by_id for each in lonely}
    return render_template(
        "desk/apart.html",
        names=Names(session, {person for person in people if person is not None}, me),
        waiting=waiting[:MOST],
        more_wait=len(waiting) > MOST,
        decided=decided[:MOST],
        older=decided[MOST - 1].id if len(decided) > MOST else None,
        before=before,
        lonely=lonely,
        doubts=DOUBTS,
        typed=typed,
        longest=LONGEST,
    )
