"""The life of a test report with what it says outside an accreditation, and of the finding that the agency draws from it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from quality.core.words import Reason, Text, _
from quality.core.workflow import Transition, Workflow
from quality.lab.accreditation import flags_of
from quality.lab.models import (
    Finding,
    FindingStatus,
    Legible,
    OutsideItem,
    OutsideStatus,
    Report,
    ReportFile,
    ReportStatus,
)
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus
from quality.purchases.workflow import WAITS_ON

ENTERED, AUTHORISED, SUPERSEDED, WITHDRAWN = ReportStatus
PROPOSED, CONFIRMED, OVERTURNED, REJECTED = FindingStatus
MARKED, AGREED, DECLINED = OutsideStatus
TESTING, REPORTED = SampleStatus.TESTING, SampleStatus.REPORTED
ReportMove = Transition[Report]
FindingMove = Transition[Finding]
OutsideMove = Transition[OutsideItem]


def was_entered_by_someone_else(report: Report, actor: Actor) -> Reason | None:
    if actor.id in (report.entered_by_id, report.analyst_id):
        return Reason("same_person", _("The signatory must be someone other than the analyst"))
    return None


def was_sampled_by_someone_else(report: Report, actor: Actor) -> Reason | None:
    if report.sample.buyer_id == actor.id:
        return Reason("sampler_tests", _("Who took the sample may not test it"))
    return None


def nothing_was_concluded_from_it(report: Report, actor: Actor) -> Reason | None:
    """The first report of a sample may change until the agency concludes; after that, only an objection can help."""
    if report.portion.kind == PortionKind.TEST and report.sample.status not in (TESTING, REPORTED):
        return Reason("concluded", _("The agency has closed its books on this sample; write to the agency"))
    return None


def nothing_was_entered(portion: Portion, actor: Actor) -> Reason | None:
    """A laboratory stops before it tests; once there are results, they say what it found."""
    session = object_session(portion)
    assert session, "a row that is asked about belongs to a session"
    there = sa.select(Report.id).where(Report.portion_id == portion.id, Report.status.in_([ENTERED, AUTHORISED]))
    if session.scalars(there.limit(1)).first() is None:
        return None
    return Reason("tested_already", _("Results were entered already: stopping comes before the test"))


def has_results(report: Report, actor: Actor) -> Reason | None:
    return None if report.results else Reason("no_results", _("Enter at least one result"))


def its_file_shows_both_numbers(report: Report, actor: Actor) -> Reason | None:
    """Where there is a file: that of another sample is signed easily, and seen too late."""
    session = object_session(report)
    assert session, "a row that is asked about belongs to a session"
    asked = sa.select(ReportFile).where(ReportFile.report_id == report.id).order_by(ReportFile.id.desc()).limit(1)
    newest = session.scalars(asked).first()
    if newest is None or newest.accepted_at or newest.shows_both_numbers:
        return None
    return Reason("numbers_missing", what_is_missing(newest))


def what_is_missing(file: ReportFile) -> Text:
    if file.legible == Legible.NO_TEXT:
        return _("The report's file has no text to look in, as a scan: look at it yourself and confirm that first")
    if file.legible == Legible.TOO_MUCH:
        return _("The report's file was too large to look through: look at it yourself and confirm that first")
    if not (file.has_report_no or file.has_blind_no):
        return _("The report's file shows neither its number nor the blind number: look at it and confirm that first")
    if not file.has_report_no:
        return _("The report's file does not show the report number: look at it and confirm that first")
    return _("The report's file does not show the blind number: look at it and confirm that first")


def is_within_its_accreditation(report: Report, actor: Actor) -> Reason | None:
    """Outside scope or date: each such item is marked as reported outside the accreditation, and the agency agrees."""
    session = object_session(report)
    assert session is not None, "begin() it first"
    left = [flag for flag in flags_of(session, report) if flag.is_open]
    if not left:
        return None
    unmarked = next((flag for flag in left if flag.may_be_marked), None)
    if unmarked is None:
        item = left[0].result.item
        waits = _("%(item)s is marked as outside the accreditation: the agency has to agree first", item=item)
        return Reason("outside_accreditation", waits)
    text = _(
        "%(item)s: %(why)s. Mark it as outside the accreditation and let the agency agree, or withdraw the report",
        item=unmarked.result.item,
        why=unmarked.standing.text,
    )
    return Reason("outside_accreditation", text)


def its_report_waits(outside: OutsideItem, actor: Actor) -> Reason | None:
    if outside.report.status != ENTERED:
        return Reason("report_not_waiting", _("The report waits for no signature any more"))
    return None


def was_proposed_by_someone_else(finding: Finding, actor: Actor) -> Reason | None:
    if finding.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than the proposer must confirm"))
    return None


def has_no_undecided_item(finding: Finding, actor: Actor) -> Reason | None:
    if any(result.verdict == "undecided" for result in finding.results):
        return Reason("undecided", _("An item is undecided: send the report back, or end the sample as impossible"))
    return None


def is_of_a_label(report: Report, actor: Actor) -> Reason | None:
    if report.is_of_label:
        return None
    return Reason("not_of_label", _("This is a laboratory's report: its signatory authorises it"))


def no_label_finding_waits(sample: Sample) -> Reason | None:
    """Sent away meanwhile, the finding could be neither confirmed nor forgotten: somebody would have to reject it."""
    session = object_session(sample)
    assert session, "a row that is asked about belongs to a session"
    waiting = sa.select(Finding.number).where(Finding.sample_id == sample.id, Finding.status == PROPOSED)
    number = session.scalars(waiting.limit(1)).first()
    if number is None:
        return None
    text = _(
        "Finding %(number)s on its label waits for a reviewer: someone other than the proposer confirms or rejects it "
        "first",
        number=number,
    )
    return Reason("label_finding_waits", text)


WAITS_ON.append(no_label_finding_waits)


def rests_on_a_report_in_force(finding: Finding, actor: Actor) -> Reason | None:
    if finding.report.status != AUTHORISED:
        return Reason("report_not_in_force", _("The report is not in force: propose again from the one that is"))
    return None


# fmt: off
#                         move         from                   to           who may               provided that it
AUTHORISE = ReportMove("authorise", {ENTERED},              AUTHORISED,  Can.REPORT_AUTHORISE, [was_entered_by_someone_else, was_sampled_by_someone_else, nothing_was_concluded_from_it, has_results, its_file_shows_both_numbers, is_within_its_accreditation], _("Authorise the report"), signs="authorised_by_id")
SUPERSEDE = ReportMove("supersede", {AUTHORISED},           SUPERSEDED,  Can.REPORT_AUTHORISE, [nothing_was_concluded_from_it], _("Supersede"))
WITHDRAW  = ReportMove("withdraw",  {ENTERED, AUTHORISED},  WITHDRAWN,   Can.REPORT_AUTHORISE, [nothing_was_concluded_from_it], _("Withdraw the report"))
ATTEST    = ReportMove("attest",    {ENTERED},              AUTHORISED,  Can.FINDING_CONFIRM,  [is_of_a_label, was_entered_by_someone_else], _("Confirm the record of the label"), signs="authorised_by_id")
DISCARD   = ReportMove("discard",   {ENTERED},              WITHDRAWN,   Can.FINDING_CONFIRM,  [is_of_a_label], _("Put the record of the label away"))

CONFIRM   = FindingMove("confirm",  {PROPOSED},             CONFIRMED,   Can.FINDING_CONFIRM,  [was_proposed_by_someone_else, rests_on_a_report_in_force, has_no_undecided_item], _("Confirm the finding"), signs="confirmed_by_id")
REJECT    = FindingMove("reject",   {PROPOSED},             REJECTED,    Can.FINDING_CONFIRM,  [], _("Reject the finding"))
OVERTURN  = FindingMove("overturn", {CONFIRMED},            OVERTURNED,  Can.OBJECTION_DECIDE, [], _("Overturn the finding"))

AGREE     = OutsideMove("agree",    {MARKED},               AGREED,      Can.OUTSIDE_ANSWER,   [its_report_waits], _("Agree that it is reported outside the accreditation"), signs="answered_by_id")
DECLINE   = OutsideMove("decline",  {MARKED},               DECLINED,    Can.OUTSIDE_ANSWER,   [its_report_waits], _("Do not agree"), signs="answered_by_id")
MARK      = OutsideMove("mark",     {DECLINED},             MARKED,      Can.OUTSIDE_MARK,     [its_report_waits], _("Mark again"))
# fmt: on

REPORT_LIFE = Workflow(ENTERED, [AUTHORISE, SUPERSEDE, WITHDRAW, ATTEST, DISCARD])
FINDING_LIFE = Workflow(PROPOSED, [CONFIRM, REJECT, OVERTURN])
OUTSIDE_LIFE = Workflow(MARKED, [AGREE, DECLINE, MARK])
