"""Reads for conformance: the runs of a platform, and what is known of each sample."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.conformance.checks import Called, Shown, Tried
from quality.conformance.models import ConformanceRun, Trial
from quality.core.errors import NotFound
from quality.delivery.models import Delivery, DeliveryAttempt
from quality.people.actor import Actor
from quality.permissions import Can

MOST = 50  # runs on a page


def visible_to(actor: Actor) -> sa.Select[ConformanceRun]:
    """Those of the actor's platform, for who keeps its endpoints."""
    mine = actor.can(Can.ENDPOINT_SET) and actor.organisation_id is not None
    asked = sa.select(ConformanceRun)
    return asked.where(ConformanceRun.platform_id == actor.organisation_id) if mine else asked.where(sa.false())


def runs_of(session: Session, actor: Actor) -> list[ConformanceRun]:
    """The newest first."""
    asked = visible_to(actor).options(joinedload(ConformanceRun.started_by), joinedload(ConformanceRun.endpoint))
    return list(session.scalars(asked.order_by(ConformanceRun.id.desc()).limit(MOST)))


def one_visible(session: Session, actor: Actor, number: str) -> ConformanceRun:
    run = session.scalars(visible_to(actor).where(ConformanceRun.number == number)).one_or_none()
    if run is None:
        raise NotFound(number)
    return run


def run_open_of(session: Session, platform_id: int) -> ConformanceRun | None:
    asked = sa.select(ConformanceRun).where(ConformanceRun.platform_id == platform_id)
    return session.scalars(asked.where(ConformanceRun.ended_at.is_(None))).one_or_none()


def newest_of(session: Session, platform_id: int) -> str:
    """Its number, or an empty text."""
    asked = sa.select(ConformanceRun.number).where(ConformanceRun.platform_id == platform_id)
    return session.scalars(asked.order_by(ConformanceRun.id.desc()).limit(1)).one_or_none() or ""


def run_in(session: Session, actor: Actor) -> ConformanceRun:
    """The newest run of the sandbox that the actor's key is of."""
    asked = sa.select(ConformanceRun).where(ConformanceRun.sandbox_id == actor.organisation_id)
    run = session.scalars(asked.order_by(ConformanceRun.id.desc()).limit(1)).one_or_none()
    if run is None:
        raise NotFound("sandbox")
    return run


def trial_of(run: ConformanceRun, number: str) -> Trial:
    found = next((Trial(name) for name, told in run.samples.items() if told["number"] == number), None)
    if found is None:
        raise NotFound(number)
    return found


def answered_in(run: ConformanceRun, trial: Trial) -> list[str]:
    return [each for call in run.calls if call.trial is trial and call.deed == "outcomes" for each in call.listings]


def shown_of(session: Session, run: ConformanceRun) -> dict[Trial, Shown]:
    messages = [int(told["message"]) for told in run.samples.values()]  # canonical JSON keeps numbers as texts
    asked = (
        sa.select(Delivery.message_id, DeliveryAttempt.at, DeliveryAttempt.status)
        .join(DeliveryAttempt.delivery)
        .where(Delivery.message_id.in_(messages))
        .order_by(DeliveryAttempt.id)
    )
    tries: dict[int, list[Tried]] = {}
    for message_id, at, status in session.execute(asked):
        tries.setdefault(message_id, []).append(Tried(at, status))
    return {
        Trial(name): Shown(
            told["number"],
            told["listings"],
            tries.get(int(told["message"]), []),
            [Called(c.at, c.deed, c.listings, c.status) for c in run.calls if c.trial.value == name],
        )
        for name, told in run.samples.items()
    }
