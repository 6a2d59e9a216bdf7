"""The dossier of a sample: its path, its portions and their custody, the reports, the finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, object_session, selectinload

from quality.clocks.queries import running
from quality.core.events import Event
from quality.core.words import Reason, Text, _
from quality.lab.models import Finding, Report, ReportStatus, TestResult
from quality.lab.operations import propose_finding, propose_label_finding, send_back
from quality.lab.queries import report_in_force, standing_finding
from quality.objections.queries import producer_denies
from quality.pages.accreditation import NO_FLAGS, of_report
from quality.pages.encapsulated import panel
from quality.pages.forms.custody import SAMPLE_SHEETS
from quality.pages.forms.findings import END_AS_IMPOSSIBLE
from quality.pages.forms.held import ONE_SAMPLE
from quality.pages.forms.meeting import GIVE
from quality.pages.forms.sheet import unchanged
from quality.pages.forms.storage import disposal_sheets
from quality.pages.forms.suspicion import SUSPICION_SHEETS, held_portion, stopped_portion
from quality.pages.forms.told import TOLD_SHEETS
from quality.pages.forms.unboxing import SAMPLE_STEPS
from quality.pages.judging import TONES, row_of, rows_of, undecided, weights_of
from quality.pages.kinds.custody import holders, whole_custody
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Deed, Dossier, Fact, Kind, Made, link
from quality.pages.moments import day
from quality.pages.suspicions import suspected
from quality.pages.timeline import Names, name_for
from quality.pages.told import panel as told_panel
from quality.pages.words import STATUSES, Party, Status, Tone, word
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can
from quality.publication.closing import SAMPLE_IS_FINISHED
from quality.publication.operations import close_sample
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus
from quality.purchases.operations.confirming import has_a_gap
from quality.purchases.operations.unboxing import labelled
from quality.purchases.queries import one_visible_sample, visible_samples
from quality.purchases.workflow import SAMPLE_LIFE
from quality.standards.judgement import Verdict

STEPS: dict[str, dict[str, Text]] = {
    "task": {
        "planned": _("Planning"),
        "assigned": _("Assignment"),
        "ordered": _("Order"),
        "shipped": _("Shipment"),
        "received": _("Delivery"),
        "sealed": _("Sealing"),
    },
    "sample": {
        "dispatched": _("Dispatch"),
        "at_lab": _("Arrival"),
        "testing": _("Test"),
        "reported": _("Report"),
        "concluded": _("Conclusion"),
        "closed": _("Closing"),
    },
}


class Step(NamedTuple):
    word: Text
    state: str  # done, now, or nothing yet
    at: datetime | None


def path_of(session: Session, sample: Sample) -> list[Step]:
    """The twelve steps with the moment at which each was reached."""
    reached: dict[tuple[str, str | None], datetime] = {}
    subject = sa.or_(
        sa.and_(Event.subject_type == "task", Event.subject_id == sample.task_id),
        sa.and_(Event.subject_type == "sample", Event.subject_id == sample.id),
    )
    asked = sa.select(Event.subject_type, Event.new_status, Event.at).where(subject, Event.part.is_(None))
    for kind, status, at in session.execute(asked.order_by(Event.id)):
        reached[kind, status] = at
    present = ("task", "sealed") if sample.status == "sealed" else ("sample", sample.status.value)
    steps = []
    for kind, words in STEPS.items():
        for status, name in words.items():
            since = reached.get((kind, status))
            state = "now" if (kind, status) == present else "done" if since else ""
            steps.append(Step(name, state, since))
    return steps


def describe(session: Session, sample: Sample, me: Actor) -> Dossier:
    task, finding = sample.purchase, standing_finding(session, sample) if me.can(Can.FINDING_READ) else None
    drawn, campaign = task.drawn, task.campaign
    facts = [
        Fact(_("Campaign"), campaign.title, link(me, Can.CAMPAIGN_READ, "campaign", campaign.number)),
        Fact(_("Purchase"), task.number, link(me, Can.TASK_READ, "task", task.number), is_code=True),
        Fact(_("Platform"), drawn.platform.name),
        Fact(_("Shop"), str(drawn.listing.get("shop_name") or "—")),
        Fact(_("Nominal producer"), sample.producer_name or "—", beside=sample.producer_address or None),
        Fact(_("Brand"), sample.brand or "—"),
        Fact(_("Model"), sample.model or "—"),
        Fact(_("Barcode"), sample.barcode or "—", is_code=bool(sample.barcode)),
        Fact(_("Specification"), sample.spec or "—"),
        Fact(_("Batch"), sample.batch or "—"),
        Fact(_("Laboratory"), sample.laboratory.name if sample.laboratory else "—"),
        Fact(_("Buyer"), name_for(session, sample.buyer_id, me), beside=_("The identity is protected")),
    ]
    if sample.exit_reason is not None:
        facts.append(Fact(_("Reason"), word("sample_exit", sample.exit_reason)))
    if finding is not None and producer_denies(session, finding):
        facts.append(Fact(_("Producer's denial"), _("found true")))
    if finding is not None:
        facts.append(Fact(_("Finding"), finding.number, link(me, Can.FINDING_READ, "finding", finding.number), True))
    reports = reports_of(session, sample) if me.can(Can.REPORT_READ) else []
    again = tested_again(reports)
    weights = weights_of(session, sample.agency_id, *(report.results for report in reports))
    return Dossier(
        heading=sample.product_name,
        facts=facts,
        crumbs=[(campaign.number, link(me, Can.CAMPAIGN_READ, "campaign", campaign.number))],
        tags=tags_of(sample, finding),
        parts=sample.portions,
        more={
            "path": path_of(session, sample),
            "portions": sample.portions,
            "holders": holders(session, sample, me),
            "disposals": disposals(session, sample, me),
            "portion_statuses": STATUSES["portion"],
            "custody": whole_custody(session, [sample], me),
            "reports": [(report, rows_of(report.results, again.get(report.id, ()), weights)) for report in reports],
            "tested_again": again,
            "accredited": {
                report.id: NO_FLAGS if report.is_of_label else of_report(session, report) for report in reports
            },
            "undecided": undecided(
                [row_of(r) for report in reports if report.status == ReportStatus.AUTHORISED for r in report.results]
            ),
            "suspected": suspected(session, sample.portions, me),
            "report_statuses": STATUSES["report"],
            "capsules": panel(session, sample, me),
            "told": told_panel(session, sample, me),
            "to_scan": labels_to_scan(session, sample),
            "scans": url_for("unboxing.labels", number=sample.number) if me.can(Can.SAMPLE_DISPATCH) else None,
        },
    )


def labels_to_scan(session: Session, sample: Sample) -> set[PortionKind]:
    """Of portions that are here, and may be sent yet."""
    here = {each.kind for each in sample.portions if each.status == PortionStatus.SEALED}
    return here - labelled(session, sample) if here and sample.status not in OVER else set()


def disposals(session: Session, sample: Sample, me: Actor) -> dict[int, tuple[Text, str]]:
    """What was said about disposing of a portion, with the reason, by the portion's id."""
    found = {each.id: each.disposal for each in sample.portions if each.disposal}
    if not found:
        return {}
    people = {key for each in found.values() for key in (each.proposed_by_id, each.confirmed_by_id) if key}
    names, told = Names(session, people, me), {}
    for key, each in found.items():
        said = _(
            "Disposal proposed by %(who)s, %(when)s", who=names.name(each.proposed_by_id), when=day(each.proposed_at)
        )
        if each.confirmed_at:
            who = names.name(each.proposed_by_id), names.name(each.confirmed_by_id)
            said = _("Disposed of, %(day)s: %(one)s and %(two)s", day=day(each.confirmed_at), one=who[0], two=who[1])
        told[key] = (said, each.reason)
    return told


def reports_of(session: Session, sample: Sample) -> list[Report]:
    """The newest first."""
    asked = sa.select(Report).where(Report.sample_id == sample.id).order_by(Report.id.desc())
    return list(session.scalars(asked))


def tags_of(sample: Sample, finding: Finding | None) -> list[tuple[str, Text]]:
    said: list[tuple[str, Text]] = []
    if stopped_portion(sample):
        said.append((Tone.WARN, STATUSES["portion"][PortionStatus.STOPPED].word))
    if held_portion(sample):
        said.append((Tone.WARN, STATUSES["portion"][PortionStatus.HELD].word))
    if any(each.label_unscanned for each in sample.hand_overs):
        said.append((Tone.WARN, _("Label not scanned")))
    if finding:
        said.append((TONES[finding.verdict], word("finding_verdict", finding.verdict)))
    return said


def tested_again(reports: Sequence[Report]) -> dict[int, list[TestResult]]:
    """What is in force on the backup portion, by the id of the report in force that it stands beside."""
    in_force = {each.portion.kind: each for each in reports if each.status == ReportStatus.AUTHORISED}
    first, second = in_force.get(PortionKind.TEST), in_force.get(PortionKind.BACKUP)
    return {first.id: second.results} if first and second else {}


def propose(session: Session, sample: Sample, by: Actor, version: int, _note: str) -> None:
    unchanged(session, sample, version)
    propose_finding(session, sample, by=by)


def propose_on_label(session: Session, sample: Sample, by: Actor, version: int, _note: str) -> None:
    unchanged(session, sample, version)
    propose_label_finding(session, sample, by=by)


def has_a_decided_report(sample: Sample, _actor: Actor) -> Reason | None:
    session = object_session(sample)
    assert session, "a row that is shown belongs to a session"
    report = report_in_force(session, sample.portion(PortionKind.TEST))
    if report is None:  # it was withdrawn
        return Reason("no_report_in_force", _("No report is in force: send it back to the laboratory"))
    if any(result.verdict == Verdict.UNDECIDED for result in report.results):
        return Reason("undecided", _("An item is undecided: send the report back, or end the sample as impossible"))
    return None


def has_no_finding_yet(sample: Sample, _actor: Actor) -> Reason | None:
    session = object_session(sample)
    assert session, "a row that is shown belongs to a session"
    found = standing_finding(session, sample)
    text = _("%(finding)s is proposed and waits for a reviewer", finding=found.number if found else "")
    return Reason("has_finding", text) if found else None


OVER = (
    SampleStatus.CLOSED, SampleStatus.REFUSED_BY_LAB, SampleStatus.TEST_IMPOSSIBLE, SampleStatus.TRANSFERRED_UNTESTED,
)  # fmt: skip
CONCLUDED_FROM = (SampleStatus.REPORTED, SampleStatus.SEALED)  # by a report, or by the label alone
TELL = _("Tell the result to the seller and the producer")


def turn(sample: Sample, session: Session | None) -> Status | None:
    if stopped_portion(sample):
        to_do = STATUSES["portion"][PortionStatus.STOPPED].to_do
        return STATUSES["sample"][sample.status]._replace(tone=Tone.WARN, has_it=Party.COORDINATOR, to_do=to_do)
    is_sent = sample.status == SampleStatus.DISPATCHED
    if held_portion(sample) or (session is not None and is_sent and has_a_gap(sample)):
        to_do = STATUSES["portion"][PortionStatus.HELD].to_do
        return STATUSES["sample"][sample.status]._replace(tone=Tone.WARN, has_it=Party.COORDINATOR, to_do=to_do)
    if session is None:
        return None
    if is_to_be_told(session, sample):
        return STATUSES["sample"][sample.status]._replace(to_do=TELL)
    return concluding(session, sample) if sample.status in CONCLUDED_FROM else None


def concluding(session: Session, sample: Sample) -> Status | None:
    now = STATUSES["sample"][sample.status]
    if sample.status == SampleStatus.REPORTED and (reason := has_a_decided_report(sample, SYSTEM)):
        return now._replace(to_do=reason.text)
    found = standing_finding(session, sample)
    asked = STATUSES["finding"]["proposed"].to_do
    return now._replace(has_it=Party.REVIEWER, to_do=asked) if found else None


def where(session: Session, sample: Sample, me: Actor) -> str | None:
    """A finding is confirmed and told on its own page."""
    if not (sample.status in CONCLUDED_FROM or is_to_be_told(session, sample)):
        return None
    found = standing_finding(session, sample)
    return link(me, Can.FINDING_READ, "finding", found.number) if found else None


def is_to_be_told(session: Session, sample: Sample) -> bool:
    return sample.status == SampleStatus.CONCLUDED and bool(running(session, sample, "result_told"))


SAMPLE = Kind(
    name="sample",
    title=_("Samples"),
    read=Can.SAMPLE_READ,
    life=SAMPLE_LIFE,
    model=Sample,
    visible_to=visible_samples,
    one_visible=one_visible_sample,
    number=lambda sample: sample.number,
    heading=lambda sample: sample.product_name,
    beside=lambda sample: sample.producer_name,
    describe=describe,
    turn=turn,
    where=where,
    across=lambda me: (_("Labels on one sheet"), url_for("labels.choose")) if me.can(Can.SAMPLE_DISPATCH) else None,
    proved_by=lambda sample: [("task", sample.purchase)],
    has_clock=True,
    numbers=(Sample.number,),
    narrowed_by={"campaign": in_campaign(Sample, Sample.task)},
    about=About(Sample, Sample.id, Sample.id.in_, Can.SAMPLE_READ),
    shown_with=(selectinload(Sample.portions),),
    turned_to={Party.COORDINATOR: Sample.portions.any(Portion.status.in_([PortionStatus.STOPPED, PortionStatus.HELD]))},
    steps=SAMPLE_STEPS,
    sheets=SAMPLE_SHEETS
    | {"give": GIVE}
    | disposal_sheets(ONE_SAMPLE)
    | SUSPICION_SHEETS
    | TOLD_SHEETS
    | {"impossible": END_AS_IMPOSSIBLE},
    makes={
        "send_back": Made(
            lambda session, sample, by, version, note: send_back(session, sample, note, by=by, version=version),
            _("What is to be mended"),
            must=True,
            also=[has_no_finding_yet],
        ),
        "close": Made(
            lambda session, sample, by, version, _note: close_sample(session, sample, by=by, version=version),
            also=SAMPLE_IS_FINISHED,
        ),
    },
    follows=frozenset({"receive", "refuse", "test", "report", "conclude", "conclude_on_label", "settle"}),
    deeds={
        "propose_finding": Deed(
            _("Propose the finding"),
            Can.FINDING_PROPOSE,
            lambda sample: sample.status == SampleStatus.REPORTED,
            Made(propose, also=[has_a_decided_report, has_no_finding_yet]),
        ),
        "propose_label_finding": Deed(
            _("Propose a finding on the label alone"),
            Can.FINDING_PROPOSE,
            lambda sample: sample.status == SampleStatus.SEALED and bool(sample.task and sample.task.label_problems),
            Made(propose_on_label, also=[has_no_finding_yet]),
            may_wait=True,
        ),
    },
)
