"""The life of a test report, and of the finding that the agency draws from it."""

from __future__ import annotations

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.lab.models import Finding, FindingStatus, Report, ReportStatus
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind, SampleStatus

ENTERED, AUTHORISED, SUPERSEDED, WITHDRAWN = ReportStatus
PROPOSED, CONFIRMED, OVERTURNED, REJECTED = FindingStatus
TESTING, REPORTED = SampleStatus.TESTING, SampleStatus.REPORTED
ReportMove = Transition[Report]
FindingMove = Transition[Finding]


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


def has_results(report: Report, actor: Actor) -> Reason | None:
    return None if report.results else Reason("no_results", _("Enter at least one result"))


def was_proposed_by_someone_else(finding: Finding, actor: Actor) -> Reason | None:
    if finding.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than the proposer must confirm"))
    return None


def has_no_undecided_item(finding: Finding, actor: Actor) -> Reason | None:
    if any(result.verdict == "undecided" for result in finding.results):
        return Reason("undecided", _("An item is undecided: send the report back, or end the sample as impossible"))
    return None


def rests_on_a_report_in_force(finding: Finding, actor: Actor) -> Reason | None:
    if finding.report.status != AUTHORISED:
        return Reason("report_not_in_force", _("The report is not in force: propose again from the one that is"))
    return None


# fmt: off
#                         move         from                   to           who may               provided that it
AUTHORISE = ReportMove("authorise", {ENTERED},              AUTHORISED,  Can.REPORT_AUTHORISE, [was_entered_by_someone_else, was_sampled_by_someone_else, nothing_was_concluded_from_it, has_results], _("Authorise the report"), signs="authorised_by_id")
SUPERSEDE = ReportMove("supersede", {AUTHORISED},           SUPERSEDED,  Can.REPORT_AUTHORISE, [nothing_was_concluded_from_it], _("Supersede"))
WITHDRAW  = ReportMove("withdraw",  {ENTERED, AUTHORISED},  WITHDRAWN,   Can.REPORT_AUTHORISE, [nothing_was_concluded_from_it], _("Withdraw the report"))

CONFIRM   = FindingMove("confirm",  {PROPOSED},             CONFIRMED,   Can.FINDING_CONFIRM,  [was_proposed_by_someone_else, rests_on_a_report_in_force, has_no_undecided_item], _("Confirm the finding"), signs="confirmed_by_id")
REJECT    = FindingMove("reject",   {PROPOSED},             REJECTED,    Can.FINDING_CONFIRM,  [], _("Reject the finding"))
OVERTURN  = FindingMove("overturn", {CONFIRMED},            OVERTURNED,  Can.OBJECTION_DECIDE, [], _("Overturn the finding"))
# fmt: on

REPORT_LIFE = Workflow(ENTERED, [AUTHORISE, SUPERSEDE, WITHDRAW])
FINDING_LIFE = Workflow(PROPOSED, [CONFIRM, REJECT, OVERTURN])
