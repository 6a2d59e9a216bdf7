"""Tasks come from the draw, go to a buyer, and leave the field by an exit that stays in the statistics."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.sampling import DrawRole
from quality.campaigns.workflow import START
from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.events import write
from quality.core.numbers import next_numbers
from quality.core.words import _
from quality.core.workflow import begin, perform, record
from quality.people.actor import Actor
from quality.purchases.declines import LONGEST_NOTE, Declined, Declining
from quality.purchases.models import Cancelled, Task, Unobtainable, Untested
from quality.purchases.shops import shop_key
from quality.purchases.workflow import CANCEL, DECLINE, GIVE_UP, HAND_ON

NOTHING_MORE: Mapping[str, Any] = MappingProxyType({})
WAITED_FOR = ("shipment", "parcel")  # of whoever sells, and of whoever carries


def open_field(session: Session, campaign: Campaign, *, by: Actor, version: int | None = None) -> list[Task]:
    """Start buying: one task for each unit of the main sample, in the order of the draw."""
    perform(session, campaign, START, by=by, version=version)
    units = sa.select(Drawn).where(Drawn.campaign_id == campaign.id, Drawn.role == DrawRole.MAIN)
    return plan_tasks(session, campaign, list(session.scalars(units.order_by(Drawn.stratum, Drawn.rank))), by=by)


def plan_tasks(session: Session, campaign: Campaign, units: list[Drawn], *, by: Actor) -> list[Task]:
    numbers = next_numbers(session, campaign.agency.code, "T", len(units)) if units else []
    tasks = []
    for number, unit in zip(numbers, units, strict=True):
        shop = shop_key(unit.platform_id, unit.listing)
        task = Task(
            number=number, agency_id=campaign.agency_id, campaign_id=campaign.id, drawn_id=unit.id, shop_key=shop
        )
        begin(session, task, by=by, details={"drawn": unit.id})
        tasks.append(task)
    return tasks


def give_up(
    session: Session,
    task: Task,
    reason: Unobtainable | str,
    *,
    by: Actor,
    version: int | None = None,
    note: str = "",
    told: Mapping[str, Any] = NOTHING_MORE,
) -> Task | None:
    """Report the listing as unobtainable. The next reserve of its stratum becomes a task, which is returned.

    None, and an event that says so, when the reserve is used up. `told` is what the record says beside the reason.
    """
    code = read_reason(Unobtainable, reason)
    if code == Unobtainable.RETURNED and task.returned_at is None:
        text = _("Record first that the goods went back")
        raise Invalid(FieldProblem("reason", "not_returned", text))
    facts, details = {"exit_reason": code}, {"reason": code, **told}
    perform(session, task, GIVE_UP, by=by, version=version, note=note, facts=facts, details=details)
    wait_no_more(session, task, by=by)
    return replace(session, task, by=by)


def wait_no_more(session: Session, task: Task, *, by: Actor) -> None:
    """Nothing is on its way any more."""
    for rule in WAITED_FOR:
        clocks.stop(session, task, rule, clock.now(), by=by, outcome="unobtainable")


def cancel(
    session: Session, task: Task, reason: Cancelled | str, *, by: Actor, version: int | None = None, note: str = ""
) -> Task | None:
    """End a task without a purchase. The next reserve takes its place, unless no more is to be bought."""
    code = read_reason(Cancelled, reason)
    facts, details = {"exit_reason": code}, {"reason": code}
    perform(session, task, CANCEL, by=by, version=version, note=note, facts=facts, details=details)
    return None if code == Cancelled.NOT_NEEDED else replace(session, task, by=by)


def decline(
    session: Session, task: Task, reason: Declining | str, *, by: Actor, version: int | None = None, note: str = ""
) -> None:
    """Give the task back before anything is ordered. It waits for another buyer; who declined it, and why, is kept."""
    code = read_reason(Declining, reason)
    if len(note) > LONGEST_NOTE:
        raise Invalid(FieldProblem("note", "too_long", _("Keep to %(most)s characters", most=LONGEST_NOTE)))
    details = {"buyer": task.buyer_id, "reason": code}
    perform(session, task, DECLINE, by=by, version=version, note=note, details=details)
    write(session, task, {"buyer_id": None})  # after the move, whose conditions ask whose it is
    session.expire(task, ["buyer"])
    session.add(Declined(task_id=task.id, person_id=by.id, reason=code, note=note, at=clock.now()))
    session.flush()


def replace(session: Session, task: Task, *, by: Actor) -> Task | None:
    """The task of the next reserve; None, and an event that says so, when the reserve of the stratum is used up."""
    reserve = activate_reserve(session, task.drawn)
    if reserve is None:
        record(session, task, "no_reserve_left", by=by, details={"drawn": task.drawn_id})
        return None
    [replacing] = plan_tasks(session, task.campaign, [reserve], by=by)
    record(session, task, "reserve_activated", by=by, details={"drawn": reserve.id, "task": replacing.id})
    return replacing


def activate_reserve(session: Session, lost: Drawn) -> Drawn | None:
    """The next reserve of the stratum, now used for `lost`. Two who ask at once get different ones, in their order."""
    unused = (
        sa.select(Drawn.id)
        .where(
            Drawn.campaign_id == lost.campaign_id,
            Drawn.stratum == lost.stratum,
            Drawn.role == DrawRole.RESERVE,
            Drawn.replaces_id.is_(None),
        )
        .order_by(Drawn.rank)
        .limit(1)
    )
    while (candidate := session.scalars(unused).one_or_none()) is not None:
        claim = sa.update(Drawn).where(Drawn.id == candidate, Drawn.replaces_id.is_(None)).values(replaces_id=lost.id)
        claimed = claim.returning(Drawn).execution_options(synchronize_session=False, populate_existing=True)
        if reserve := session.scalars(claimed).one_or_none():
            return reserve
    return None


def hand_on(session: Session, task: Task, reason: Untested | str, *, by: Actor, version: int | None = None) -> None:
    """Hand the goods to the local authority without a test."""
    code = read_reason(Untested, reason)
    perform(session, task, HAND_ON, by=by, version=version, facts={"exit_reason": code}, details={"reason": code})


def read_reason(codes: type[Unobtainable] | type[Untested] | type[Cancelled] | type[Declining], reason: str) -> str:
    try:
        return codes(reason).value
    except ValueError:
        text = _("Choose one of these reasons: %(codes)s", codes=", ".join(codes))
        raise Invalid(FieldProblem("reason", "unknown_reason", text)) from None
