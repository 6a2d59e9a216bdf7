"""What an editor minds before a verdict is proposed or published: objections, periods that run, replies, personal data.

All of it for a whole page of findings at once: the statements are as many whether there are two findings or fifty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.campaigns.models import Drawn
from quality.clocks.calendar import Calendar
from quality.clocks.days import day_of, due
from quality.clocks.queries import calendar
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.lab.models import Finding, Report, Verdict
from quality.notices.models import Notice, NoticeItem, stands_on_a_notice
from quality.objections.models import Objection, Party, Telling, TellingStatus
from quality.publication.closing import OPEN_OBJECTIONS
from quality.publication.copies import copy_of, personal_data_in
from quality.publication.models import Reply, ReplyStatus
from quality.publication.operations import people_behind
from quality.publication.replies import RULE as REPLY_RULE
from quality.purchases.models import Sample, Task

OBJECTION_RULE = "objection"
WITH_ITS_GRAPH = (  # what a copy is made of
    joinedload(Finding.sample).joinedload(Sample.task).options(
        joinedload(Task.drawn).joinedload(Drawn.platform), joinedload(Task.campaign), joinedload(Task.buyer)
    ),
    joinedload(Finding.report).options(selectinload(Report.results), joinedload(Report.laboratory)),
    joinedload(Finding.follows),
)  # fmt: skip


class Heard(NamedTuple):
    """`objects_until`, `replies_until`: the last day of a period in which somebody may still be heard; None: none."""

    is_told: bool = False  # any party has the result
    objects_until: date | None = None
    replies_until: date | None = None


def open_objections(session: Session, findings: Iterable[int]) -> dict[int, str]:
    """The number of one that is not decided, by the finding's id."""
    of = sa.select(Objection.finding_id, sa.func.min(Objection.number)).where(Objection.finding_id.in_(list(findings)))
    found = session.execute(of.where(Objection.status.in_(OPEN_OBJECTIONS)).group_by(Objection.finding_id))
    return {finding: number for finding, number in found}


def heard(session: Session, findings: Sequence[Finding]) -> dict[int, Heard]:
    """By the finding's id."""
    ids = [each.id for each in findings]
    told: dict[int, list[Telling]] = defaultdict(list)
    for each in session.scalars(sa.select(Telling).where(Telling.finding_id.in_(ids)).order_by(Telling.id)):
        told[each.finding_id].append(each)
    said = sa.select(Reply.finding_id, Reply.party).where(Reply.finding_id.in_(ids))
    said = said.where(Reply.status.in_([ReplyStatus.RECEIVED, ReplyStatus.SHOWN]))
    replied = {(finding, party) for finding, party in session.execute(said)}
    known, now = calendar(session), clock.now()
    return {each.id: heard_about(each, told[each.id], replied, known, now) for each in findings}


def heard_about(
    finding: Finding, told: Sequence[Telling], replied: set[tuple[int, Party]], known: Calendar, now: datetime
) -> Heard:
    may_object = [each for each in told if each.status == TellingStatus.TOLD]
    may_reply = [each for each in told if (finding.id, each.party) not in replied]
    if finding.verdict == Verdict.CONFORMING:
        may_reply = []
    return Heard(
        bool(told) or finding.follows_id is not None,
        last_of(OBJECTION_RULE, may_object, known, now),
        last_of(REPLY_RULE, may_reply, known, now),
    )


def last_of(rule: str, told: Sequence[Telling], known: Calendar, now: datetime) -> date | None:
    """The last day of the longest of these periods that still runs."""
    ends = [due(rule_on(rule, day_of(each.received_at)), each.received_at, known) for each in told]
    return max((each.due_on for each in ends if each.due_at > now), default=None)


def personal_in(session: Session, findings: Sequence[Finding]) -> dict[int, list[str]]:
    """The fields of the copy that would hold personal data, by their paths, by the finding's id.

    The findings are those of a select with WITH_ITS_GRAPH.
    """
    items, objections = items_about(session, findings), objections_about(session, findings)
    found = {}
    for each in findings:
        copy: dict[str, Any] = copy_of(
            each, items=items[each.id], objections=objections[each.sample_id],
            number="", edition=0, changed="", remark=each.sample.remark, withheld=set(),
        )  # fmt: skip
        problems = personal_data_in(copy, people_behind(each))
        found[each.id] = list(dict.fromkeys(problem.field for problem in problems))
    return found


def items_about(session: Session, findings: Sequence[Finding]) -> dict[int, list[NoticeItem]]:
    of = sa.select(NoticeItem).join(NoticeItem.notice).where(NoticeItem.finding_id.in_([each.id for each in findings]))
    of = of.where(stands_on_a_notice(), Notice.issued_at.is_not(None)).order_by(NoticeItem.id)
    found: dict[int, list[NoticeItem]] = defaultdict(list)
    for item in session.scalars(of.options(selectinload(NoticeItem.claims), selectinload(NoticeItem.looks))):
        found[item.finding_id].append(item)
    return found


def objections_about(session: Session, findings: Sequence[Finding]) -> dict[int, list[Objection]]:
    """By the sample's id: to any finding on it."""
    of = sa.select(Finding.sample_id, Objection).join(Objection, Objection.finding_id == Finding.id)
    of = of.where(Finding.sample_id.in_([each.sample_id for each in findings])).order_by(Objection.id)
    found: dict[int, list[Objection]] = defaultdict(list)
    asked = of.options(joinedload(Objection.report).selectinload(Report.results))
    for sample_id, objection in session.execute(asked):
        found[sample_id].append(objection)
    return found
