"""Controls to read, and what laboratories reported on them: an agency's own, for those who may know of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.controls.models import Control, ControlContent, ControlStatus, ControlUnit
from quality.core.errors import NotFound
from quality.lab.models import Report, ReportStatus
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can, Sees
from quality.purchases.models import HandOver, Portion, PortionKind, Sample, SampleStatus
from quality.purchases.queries import one_visible_sample, sealed_lately

MOST_UNITS = 2_000  # of an agency: the newest; what is older says little of a laboratory today


def visible_controls(actor: Actor) -> sa.Select[Control]:
    """Nobody else's: not of agencies below, whose laboratories are theirs to judge."""
    mine: sa.ColumnElement[bool] = sa.false()
    if actor.sees is Sees.EVERYTHING:
        mine = sa.true()
    elif actor.can(Can.CONTROL_READ):
        mine = Control.agency_id == actor.organisation_id
    return sa.select(Control).where(mine).order_by(Control.id.desc())


def one_control(session: Session, actor: Actor, number: str) -> Control:
    whole = (
        joinedload(Control.campaign),
        joinedload(Control.split_of),
        selectinload(Control.contents).joinedload(ControlContent.item),
        selectinload(Control.units)
        .joinedload(ControlUnit.sample)
        .options(
            joinedload(Sample.laboratory),
            joinedload(Sample.made_for),
            selectinload(Sample.portions).joinedload(Portion.disposal),
            selectinload(Sample.hand_overs).joinedload(HandOver.portion),
        ),
    )
    named = visible_controls(actor).where(Control.number == number).options(*whole)
    control = session.scalars(named).one_or_none()
    if control is None:
        raise NotFound(number)
    return control


def made_by_form(session: Session, sent_as: str) -> Control | None:
    return session.scalars(sa.select(Control).where(Control.sent_as == sent_as)).one_or_none()


def control_of(sample: Sample) -> str:
    """The number of the control that this is a portion of: `Q-YZ-2026-0007` of `Q-YZ-2026-0007-2`."""
    return sample.number.rpartition("-")[0]


def control_with(session: Session, sample_id: int) -> int:
    """The id of the control that this sample is a portion of; 0 for one that was bought."""
    asked = sa.select(ControlUnit.control_id).where(ControlUnit.sample_id == sample_id)
    return session.scalars(asked).one_or_none() or 0


def to_label(session: Session, actor: Actor, *, most: int) -> Sequence[Sample]:
    """Samples whose labels are still to be printed, the newest first: what is sealed and waits, and for who keeps
    controls theirs as well, among the others by nothing but the moment of sealing, until a laboratory has them.
    """
    asked = _units_of(actor).where(Sample.status == SampleStatus.DISPATCHED).order_by(Sample.id.desc()).limit(most)
    found = [*sealed_lately(session, actor, most=most), *session.scalars(asked)]
    return sorted(found, key=lambda sample: (sample.sealed_at, sample.id), reverse=True)[:most]


def one_to_label(session: Session, actor: Actor, number: str) -> Sample:
    """A sample that was bought, or for who keeps controls a portion of one."""
    unit = session.scalars(_units_of(actor).where(Sample.number == number)).one_or_none()
    return unit or one_visible_sample(session, actor, number)


def _units_of(actor: Actor) -> sa.Select[Sample]:
    """Of the controls that this actor keeps, as samples."""
    mine = visible_controls(actor) if actor.can(Can.CONTROL_KEEP) else sa.select(Control).where(sa.false())
    kept = ControlUnit.control_id.in_(mine.order_by(None).with_only_columns(Control.id))
    asked = sa.select(Sample).join(ControlUnit, ControlUnit.sample_id == Sample.id).where(kept)
    return asked.options(selectinload(Sample.portions))


def laboratories(session: Session) -> dict[int, Organisation]:
    """Every one, by its id."""
    asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.LABORATORY).order_by(Organisation.name)
    return {each.id: each for each in session.scalars(asked)}


def reports_of(session: Session, samples: Iterable[int]) -> dict[int, Report]:
    """The report in force on the test portion of each sample, by the sample's id, with its results."""
    asked = (
        sa.select(Report)
        .join(Portion, Portion.id == Report.portion_id)
        .where(
            Report.sample_id.in_(list(samples)),
            Report.status == ReportStatus.AUTHORISED,
            Portion.kind == PortionKind.TEST,
        )
        .options(selectinload(Report.results), joinedload(Report.laboratory))
    )
    return {report.sample_id: report for report in session.scalars(asked)}


def units_that_count(session: Session, actor: Actor) -> Sequence[ControlUnit]:
    """Portions of the agency's controls in use, the newest, with what is known of their content."""
    seen = visible_controls(actor).where(Control.status == ControlStatus.IN_USE).order_by(None)
    asked = (
        sa.select(ControlUnit)
        .where(ControlUnit.control_id.in_(seen.with_only_columns(Control.id)))
        .options(
            joinedload(ControlUnit.sample),
            joinedload(ControlUnit.control).options(
                selectinload(Control.contents).joinedload(ControlContent.item), joinedload(Control.split_of)
            ),
        )
        .order_by(ControlUnit.id.desc())
        .limit(MOST_UNITS)
    )
    return session.scalars(asked).all()


def laboratories_with_more_of(session: Session, sample: Sample) -> set[int]:
    """Those that got another portion of this sample to compare: none of them re-inspects it."""
    asked = (
        sa.select(Sample.laboratory_id)
        .join(ControlUnit, ControlUnit.sample_id == Sample.id)
        .join(Control, Control.id == ControlUnit.control_id)
        .where(Control.split_of_id == sample.id, Sample.laboratory_id.is_not(None))
    )
    return {key for key in session.scalars(asked) if key is not None}
