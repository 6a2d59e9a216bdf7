"""A test report: entered by one person of the laboratory, authorised by another, superseded but never edited."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem
from quality.campaigns.sources import sources_of
from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import _
from quality.core.workflow import begin, perform, record
from quality.lab.entries import ResultEntry, matched, plain, report_number, wrong_number, wrong_texts
from quality.lab.judging import judged, kept
from quality.lab.models import Report, ReportStatus, TestResult
from quality.lab.operations.asking import given, require
from quality.lab.operations.drafts import drop_draft
from quality.lab.queries import items_to_test, one_portion, report_in_force, why_no_report_now
from quality.lab.workflow import AUTHORISE, SUPERSEDE, WITHDRAW
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Can, Role
from quality.purchases.blind import as_written, is_blind_number
from quality.purchases.models import Portion, PortionKind, PortionStatus, SampleStatus
from quality.purchases.workflow import REPORT, TEST, USE
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
) -> Report:
    """Write down what was found. Every result is judged here, by limit and rule of the campaign, not the laboratory's.

    `analyst` is the name or e-mail of a person who works in this laboratory, `supersedes` the number of the report
    in force that this one replaces. All that is wrong is named at once.
    """
    portion = _named(session, by, blind_no)
    number, replaced = report_number(report_no), report_number(supersedes or "")
    ordered = {item.item: item for item in items_to_test(session, portion)}
    entries, problems = matched(results, ordered)
    person, unknown = _analyst(session, by, analyst)
    problems = wrong_number(number) + unknown + problems + wrong_texts(results, method_note)
    if number and _is_taken(session, portion, number):
        problems.append(_doubled(number))
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
        analyst=person.name,
        analyst_id=person.id,
        method_note=method_note.strip(),
        entered_by_id=by.id,
    )
    details = {"sample": portion.sample_id, "portion": portion.id, "supersedes": report.supersedes_id}
    try:
        with session.begin_nested():
            begin(session, report, by=by, details=details)
    except IntegrityError as taken:  # entered for another sample a moment ago
        raise Invalid(_doubled(number)) from taken
    taken_from = sources_of(session, ordered.values())
    session.add_all(_result(report, ordered[name], entry, taken_from) for name, entry in entries)
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
        clocks.start(session, sample, "result_told", now)
    else:
        record(session, sample, "report", by=by, part=portion, details=details)
    clocks.stop(session, portion, "lab_report", now, by=by)
    if report.supersedes:
        perform(session, report.supersedes, SUPERSEDE, by=by, details=details)
    perform(session, report, AUTHORISE, by=by, version=seen, facts={"authorised_at": now})
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
    if not is_blind_number(number):
        text = _("Check the blind number; this cannot be one, as in MY-7K3X-92AM")
        raise Invalid(FieldProblem("blind_no", "mistyped_blind_no", text))
    try:
        portion = one_portion(session, by, number)
    except NotFound as unknown:
        text = _("No sample with the blind number %(number)s was sent to your laboratory", number=number)
        raise Invalid(FieldProblem("blind_no", "unknown_blind_no", text)) from unknown
    require(by, Can.REPORT_ENTER, portion)
    return portion


def _analyst(session: Session, by: Actor, named: str) -> tuple[Person | None, list[FieldProblem]]:
    """Who tested, as a person of the laboratory."""
    works_here = (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == by.organisation_id,
            Membership.role.in_([Role.ANALYST, Role.SIGNATORY]),
            Membership.ended_at.is_(None),
        )
        .distinct()
        .order_by(Person.id)
    )
    name = plain(named)
    if not name:
        return None, [FieldProblem("analyst", "missing", _("Enter who tested"))]
    found = [p for p in session.scalars(works_here) if name in (plain(p.name), p.email) or name.lower() == p.email]
    match found:
        case [person]:
            return person, []
        case []:
            text = _("%(name)s does not work in your laboratory; enter the name of one who does", name=name)
            return None, [FieldProblem("analyst", "unknown_analyst", text)]
        case _several:
            text = _("Several people here are called %(name)s; enter the e-mail address", name=name)
            return None, [FieldProblem("analyst", "ambiguous_analyst", text)]


def _take_for_report(session: Session, portion: Portion, by: Actor) -> None:
    """Take the sample, so that two reports on one portion come one after the other; then ask whether it waits for one.

    The one who samples does not test (DOMAIN §2.6).
    """
    if portion.kind == PortionKind.TEST and portion.sample.status == SampleStatus.AT_LAB:
        perform(session, portion.sample, TEST, by=by)
    else:
        record(session, portion.sample, "enter_report", by=by, part=portion)
    sample = portion.sample
    if by.id == sample.buyer_id:
        raise Refused("sampler_tests", _("Who took the sample may not test it"))
    if portion.status not in (PortionStatus.AT_LAB, PortionStatus.TESTED):
        raise Refused("not_at_lab", _("Take the sample in first; what was refused or disposed of has no report"))


def _what_it_replaces(session: Session, portion: Portion, number: str) -> Report | None:
    """The report in force, which a new one must name; None if there is none. At most one waits to be authorised."""
    if reason := why_no_report_now(session, portion):
        raise Refused.because(reason)
    present = report_in_force(session, portion)
    if present is None and number:
        text = _("Report %(number)s is not in force for this sample", number=number)
        raise Invalid(FieldProblem("supersedes", "not_in_force", text))
    if present is not None and number != present.report_no:
        text = _(
            "Report %(number)s is in force for this sample; name it as the one that yours supersedes",
            number=present.report_no,
        )
        raise Refused("report_in_force", text)
    return present


def _is_taken(session: Session, portion: Portion, number: str) -> bool:
    same = sa.select(Report.id).where(Report.laboratory_id == portion.laboratory_id, Report.report_no == number)
    return session.scalars(same).first() is not None


def _doubled(number: str) -> FieldProblem:
    text = _("Your laboratory has a report %(number)s already; give this one another number", number=number)
    return FieldProblem("report_no", "doubled_report_no", text)


def _result(report: Report, item: CampaignItem, entry: ResultEntry, taken_from: dict[int, Source]) -> TestResult:
    source = taken_from.get(item.standard_limit_id or 0)
    judgement = judged(entry, limit=item.limit, rule=item.rule)
    written = {name: value.strip() for name, value in entry._asdict().items()}
    written["method"] = written["method"] or item.method  # who names no other tested by the one that was ordered
    return TestResult(
        **(written | {"item": item.item}),
        report_id=report.id,
        limit=item.limit,
        rule=item.rule,
        verdict=judgement.verdict,
        judgement=kept(judgement, source),
    )
