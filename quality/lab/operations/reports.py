"""A test report: entered by one person of the laboratory, authorised by another, superseded but never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.sources import sources_of
from quality.clocks import operations as clocks
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.workflow import begin, perform, record
from quality.lab.accreditation import kept as kept_with
from quality.lab.accreditation import standings_now
from quality.lab.entries import ResultEntry, matched, report_number, wrong_number, wrong_texts
from quality.lab.judging import judged, kept
from quality.lab.models import Report, ReportStatus, TestResult
from quality.lab.operations.asking import given, require
from quality.lab.operations.drafts import drop_draft
from quality.lab.operations.rules import (
    doubled,
    mistyped,
    of_itself,
    unknown,
    who_tested,
    why_not_here,
    why_not_tested_by,
    wrong_change,
    wrong_day,
    wrong_lineage,
)
from quality.lab.queries import items_to_test, one_portion, report_in_force, why_no_report_now
from quality.lab.workflow import AUTHORISE, SUPERSEDE, WITHDRAW
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Can, Role
from quality.purchases.blind import as_written
from quality.purchases.models import Portion, PortionKind, PortionStatus, SampleStatus
from quality.purchases.workflow import REPORT, TEST, USE
from quality.standards.judgement import Judgement
from quality.standards.queries import Source


def enter_report(
    session: Session,
    *,
    by: Actor,
    blind_no: str,
    report_no: str,
    analyst: str,
    results: Sequence[ResultEntry],
    method_note: str = "",
    supersedes: str | None = None,
    change_reason: str | None = None,
    tested_on: date | None = None,
) -> Report:
    """Write down what was found. Every result is judged here, by limit and rule of the campaign, not the laboratory's.

    `analyst` is the name or e-mail of a person who works in this laboratory, `supersedes` the number of the report
    in force that this one replaces, `change_reason` why (None: nobody was asked), `tested_on` the last day of testing
    (today where nobody says). All that is wrong is named at once.
    """
    portion = _named(session, by, blind_no)
    number, replaced = report_number(report_no), report_number(supersedes or "")
    ordered = {item.item: item for item in items_to_test(session, portion)}
    entries, problems = matched(results, ordered)
    person, nobody = _analyst(session, by, analyst)
    problems = wrong_number(number) + of_itself(number, replaced) + nobody + problems
    problems += wrong_texts(results, method_note) + wrong_day(tested_on)
    problems += wrong_change(replaced, change_reason) if change_reason is not None else []
    if number and _is_taken(session, portion, number):
        problems.append(doubled(number))
    if problems or person is None:
        raise Invalid(*problems)
    _take_for_report(session, portion, by)
    old = _what_it_replaces(session, portion, replaced)
    report = Report(
        report_no=number,
        agency_id=portion.sample.agency_id,
        laboratory_id=by.organisation_id,
        sample_id=portion.sample_id,
        portion_id=portion.id,
        supersedes_id=old.id if old else None,
        change_reason=(change_reason or "").strip() or None if old else None,
        analyst=person.name,
        analyst_id=person.id,
        method_note=method_note.strip(),
        entered_by_id=by.id,
        tested_on=tested_on or day_of(clock.now()),
    )
    details = {"sample": portion.sample_id, "portion": portion.id, "supersedes": report.supersedes_id}
    try:
        with session.begin_nested():
            begin(session, report, by=by, details=details)
    except IntegrityError as taken:  # entered for another sample a moment ago
        raise Invalid(doubled(number)) from taken
    taken_from = sources_of(session, ordered.values())
    for name, entry in entries:
        judgement = judged(entry, limit=ordered[name].limit, rule=ordered[name].rule)
        session.add(TestResult(report_id=report.id, **as_kept(ordered[name], entry, judgement, taken_from)))
    drop_draft(session, portion)
    session.flush()
    return report


def authorise(session: Session, report: Report, *, by: Actor, version: int | None = None) -> None:
    """Put the report in force: the signatory's deed. The report that it replaces ends with the same deed."""
    seen = report.version if version is None else version
    portion, sample, now = report.portion, report.sample, clock.now()
    details = {"report": report.id}
    if portion.kind == PortionKind.TEST and sample.status == SampleStatus.TESTING:
        perform(session, sample, REPORT, by=by, details=details)
        clocks.stop(session, sample, "result_told", now, by=by, outcome="reported_anew")
        if sample.was_bought:  # of a control nobody is told
            clocks.start(session, sample, "result_told", now)
    else:
        record(session, sample, "report", by=by, part=portion, details=details)
    clocks.stop(session, portion, "lab_report", now, by=by)
    if report.supersedes:
        perform(session, report.supersedes, SUPERSEDE, by=by, details=details, note=report.change_reason or "")
    found = standings_now(session, report)
    facts = {"authorised_at": now, "competence": kept_with(found)}
    outside = [each.code for each in found if not each.is_covered]
    perform(session, report, AUTHORISE, by=by, version=seen, facts=facts, details={"outside": outside})
    if portion.status == PortionStatus.AT_LAB:
        perform(session, portion, USE, by=by, details=details)


def withdraw_report(session: Session, report: Report, reason: str, *, by: Actor, version: int | None = None) -> None:
    """Take a report back. One that was never authorised makes room for another that supersedes the same."""
    seen, note = report.version if version is None else version, given(reason)
    record(session, report.sample, "withdraw_report", by=by, part=report.portion, details={"report": report.id})
    facts = {"supersedes_id": None} if report.status == ReportStatus.ENTERED else {}
    perform(session, report, WITHDRAW, by=by, version=seen, note=note, facts=facts)


def _named(session: Session, by: Actor, blind_no: str) -> Portion:
    """The portion by its blind number. A slip of the finger is named before anything is looked up."""
    number = as_written(blind_no)
    if slip := mistyped(number):
        raise Invalid(slip)
    try:
        portion = one_portion(session, by, number)
    except NotFound as nowhere:
        raise Invalid(unknown(number)) from nowhere
    require(by, Can.REPORT_ENTER, portion)
    return portion


def _analyst(session: Session, by: Actor, named: str) -> tuple[Person | None, list[FieldProblem]]:
    """Who tested, as a person of the laboratory."""
    return who_tested(named, session.scalars(who_works_in(by.organisation_id)).all())


def who_works_in(laboratory_id: int | None) -> sa.Select[Person]:
    """Those who test."""
    return (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == laboratory_id,
            Membership.role.in_([Role.ANALYST, Role.SIGNATORY]),
            Membership.ended_at.is_(None),
        )
        .distinct()
        .order_by(Person.id)
    )


def _take_for_report(session: Session, portion: Portion, by: Actor) -> None:
    """Take the sample, so that two reports on one portion come one after the other; then ask whether it waits for one.

    The one who samples does not test (DOMAIN §2.6).
    """
    if portion.kind == PortionKind.TEST and portion.sample.status == SampleStatus.AT_LAB:
        perform(session, portion.sample, TEST, by=by)
    else:
        record(session, portion.sample, "enter_report", by=by, part=portion)
    if reason := why_not_tested_by(by.id, portion.sample.buyer_id) or why_not_here(portion.status):
        raise Refused.because(reason)


def _what_it_replaces(session: Session, portion: Portion, number: str) -> Report | None:
    """The report in force, which a new one must name; None if there is none. At most one waits to be authorised."""
    if reason := why_no_report_now(session, portion):
        raise Refused.because(reason)
    present = report_in_force(session, portion)
    if refusal := wrong_lineage(present.report_no if present else None, number):
        raise refusal
    return present


def _is_taken(session: Session, portion: Portion, number: str) -> bool:
    same = sa.select(Report.id).where(Report.laboratory_id == portion.laboratory_id, Report.report_no == number)
    return session.scalars(same).first() is not None


class OneItem(Protocol):
    """An item of a plan."""

    @property
    def item(self) -> str: ...
    @property
    def limit(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def standard_limit_id(self) -> int | None: ...


def as_kept(
    item: OneItem, entry: ResultEntry, judgement: Judgement, taken_from: Mapping[int, Source]
) -> dict[str, Any]:
    """A result's row, but for its report."""
    source = taken_from.get(item.standard_limit_id or 0)
    return as_typed(item, entry) | {"verdict": judgement.verdict, "judgement": kept(judgement, source)}


def as_typed(item: OneItem, entry: ResultEntry) -> dict[str, str]:
    """What of it was typed, and under which limit."""
    return {
        "item": item.item,
        "value": entry.value.strip(),
        "unit": entry.unit.strip(),
        "uncertainty": entry.uncertainty.strip(),
        "lod": entry.lod.strip(),
        "loq": entry.loq.strip(),
        "method": entry.method.strip() or item.method,  # who names no other tested by the one that was ordered
        "limit": item.limit,
        "rule": item.rule,
    }
