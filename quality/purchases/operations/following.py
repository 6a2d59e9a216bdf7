"""A parcel on its way: its states as somebody reads them at the courier's, and goods that are not what was ordered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.deliveries import FOLLOWS, DeliveryNote, DeliveryState, states_of
from quality.purchases.models import Task, TaskStatus, Unobtainable
from quality.purchases.operations.field import give_up

LONGEST = 500
SHOWS_THE_GOODS = {EvidenceKind.PARCEL, EvidenceKind.PACKAGING, EvidenceKind.MARKS, EvidenceKind.OPENING}


def is_on_its_way(task: Task) -> bool:
    return task.status == TaskStatus.SHIPPED


def note_delivery(
    session: Session, task: Task, state: DeliveryState | str, at: datetime, *, by: Actor, version: int | None = None
) -> None:
    """Write down where the parcel is since `at`, as the courier says it. That it has come, `receive` records."""
    if not by.can(Can.TASK_FOLLOW) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.TASK_FOLLOW))
    if not is_on_its_way(task):
        raise Refused("not_on_its_way", _("Only a parcel that is on its way is followed"))
    named, before = read_state(state), task.delivery
    earlier = states_of(session, task.id)
    since = earlier[-1].at if earlier else task.shipped_at
    problems = list(fields.moment("at", at, earliest=since, before=_("This lies before what is written down already")))
    if named not in FOLLOWS[before]:
        text = _("This cannot follow what was written down last; check the courier's page")
        problems.append(FieldProblem("state", "cannot_follow", text))
    if problems:
        raise Invalid(*problems)
    told = {"state": named, "at": at}
    record(session, task, "delivery", by=by, version=version, details=told, facts={"delivery": named})
    session.add(DeliveryNote(task_id=task.id, state=named, at=at, by_id=by.id, noted_at=clock.now()))
    session.flush()


def read_state(state: DeliveryState | str) -> DeliveryState:
    try:
        return DeliveryState(state)
    except ValueError:
        text = _("Choose where the parcel is: %(codes)s", codes=", ".join(DeliveryState))
        raise Invalid(FieldProblem("state", "unknown_state", text)) from None


class Difference(StrEnum):
    """In what goods are not those that were ordered."""

    PRODUCT = "product"
    BRAND = "brand"
    MODEL = "model"
    SPEC = "spec"
    QUANTITY = "quantity"
    SELLER = "seller"  # somebody else has sent it
    USED = "used"
    EMPTY = "empty"


def shows_what_came(session: Session, task: Task) -> bool:
    return any(exhibit.kind in SHOWS_THE_GOODS for exhibit in exhibits_of(session, task))


def report_wrong_item(
    session: Session,
    task: Task,
    differs: Collection[Difference | str],
    came: str,
    *,
    by: Actor,
    version: int | None = None,
) -> Task | None:
    """Other goods came than were ordered: what differs, in words and pictures. The next reserve takes its place."""
    problems = list(fields.text("came", came, most=LONGEST, ask=_("Say what came instead")))
    if not differs or set(differs) - set(Difference):
        text = _("Choose in what it differs from what was ordered")
        problems.append(FieldProblem("differs", "missing" if not differs else "unknown", text))
    if task.status != TaskStatus.RECEIVED:
        raise Refused("not_received", _("Record the parcel first: only what has come can be the wrong item"))
    if not shows_what_came(session, task):
        text = _("Photograph what came: the parcel, the packaging or the marks")
        problems.append(FieldProblem("file", "evidence_missing", text))
    if problems:
        raise Invalid(*problems)
    told = {"differs": [each.value for each in Difference if each in differs]}
    return give_up(session, task, Unobtainable.WRONG_ITEM, by=by, version=version, note=came.strip(), told=told)
