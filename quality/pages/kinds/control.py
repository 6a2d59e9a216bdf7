"""The dossier of a control sample: what is known of it, where its portions went, what came of them."""

from __future__ import annotations

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
from quality.pages.forms.control_storage import STORAGE_SHEETS
from quality.pages.forms.controls import CONTROL_SHEETS, stopped_units
from quality.pages.grading import comparisons, outcomes_shown
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import moment
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
    outcomes, pairs = about(session, control.units)
    open_ones = [unit.sample for unit in control.units if unit.sample.status != SampleStatus.CLOSED]
    tested = [sample.portion(PortionKind.TEST) for sample in open_ones]
    return Dossier(
        heading=control.product_name,
        facts=facts,
        tags=[(Tone.IDLE, word("control_kind", control.kind))],
        parts=tested,
        part_names={name_of(each): each.sample.number for each in tested},
        more={
            "contents": [(each, each.unit or unit_of(each.item.limit)) for each in control.contents if not split_of],
            "units": control.units,
            "sample_statuses": STATUSES["sample"],
            "outcomes": outcomes_shown(outcomes[::-1]),
            "comparisons": comparisons(pairs),
        },
    )


def beginning(me: Actor) -> tuple[Text, str] | None:
    return (_("Register a control"), url_for("grading.new")) if me.can(Can.CONTROL_KEEP) else None


def turn(control: Control, _session: Session | None) -> Status | None:
    if not stopped_units(control):
        return None
    to_do = STATUSES["portion"][PortionStatus.STOPPED].to_do
    return STATUSES["control"][control.status]._replace(tone=Tone.WARN, has_it=Party.COORDINATOR, to_do=to_do)


IS_STOPPED = Sample.portions.any(Portion.status == PortionStatus.STOPPED)
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
    in_menu=False,  # the page of laboratories leads there
    numbers=(Control.number,),
    titled=Control.product_name,
    shown_with=(
        joinedload(Control.campaign),
        selectinload(Control.units).joinedload(ControlUnit.sample).selectinload(Sample.portions),
    ),
    turn=turn,
    turned_to={Party.COORDINATOR: Control.units.any(ControlUnit.sample.has(IS_STOPPED))},
    sheets=CONTROL_SHEETS | STORAGE_SHEETS,
    makes={
        "withdraw": Made(
            lambda session, control, by, version, note: withdraw(session, control, note, by=by, version=version),
            _("Why nothing that came of it counts"),
            must=True,
        ),
    },
    begins=beginning,
    across=lambda _me: (_("How laboratories did"), url_for("grading.listed")),
)
