"""What leads to the buyer: kept encrypted, found by blind index only, and each showing logged."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.events import Access, Recorded
from quality.core.withholding import refuse_what_leads
from quality.core.words import _
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.permissions import Can, Sees
from quality.purchases.models import Task
from quality.purchases.secrets import KEPT_OPEN, TaskSecret


class Secret(StrEnum):
    ORDER_NUMBER = "order_number"
    ACCOUNT = "account"
    PAID_AT = "paid_at"
    DELIVERY_NUMBER = "delivery_number"
    RECIPIENT = "recipient"
    ADDRESS = "address"
    TELEPHONE = "telephone"


DELIVERED_TO = (Secret.RECIPIENT, Secret.ADDRESS, Secret.TELEPHONE)


def keep_secret(session: Session, task: Task, cipher: Cipher, kind: Secret, value: str) -> None:
    session.info.pop(KEPT_OPEN, None)
    session.add(
        TaskSecret(
            only_in=f"{task.agency_id}:{task.drawn.platform_id}" if kind is Secret.ORDER_NUMBER else None,
            task_id=task.id,
            kind=kind,
            value=cipher.encrypt(value, about=place_of(task.id, kind)),
            blind_index=cipher.blind_index(kind, value),
        )
    )


def read_secret(session: Session, task: Task, cipher: Cipher, kind: Secret) -> str | None:
    """For comparing inside an operation. What a person is shown goes through `show_identity`."""
    of = sa.select(TaskSecret.value).where(TaskSecret.task_id == task.id, TaskSecret.kind == kind)
    value = session.scalars(of).one_or_none()
    return None if value is None else cipher.decrypt(value, about=place_of(task.id, kind))


def last_delivered_to(session: Session, buyer_id: int | None, cipher: Cipher) -> dict[str, str]:
    """Where the last purchase of this buyer went, to be kept with the next one; nobody is shown it by this."""
    last = sa.select(sa.func.max(TaskSecret.task_id)).join(Task).where(
        Task.buyer_id == buyer_id, TaskSecret.kind == Secret.RECIPIENT
    )  # fmt: skip
    of = sa.select(TaskSecret).where(TaskSecret.task_id == last.scalar_subquery(), TaskSecret.kind.in_(DELIVERED_TO))
    return {s.kind: cipher.decrypt(s.value, about=place_of(s.task_id, s.kind)) for s in session.scalars(of)}


def may_not_read(task: Task, by: Actor) -> NotPermitted | None:
    """Why `by` may not read who bought. The buyer may: it is what they entered themselves."""
    if by.sees is Sees.OWN_WORK and by.person is not None and by.person.id == task.buyer_id:
        return None
    if not by.can(Can.IDENTITY_READ):
        return NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.IDENTITY_READ))
    if by.organisation_id != task.agency_id:
        return NotPermitted("not_yours", _("Only the task's own agency may read the buyer's identity"))
    return None


def show_identity(
    session: Session, task: Task, *, by: Actor, cipher: Cipher, why: str, reason: LookReason = LookReason.OTHER
) -> dict[str, str]:
    """The identity behind a purchase, for who may read it in the task's own agency. Each kind is logged with `why`."""
    if never := may_not_read(task, by):
        raise never
    if not why.strip():
        raise Invalid(FieldProblem("why", "missing", _("Enter why you must read the buyer's identity")))
    of = sa.select(TaskSecret).where(TaskSecret.task_id == task.id).order_by(TaskSecret.id)
    values = {each.kind: cipher.decrypt(each.value, about=place_of(task.id, each.kind)) for each in session.scalars(of)}
    refuse_what_leads(session, task, {"why": why}, by=by)
    return looked_at(session, task, values, by=by, why=why, reason=reason)


def looked_at(
    session: Session, subject: Recorded, values: dict[str, str], *, by: Actor, why: str, reason: LookReason
) -> dict[str, str]:
    """The values, which somebody is shown now: the look at each kind is logged, as one's own where it is."""
    now = clock.now()
    for kind in values:
        session.add(
            Access(
                at=now,
                actor=by.signature,
                organisation_id=by.organisation_id,
                subject_type=subject.__tablename__,
                subject_id=subject.id,
                what=f"identity:{kind}",
                why=why.strip(),
                reason=LookReason.OWN if by.sees is Sees.OWN_WORK else reason,
            )
        )
    session.flush()
    return values


def place_of(task_id: int, kind: str) -> str:
    """Where a secret stands: its ciphertext opens there only."""
    return f"task_secret:{task_id}:{kind}"
