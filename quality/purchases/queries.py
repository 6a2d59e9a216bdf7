"""Reads for tasks and samples: a buyer the own ones, an agency its own and those of agencies below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from quality.core.errors import NotFound, Refused
from quality.core.words import _
from quality.evidence.models import Exhibit
from quality.people.actor import Actor, within
from quality.people.models import Membership, Person
from quality.permissions import Can, Role, Sees
from quality.purchases.custody import Gap, gaps_of
from quality.purchases.declines import has_declined
from quality.purchases.models import (
    Confirmation,
    HandOver,
    HandOverPhoto,
    LabelSheet,
    Portion,
    PortionStatus,
    Sample,
    SampleStatus,
    Task,
)
from quality.purchases.places import StoragePlace, StorageReading


def visible_tasks(actor: Actor) -> sa.Select[Task]:
    return sa.select(Task).where(may_see(Task, actor, Can.TASK_READ)).order_by(Task.id.desc())


def visible_samples(actor: Actor) -> sa.Select[Sample]:
    """Never a laboratory's: it sees portions, by their blind numbers (lab/queries.py)."""
    was_bought = Sample.task_id.is_not(None)  # else it is a control (quality/controls): not even reviewers know of it
    return sa.select(Sample).where(may_see(Sample, actor, Can.SAMPLE_READ), was_bought).order_by(Sample.id.desc())


def may_see(model: type[Task] | type[Sample], actor: Actor, deed: Can) -> sa.ColumnElement[bool]:
    return within(model, actor) if actor.can(deed) or actor.sees == Sees.EVERYTHING else sa.false()


def one_visible_task(session: Session, actor: Actor, number: str) -> Task:
    task = session.scalars(visible_tasks(actor).where(Task.number == number)).one_or_none()
    if task is None and actor.sees is Sees.OWN_WORK and has_declined(session, actor.id, number):
        raise Refused("declined", _("You declined this task; it is with the coordinators again"))
    if task is None:
        raise NotFound(number)
    return task


def one_visible_sample(session: Session, actor: Actor, number: str) -> Sample:
    sample = session.scalars(visible_samples(actor).where(Sample.number == number)).one_or_none()
    if sample is None:
        raise NotFound(number)
    return sample


class Chain(NamedTuple):
    """Who had a portion in their hands, one after the other, and where that does not fit together."""

    portion: Portion
    steps: list[HandOver]
    gaps: list[Gap]


def custody(session: Session, *samples: Sample) -> list[Chain]:
    """The chain of each portion of these samples, the test portion's first."""
    asked = sa.select(HandOver).where(HandOver.sample_id.in_([each.id for each in samples])).order_by(HandOver.id)
    steps = session.scalars(asked).all()
    chains = []
    for portion in (portion for sample in samples for portion in sample.portions):
        mine = [step for step in steps if step.portion_id == portion.id]
        chains.append(Chain(portion, mine, gaps_of(portion, mine)))
    return chains


def who_may_take(agency_id: int, buyer_id: int) -> sa.Select[Person]:
    """Colleagues who can see a sample of this agency and buyer, and so confirm that they have it."""
    theirs = Membership.role == Role.COORDINATOR, (Membership.role == Role.BUYER) & (Membership.person_id == buyer_id)
    return sa.select(Person).where(
        Person.id.in_(
            sa.select(Membership.person_id).where(
                Membership.organisation_id == agency_id, sa.or_(*theirs), Membership.ended_at.is_(None)
            )
        ),
        Person.active,
    )


def places_of(session: Session, agency_id: int | None) -> list[StoragePlace]:
    """The named places of an agency's store, those in use first."""
    asked = sa.select(StoragePlace).where(StoragePlace.agency_id == agency_id)
    return list(session.scalars(asked.order_by(StoragePlace.closed_at.is_not(None), StoragePlace.code)))


def one_place(session: Session, actor: Actor, key: int) -> StoragePlace:
    asked = sa.select(StoragePlace).where(StoragePlace.id == key, StoragePlace.agency_id == actor.organisation_id)
    place = session.scalars(asked).one_or_none()
    if place is None or not actor.can(Can.STORAGE_READ):
        raise NotFound(str(key))
    return place


def readings_of(session: Session, place: StoragePlace, *, most: int) -> Sequence[StorageReading]:
    """What was measured there, the newest first."""
    asked = sa.select(StorageReading).where(StorageReading.place_id == place.id).options(joinedload(StorageReading.by))
    return session.scalars(asked.order_by(StorageReading.at.desc(), StorageReading.id.desc()).limit(most)).all()


def deviations_in(session: Session, agency_id: int, hands: Iterable[str]) -> Sequence[StorageReading]:
    """Every reading outside of its range in these places of an agency's store, in their order."""
    codes = [hand.removeprefix("store:") for hand in hands]
    asked = (
        sa.select(StorageReading)
        .join(StorageReading.place)
        .where(StoragePlace.agency_id == agency_id, StoragePlace.code.in_(codes), StorageReading.is_outside)
        .options(contains_eager(StorageReading.place))
    )
    return session.scalars(asked.order_by(StorageReading.at)).all()


def lying_in(session: Session, by: Actor, hand: str, *, before: int | None, most: int) -> list[HandOver]:
    """The last hand-over of each sealed portion that lies in the store `hand`, the newest first, one more than `most`.

    `before` is the id of the last one of the page before. Portions of controls are there for who may know of them.
    """
    later = aliased(HandOver)
    went_on = sa.select(later.id).where(later.portion_id == HandOver.portion_id, later.id > HandOver.id).exists()
    asked = (
        sa.select(HandOver)
        .join(HandOver.portion)
        .join(Portion.sample)
        .where(HandOver.taken_by == hand, ~went_on)
        .where(Sample.agency_id == by.organisation_id, Portion.status == PortionStatus.SEALED)
        .options(contains_eager(HandOver.portion).contains_eager(Portion.sample))
    )
    if not by.can(Can.CONTROL_READ):
        asked = asked.where(Sample.task_id.is_not(None))
    if before is not None:
        asked = asked.where(HandOver.id < before)
    return list(session.scalars(asked.order_by(HandOver.id.desc()).limit(most + 1)))


def holder_of(sample: Sample, portion: Portion) -> str:
    """Who has it, as hand-overs name them."""
    chain = [step.taken_by for step in sample.hand_overs if step.portion_id == portion.id]
    return chain[-1] if chain else portion.sealed_by


def unconfirmed_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Of samples: this person gave or took a portion of it, and has not confirmed that yet."""
    hand = f"person:{actor.id}"
    given = sa.and_(HandOver.given_by == hand, HandOver.giver_is_silent)
    taken = sa.and_(HandOver.taken_by == hand, HandOver.taker_is_silent)
    return Sample.id.in_(sa.select(HandOver.sample_id).where(sa.or_(given, taken)))


def confirmations_of(session: Session, *samples: Sample) -> dict[int, list[Confirmation]]:
    """By the id of the hand-over, what its other side read."""
    asked = sa.select(Confirmation).join(HandOver, HandOver.id == Confirmation.hand_over_id)
    found: dict[int, list[Confirmation]] = {}
    for each in session.scalars(
        asked.where(HandOver.sample_id.in_([each.id for each in samples])).order_by(Confirmation.id)
    ):
        found.setdefault(each.hand_over_id, []).append(each)
    return found


def photos_of(session: Session, steps: Iterable[HandOver]) -> Sequence[HandOverPhoto]:
    """Of all these hand-overs, in the order they were added."""
    asked = (
        sa.select(HandOverPhoto)
        .where(HandOverPhoto.hand_over_id.in_([step.id for step in steps]))
        .options(joinedload(HandOverPhoto.exhibit).joinedload(Exhibit.holding))
        .order_by(HandOverPhoto.id)
    )
    return session.scalars(asked).all()


def sheets_of(session: Session, actor: Actor, *, most: int) -> Sequence[LabelSheet]:
    """The sheets of labels that this person asked for in this agency, the newest first."""
    mine = LabelSheet.made_by_id == actor.id, LabelSheet.agency_id == actor.organisation_id
    return session.scalars(sa.select(LabelSheet).where(*mine).order_by(LabelSheet.id.desc()).limit(most)).all()


def sealed_lately(session: Session, actor: Actor, *, most: int) -> Sequence[Sample]:
    """The newest samples that are this actor's to send, and not sent yet."""
    theirs = Sample.status == SampleStatus.SEALED, Sample.agency_id == actor.organisation_id
    asked = visible_samples(actor).where(*theirs)
    return session.scalars(asked.options(selectinload(Sample.portions)).limit(most)).all()
