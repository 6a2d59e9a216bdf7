"""A portion arrives at a laboratory: taken in with its seal whole, or refused in writing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Reason, _
from quality.core.workflow import Condition, hold_still, perform, record
from quality.lab.entries import unfit
from quality.lab.models import Refusal, TestOrder
from quality.lab.operations.asking import given
from quality.people.actor import Actor
from quality.purchases import fields
from quality.purchases.blind import as_written
from quality.purchases.custody import has_open_gap, steps_of
from quality.purchases.items import items_for
from quality.purchases.models import HandOver, Portion, PortionKind, PortionStatus
from quality.purchases.operations import UNSEEN, Said, Seen, hand_over, link
from quality.purchases.workflow import ACCEPT, HOLD, REFUSE, TAKE_IN, TURN_AWAY
from quality.standards.names import item_key


def receive(
    session: Session,
    portion: Portion,
    *,
    by: Actor,
    seal_no: str,
    seal_intact: bool,
    condition: str,
    received_at: datetime,
    parcel_no: str = "",
    tenths_celsius: int | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Take the portion in. The seal that was read must be the one that was put on, and whole.

    Where its chain of custody has a gap that nobody has explained, this hand-over included, it is held at the door:
    that it came, and how, is written down, and the agency is asked. Its status says which of the two it was.
    """
    seen.must_fit()
    _must_fit(portion, received_at, condition)
    if problems := unfit("parcel_no", parcel_no, HandOver.parcel_no.type.length):
        raise Invalid(*problems)
    if not seal_no.strip():
        raise Invalid(FieldProblem("seal_no", "missing", _("Enter the seal number that you read")))
    broken = not seal_intact or not is_its_seal(portion, seal_no)
    read_version = portion.version if version is None else version
    hold_still(session, portion.sample)
    said: Said = {
        "taken_by": f"laboratory:{by.organisation_id}",
        "at": received_at,
        "seal_no": seal_no,
        "seal_intact": seal_intact,
        "condition": condition,
        "parcel_no": parcel_no,
        "tenths_celsius": tenths_celsius,
    }
    comes = link(session, portion, by=by, seen=seen, **said)
    is_held = portion.status == PortionStatus.DISPATCHED and not broken
    is_held = is_held and has_open_gap(portion, [*steps_of(portion), comes])
    perform(
        session,
        portion,
        HOLD if is_held else TAKE_IN,
        by=by,
        version=read_version,
        details={"received_at": received_at},
        also=[_came_with_its_own_seal(broken=broken)],
    )
    if is_held:
        hand_over(session, portion, by=by, seen=seen, **said | {"taken_by": f"door:{by.organisation_id}"})
        return
    hand_over(session, portion, by=by, seen=seen, **said)
    if portion.kind == PortionKind.TEST:
        perform(session, portion.sample, ACCEPT, by=by, facts={"received_at": received_at})
        clocks.stop(session, portion.sample, "to_lab", _after_sealing(portion, received_at), by=by)
    clocks.start(session, portion, "lab_report", received_at)


def refuse(
    session: Session,
    portion: Portion,
    reason: str,
    *,
    by: Actor,
    cause: Refusal = Refusal.OTHER,
    seal_no: str = "",
    seal_intact: bool | None = None,
    condition: str = "",
    received_at: datetime | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Turn the portion away in writing. What was read of the seal, if anything was, goes into the custody."""
    seen.must_fit()
    note, at = given(reason), received_at or clock.now()
    _must_fit(portion, at, condition)
    if problems := unfit("seal_no", seal_no, HandOver.seal_no.type.length):
        raise Invalid(*problems)
    broken = seal_intact is False or (bool(seal_no) and not is_its_seal(portion, seal_no))
    told = Refusal.SEAL_BROKEN if broken else cause
    perform(session, portion, TURN_AWAY, by=by, version=version, note=note, details={"cause": told, "received_at": at})
    intact = told != Refusal.SEAL_BROKEN if seal_intact is None else seal_intact
    hand_over(
        session,
        portion,
        by=by,
        taken_by=f"laboratory:{by.organisation_id}",
        at=at,
        seal_no=seal_no or portion.seal_no,
        seal_intact=intact,
        seal_unread=not seal_no.strip() and seal_intact is None and intact,
        condition=condition,
        seen=seen,
    )
    if portion.kind == PortionKind.TEST:
        perform(session, portion.sample, REFUSE, by=by, facts={"exit_reason": told}, details={"cause": told})
        clocks.stop(session, portion.sample, "to_lab", _after_sealing(portion, at), by=by, outcome="refused")


def order_tests(session: Session, portion: Portion, items: Iterable[str], *, by: Actor) -> list[TestOrder]:
    """Have a backup portion tested for these items and for nothing else. They must be the campaign's."""
    known = {item_key(item.item): item for item in items_for(portion.sample)}
    keys = list(dict.fromkeys(item_key(name) for name in items))
    problems = [
        FieldProblem("items", "unknown_item", _("%(item)s was not ordered for this sample", item=name))
        for name in items
        if item_key(name) not in known
    ]
    if not keys:
        problems.append(FieldProblem("items", "missing", _("Name at least one test item")))
    if problems:
        raise Invalid(*problems)
    chosen = [known[key] for key in keys]
    record(session, portion.sample, "order_tests", by=by, part=portion, details={"items": [i.id for i in chosen]})
    already = session.scalars(sa.select(TestOrder.id).where(TestOrder.portion_id == portion.id)).first()
    if portion.kind != PortionKind.BACKUP or portion.status != PortionStatus.SEALED or already:
        raise Refused("not_orderable", _("Tests are ordered once, for a backup portion that is still sealed"))
    orders = [TestOrder(portion_id=portion.id, campaign_item_id=item.id) for item in chosen]
    session.add_all(orders)
    session.flush()
    return orders


def _must_fit(portion: Portion, at: datetime, condition: str) -> None:
    steps = [step.at for step in steps_of(portion)]
    sent = max(steps) if steps else None
    before = _("This moment lies before the sample was sent")
    problems = [
        *unfit("condition", condition, HandOver.condition.type.length),
        *fields.moment("received_at", at, earliest=sent, before=before),
    ]
    if problems:
        raise Invalid(*problems)


def _after_sealing(portion: Portion, at: datetime) -> datetime:
    """A form knows minutes only: what came in the minute in which it was sealed came after that."""
    return max(at, portion.sample.sealed_at)


def _came_with_its_own_seal(*, broken: bool) -> Condition:
    def came_with_its_own_seal(portion: Portion, actor: Actor) -> Reason | None:
        if broken:
            return Reason("seal_broken", _("The seal was broken or is another one; the sample can only be refused"))
        return None

    return came_with_its_own_seal


def is_its_seal(portion: Portion, seal_no: str) -> bool:
    return as_written(seal_no) == as_written(portion.seal_no)
