"""The dossier of a control sample: what is known of it, where its portions went, what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.controls.models import Control, ControlUnit
from quality.controls.operations import withdraw
from quality.controls.queries import one_control, visible_controls
from quality.controls.standing import about
from quality.controls.workflow import LIFE
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.lab.cells import unit_of
from quality.lab.models import OutsideItem, OutsideStatus, Report, ReportStatus
from quality.lab.workflow import OUTSIDE_LIFE
from quality.pages.accreditation import of_report
from quality.pages.forms.control_storage import STORAGE_SHEETS
from quality.pages.forms.controls import CONTROL_SHEETS, stopped_units
from quality.pages.forms.suspicion import held_portion
from quality.pages.grading import comparisons, outcomes_shown
from quality.pages.kinds.custody import HandedOver, whole_custody
from quality.pages.kinds.report import ANSWER_OUTSIDE, ANSWERS, MARKED_ONES
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import moment
from quality.pages.suspicions import suspected
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, Party, Status, Tone, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus


def describe(session: Session, control: Control, me: Actor) -> Dossier:
    campaign, split_of = control.campaign, control.split_of
    facts = [
        Fact(_("Kind"), word("control_kind", control.kind)),
        Fact(_("What it is"), control.material),
        Fact(_("Campaign"), campaign.title, link(me, Can.CAMPAIGN_READ, "campaign", campaign.number)),
        Fact(_("Registered by"), name_for(session, control.made_by_id, me), beside=moment(control.made_at)),
    ]
    if split_of is not None:
        facts.insert(1, Fact(_("Sample"), split_of.number, link(me, Can.SAMPLE_READ, "sample", split_of.number), True))
    outside, reports = outside_of(control), waiting_reports(control)
    outcomes, pairs = about(session, control.units)
    open_ones = [unit.sample for unit in control.units if unit.sample.status != SampleStatus.CLOSED]
    rows = control_custody(session, control, me)
    over = {step.id for unit in control.units for step in unit.sample.hand_overs if unit.sample not in open_ones}
    tested = [sample.portion(PortionKind.TEST) for sample in open_ones]
    return Dossier(
        heading=control.product_name,
        facts=facts,
        tags=[(Tone.IDLE, word("control_kind", control.kind))],
        parts=[*tested, *outside],
        part_names={name_of(each): each.sample.number for each in tested}
        | {name_of(each): each.result.item for each in outside},
        more={
            "contents": [(each, each.unit or unit_of(each.item.limit)) for each in control.contents if not split_of],
            "units": control.units,
            "accredited": [(report, of_report(session, report)) for report in reports],
            "suspected": suspected(session, [unit.sample.portion(PortionKind.TEST) for unit in control.units], me),
            "custody": [row for row in rows if row.id not in over],
            "custody_of_closed": [row for row in rows if row.id in over],
            "sample_statuses": STATUSES["sample"],
            "outcomes": outcomes_shown(outcomes[::-1]),
            "comparisons": comparisons(pairs),
        },
    )


def control_custody(session: Session, control: Control, me: Actor) -> list[HandedOver]:
    """Of all that was sent of it, each hand-over with the number that its portion has here."""
    samples = [unit.sample for unit in control.units]
    numbers = {step.id: sample.number for sample in samples for step in sample.hand_overs}
    rows = whole_custody(session, samples, me)
    return [row._replace(portion=f"{numbers[row.id]} · {row.portion}") for row in rows]


def waiting_reports(control: Control) -> list[Report]:
    """Those that wait for their signature: what is outside an accreditation is answered before."""
    every = [report for unit in control.units for report in unit.reports]
    return [report for report in every if report.status == ReportStatus.ENTERED]


def outside_of(control: Control) -> list[OutsideItem]:
    return [each for report in waiting_reports(control) for each in report.outside]


def beginning(me: Actor) -> tuple[Text, str] | None:
    return (_("Register a control"), url_for("grading.new")) if me.can(Can.CONTROL_KEEP) else None


def turn(control: Control, _session: Session | None) -> Status | None:
    if any(each.status == OutsideStatus.MARKED for each in outside_of(control)):
        to_do = ANSWER_OUTSIDE
    elif stopped_units(control):
        to_do = STATUSES["portion"][PortionStatus.STOPPED].to_do
    elif any(held_portion(unit.sample) for unit in control.units):
        to_do = STATUSES["portion"][PortionStatus.HELD].to_do
    else:
        return None
    return STATUSES["control"][control.status]._replace(tone=Tone.WARN, has_it=Party.COORDINATOR, to_do=to_do)


MARKED = sa.select(Report.sample_id).where(Report.status == ReportStatus.ENTERED, MARKED_ONES)
IS_STOPPED = Sample.portions.any(Portion.status.in_([PortionStatus.STOPPED, PortionStatus.HELD]))
CONTROL = Kind(
    name="control",
    title=_("Control samples"),
    read=Can.CONTROL_READ,
    life=LIFE,
    model=Control,
    visible_to=visible_controls,
    one_visible=one_control,
    number=lambda control: control.number,
    heading=lambda control: control.product_name,
    beside=lambda control: control.material,
    describe=describe,
    numbers=(Control.number,),
    titled=Control.product_name,
    shown_with=(
        joinedload(Control.campaign),
        selectinload(Control.units).options(
            joinedload(ControlUnit.sample).selectinload(Sample.portions),
            selectinload(ControlUnit.reports).selectinload(Report.outside),
        ),
    ),
    turn=turn,
    shown_by=lambda control: [control, *(unit.sample for unit in control.units)],
    turned_to={
        Party.COORDINATOR: Control.units.any(
            sa.or_(ControlUnit.sample.has(IS_STOPPED), ControlUnit.sample_id.in_(MARKED))
        )
    },
    sheets=CONTROL_SHEETS | STORAGE_SHEETS,
    makes={
        "withdraw": Made(
            lambda session, control, by, version, note: withdraw(session, control, note, by=by, version=version),
            _("Why nothing that came of it counts"),
            must=True,
        ),
    },
    part_life=OUTSIDE_LIFE,
    parts=outside_of,
    part_makes=ANSWERS,
    begins=beginning,
    across=lambda _me: (_("How laboratories did"), url_for("grading.listed")),
)
