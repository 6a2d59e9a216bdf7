"""What is seen of a portion as it changes hands. Photos belong to the hand-over; where there is none, it says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Invalid
from quality.evidence.models import EvidenceKind, Exhibit
from quality.evidence.operations import attach
from quality.evidence.queries import exhibits_of
from quality.people.actor import Actor
from quality.permissions import Sees
from quality.purchases import fields
from quality.purchases.models import Confirmation, HandOver, HandOverPhoto, PortionKind, Task

SEALED_BY = {PortionKind.TEST: EvidenceKind.SEAL_TEST, PortionKind.BACKUP: EvidenceKind.SEAL_BACKUP}


class Seen(NamedTuple):
    """What whoever gave or took a portion saw of it: sha256 of pictures sent before, or why there is none; what they
    measured.

    Programs may leave all out; then the chain of custody says that there is none.
    """

    photos: Sequence[str] = ()
    no_photo: str = ""
    tenths_celsius: int | None = None

    def must_fit(self) -> None:
        if problems := list(fields.text("no_photo", self.no_photo, most=HandOver.no_photo.type.length, ask=None)):
            raise Invalid(*problems)


UNSEEN = Seen()


def show_at(
    session: Session, step: HandOver, seen: Seen, *, by: Actor, confirmation: Confirmation | None = None
) -> None:
    kind = kind_of(by)
    # the agency's are no part of what a laboratory reads of its portion
    part = step.portion if kind == EvidenceKind.LAB_RECEIPT else None
    for sha256 in seen.photos:
        try:
            exhibit = attach(session, step.sample, sha256, kind, by=by, part=part)
        except Invalid as wrong:  # as whoever sent it calls the field
            raise Invalid(*(each._replace(field="photos") for each in wrong.problems)) from wrong
        belongs(session, step, exhibit, confirmation)


def kind_of(by: Actor) -> EvidenceKind:
    """A laboratory's are called its receipt, as they always were."""
    return EvidenceKind.LAB_RECEIPT if by.sees is Sees.LABORATORY else EvidenceKind.HAND_OVER


def show_the_sealing(session: Session, step: HandOver, task: Task) -> None:
    """The pictures of its seal, without which nothing is sealed, show the portion as it went into the store."""
    for exhibit in exhibits_of(session, task):
        if exhibit.kind == SEALED_BY[step.portion.kind]:
            belongs(session, step, exhibit)


def belongs(session: Session, step: HandOver, exhibit: Exhibit, confirmation: Confirmation | None = None) -> None:
    named = {"hand_over_id": step.id, "exhibit_id": exhibit.id}
    if session.scalars(sa.select(HandOverPhoto.id).filter_by(**named)).first() is None:  # one picture, sent twice
        session.add(HandOverPhoto(**named, confirmation_id=confirmation.id if confirmation else None))
        session.flush()
