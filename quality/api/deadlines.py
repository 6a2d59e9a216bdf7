"""The deadlines of a case: those that run, and how one is paused, resumed or extended on somebody's word."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.cases import Collection, clock_of, plain, wear
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.notices import NOTICES, notices
from quality.api.reading import sent
from quality.api.samples import FINDINGS, OBJECTIONS, SAMPLES, findings, objections, samples
from quality.api.shapes import LARGEST, Clock, Line, Page, Paragraph, Sent, Told, Version
from quality.clocks import models
from quality.clocks.changing import Change, change, open_requests
from quality.clocks.models import ChangeKind
from quality.clocks.operations import Allowed
from quality.clocks.queries import clocks_of_all, rule_of, shown
from quality.core import clock as time
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can

DOORS: list[Door] = []  # they are in those of the collections


class DeadlineTold(Clock):
    id: int
    part: str | None = Field(description="Of which part of the case, as its events name it; null: of all of it")
    changed_by: str = Field(description="`nobody`, `one`, or `two`: another person decides what one asks for")
    asked: bool = Field(description="A change waits for another person's decision")


class DeadlineChange(Sent):
    version: Version | None = Field(None, description="Of the case, as you read it: an older one is 409")
    clock: int = Field(ge=1, le=LARGEST, description="Its `id`, of `GET …/deadlines`")
    kind: ChangeKind = Field(strict=False, description="`pause`, `resume` or `extend`")
    days: int | None = Field(None, ge=1, le=LARGEST, description="Of an extension, in the unit that the rule counts")
    reason: Paragraph = Field(min_length=1, description="Whoever has the deadline reads it, another party too")
    allowed_by: Line = Field(min_length=1, description="Name and office of the person who decided")
    decision_no: Line = Field("", description="The decision's number")

    def wanted(self) -> Change:
        return Change(self.kind, self.reason, Allowed(self.allowed_by.strip(), self.decision_no.strip()), self.days)


class DeadlineChanged(Told):
    deadline: DeadlineTold
    done: bool = Field(description="False: it was asked for, and another person decides on a page")


def deadlines_of(found: Collection, case: Any) -> list[models.Clock]:
    own = found.kind.describe(db.session(), case, me)
    return clocks_of_all(db.session(), [case, *own.parts])


def deadline_told(case: Any, kept: models.Clock) -> DeadlineTold:
    is_own = (kept.subject_type, kept.subject_id) == (case.__tablename__, case.id)
    return DeadlineTold(
        id=kept.id,
        part=None if is_own else f"{kept.subject_type}:{kept.subject_id}",
        changed_by=rule_of(kept).changed_by,
        asked=kept.id in open_requests(db.session(), [kept.id]),
        **clock_of(shown(kept, time.now())).model_dump(),
    )


def add_deadlines(made: Door, found: Collection) -> None:
    def listed(**named: str) -> ResponseReturnValue:
        case = found.found(named[found.part])
        lines = [deadline_told(case, kept) for kept in deadlines_of(found, case)]
        return told(Page[DeadlineTold](items=lines, next=None))

    @takes(body=DeadlineChange)
    def changed(**named: str) -> ResponseReturnValue:
        case = found.found(named[found.part])
        require_for(case)
        given, session = sent(DeadlineChange), db.session()
        kept = next((each for each in deadlines_of(found, case) if each.id == given.clock), None)
        if kept is None:
            raise Invalid(FieldProblem("clock", "unknown", _("Choose one of the case's own deadlines")))
        asked = change(session, kept, given.wanted(), by=me, version=given.version)
        return told(DeadlineChanged(deadline=deadline_told(case, kept), done=asked is None))

    rule = f"/{found.name}/<{found.part}>/deadlines"
    view = wear(acting, listed, f"deadlines_of_{plain(found)}")
    made.get(rule, summary="Its deadlines and those of its parts", responses={200: Page[DeadlineTold]})(view)
    guarded = wear(needs(Can.CLOCK_CHANGE, once_found=True), changed, f"change_deadline_of_{plain(found)}")
    made.post(rule, summary="Pause, resume or extend one", responses={200: DeadlineChanged})(once(guarded))


for door, of in ((samples, SAMPLES), (findings, FINDINGS), (objections, OBJECTIONS), (notices, NOTICES)):
    add_deadlines(door, of)
