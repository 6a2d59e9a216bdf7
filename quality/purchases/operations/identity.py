"""What leads to the buyer: kept encrypted, found by blind index only, and each showing logged."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.events import Access
from quality.core.words import _
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Task, TaskSecret


class Secret(StrEnum):
    ORDER_NUMBER = "order_number"
    ACCOUNT = "account"
    PAID_AT = "paid_at"
    DELIVERY_NUMBER = "delivery_number"


def keep_secret(session: Session, task: Task, cipher: Cipher, kind: Secret, value: str) -> None:
    session.add(
        TaskSecret(
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


def show_identity(session: Session, task: Task, *, by: Actor, cipher: Cipher, why: str) -> dict[str, str]:
    """The identity behind a purchase, for who may read it in the task's own agency. Each kind is logged with `why`."""
    if not by.can(Can.IDENTITY_READ):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.IDENTITY_READ))
    if by.organisation_id != task.agency_id:
        raise NotPermitted("not_yours", _("Only the task's own agency may read the buyer's identity"))
    if not why.strip():
        raise Invalid(FieldProblem("why", "missing", _("Enter why you must read the buyer's identity")))
    shown = {}
    for secret in session.scalars(
        sa.select(TaskSecret).where(TaskSecret.task_id == task.id).order_by(TaskSecret.id)
    ).all():
        session.add(
            Access(
                at=clock.now(),
                actor=by.signature,
                organisation_id=by.organisation_id,
                subject_type=task.__tablename__,
                subject_id=task.id,
                what=f"identity:{secret.kind}",
                why=why.strip(),
            )
        )
        shown[secret.kind] = cipher.decrypt(secret.value, about=place_of(task.id, secret.kind))
    session.flush()
    return shown


def place_of(task_id: int, kind: str) -> str:
    """Where a secret stands: its ciphertext opens there only."""
    return f"task_secret:{task_id}:{kind}"
