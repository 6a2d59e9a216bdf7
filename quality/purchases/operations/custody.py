"""Portions go from hand to hand: from the store to a laboratory, the backup only for a re-inspection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.words import _
from quality.core.workflow import Condition, perform, record
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.blind import as_written
from quality.purchases.models import HandOver, Portion, PortionKind, PortionStatus, Sample
from quality.purchases.workflow import DISPATCH, SEND

LONGEST_COURIER = 50
LONGEST_SEAL = 40


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


def pass_on(
    session: Session,
    sample: Sample,
    kind: PortionKind,
    *,
    by: Actor,
    taken_by: str,
    at: datetime,
    seal_no: str,
    seal_intact: bool,
    place: str = "",
    condition: str = "",
    version: int | None = None,
) -> HandOver:
    """From hand to hand inside the agency: a colleague (`person:3`), a store (`store:B-12`) or a courier.

    The seal is written down as it was read. A broken one breaks the chain there, and everybody sees where.
    """
    if never := may_not_pass_on(sample, by):
        raise never
    portion = sample.portion(kind)
    steps = [step for step in sample.hand_overs if step.portion_id == portion.id]
    problems = [
        *fields.text("name", taken_by.partition(":")[2], most=LONGEST_COURIER, ask=_("Enter which store or courier")),
        *fields.text("seal_no", seal_no, most=LONGEST_SEAL, ask=_("Enter the seal number that you read")),
        *fields.text("place", place, most=HandOver.place.type.length, ask=None),
        *fields.text("condition", condition, most=HandOver.condition.type.length, ask=None),
        *fields.moment(
            "at",
            at,
            earliest=steps[-1].at if steps else sample.sealed_at,
            before=_("This lies before the portion came into these hands; enter when it left them"),
        ),
    ]
    if portion.status != PortionStatus.SEALED:
        problems.append(FieldProblem("portion", "not_held", _("The agency does not hold this portion any more")))
    if problems:
        raise Invalid(*problems)
    told = {"portion": kind, "seal_intact": seal_intact}
    record(session, sample, "hand_over", by=by, version=version, details=told)
    return hand_over(
        session,
        portion,
        taken_by=taken_by,
        at=at,
        seal_no=seal_no,
        seal_intact=seal_intact,
        place=place,
        condition=condition,
    )


def may_not_pass_on(sample: Sample, by: Actor) -> NotPermitted | None:
    if by.can(Can.SAMPLE_DISPATCH) and by.stands_over(sample):
        return None
    return NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.SAMPLE_DISPATCH))


def check_way(laboratory: Organisation, courier: str, place: str) -> None:
    problems = [
        *fields.text("courier", courier, most=LONGEST_COURIER, ask=_("Enter who carries it")),
        *fields.text("place", place, most=HandOver.place.type.length, ask=None),
    ]
    if laboratory.kind != OrganisationKind.LABORATORY:
        problems.append(FieldProblem("laboratory", "no_laboratory", _("Choose a laboratory")))
    if problems:
        raise Invalid(*problems)
