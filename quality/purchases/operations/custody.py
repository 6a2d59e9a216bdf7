"""Portions go from hand to hand: from the store to a laboratory, the backup only for a re-inspection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import Condition, perform
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.purchases import fields
from quality.purchases.blind import as_written
from quality.purchases.models import HandOver, Portion, PortionKind, Sample
from quality.purchases.workflow import DISPATCH, SEND

LONGEST_COURIER = 50


def dispatch(
    session: Session,
    sample: Sample,
    laboratory: Organisation,
    *,
    by: Actor,
    courier: str,
    place: str = "",
    version: int | None = None,
) -> None:
    """Send the test portion to the laboratory that is to test it. The backup portion stays in the store.

    Whoever dispatches has looked at the seal: a broken one is not sent.
    """
    check_way(laboratory, courier, place)
    perform(
        session,
        sample,
        DISPATCH,
        by=by,
        version=version,
        facts={"laboratory_id": laboratory.id},
        details={"laboratory": laboratory.id},
    )
    send(session, sample.portion(PortionKind.TEST), laboratory, by=by, courier=courier, place=place)


def dispatch_backup(
    session: Session,
    sample: Sample,
    laboratory: Organisation,
    *,
    by: Actor,
    courier: str,
    place: str = "",
    version: int | None = None,
    also: Sequence[Condition] = (),
) -> None:
    """Send the backup portion to another laboratory for re-inspection. The sample's own status stays.

    `version` is the portion's; `also` is what re-inspection asks for beside (the room of objections knows).
    """
    check_way(laboratory, courier, place)
    portion = sample.portion(PortionKind.BACKUP)
    send(session, portion, laboratory, by=by, courier=courier, place=place, version=version, also=also)


def send(
    session: Session,
    portion: Portion,
    laboratory: Organisation,
    *,
    by: Actor,
    courier: str,
    place: str,
    version: int | None = None,
    also: Sequence[Condition] = (),
) -> None:
    perform(
        session,
        portion,
        SEND,
        by=by,
        version=version,
        facts={"laboratory_id": laboratory.id},
        details={"laboratory": laboratory.id},
        also=also,
    )
    taker = f"courier:{courier.strip()}"
    hand_over(session, portion, taken_by=taker, at=clock.now(), seal_no=portion.seal_no, seal_intact=True, place=place)


def hand_over(
    session: Session,
    portion: Portion,
    *,
    taken_by: str,
    at: datetime,
    seal_no: str,
    seal_intact: bool,
    place: str = "",
    condition: str = "",
) -> HandOver:
    """Add a link to the portion's chain, given by whoever held it last. Called after the portion was taken."""
    last = sa.select(HandOver.taken_by).where(HandOver.portion_id == portion.id).order_by(HandOver.id.desc()).limit(1)
    step = HandOver(
        sample_id=portion.sample_id,
        portion_id=portion.id,
        seal_no=as_written(seal_no),
        seal_intact=seal_intact,
        given_by=session.scalars(last).one_or_none() or portion.sealed_by,
        taken_by=taken_by,
        at=at,
        place=place.strip(),
        condition=condition.strip(),
    )
    session.add(step)
    session.flush()
    return step


def check_way(laboratory: Organisation, courier: str, place: str) -> None:
    problems = [
        *fields.text("courier", courier, most=LONGEST_COURIER, ask=_("Enter who carries it")),
        *fields.text("place", place, most=HandOver.place.type.length, ask=None),
    ]
    if laboratory.kind != OrganisationKind.LABORATORY:
        problems.append(FieldProblem("laboratory", "no_laboratory", _("Choose a laboratory")))
    if problems:
        raise Invalid(*problems)
