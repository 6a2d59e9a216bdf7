"""Tasks go to buyers: one, or many at once of which each is answered for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.campaigns.models import Campaign
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.words import Text, _
from quality.core.workflow import perform
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Can, Role
from quality.purchases.declines import declined_of
from quality.purchases.models import Task
from quality.purchases.prices import DESPITE_CAP, not_within_the_cap, over_the_cap_by, what_to_do
from quality.purchases.rules import limits_of
from quality.purchases.shops import Visit, Visits, visits
from quality.purchases.workflow import ASSIGN

NO_BUYER_HERE = _("Choose a buyer of the task's agency")


def assign(
    session: Session,
    task: Task,
    buyer: Person,
    *,
    by: Actor,
    version: int | None = None,
    again: bool = False,
    despite_cap: bool = False,
) -> None:
    """Give the task to a buyer of its agency, or, as long as nothing is ordered, to another.

    Not to one who buys at its shop already, or did lately; to one who declined it only where `again` says so. One whose
    listing was over the price cap when the frame was made only where the buyer is to look all the same (`despite_cap`).
    """
    agency, chosen = task.agency_id, buyer.id
    names = works_there(session, agency, [chosen])
    if not names:
        raise Invalid(FieldProblem("buyer", "no_buyer_here", NO_BUYER_HERE))
    if not again and any(each.person_id == chosen for each in declined_of(session, [task.id]).get(task.id, ())):
        declining = _("Choose another buyer, or say that they are asked again")
        raise Invalid(FieldProblem("buyer", "declined_it", declining))
    if task.shop_key is not None:
        days = limits_of(session, agency).shop_again
        known = visits(session, agency, days, buyers=[chosen], shop=task.shop_key, but=task.id)
        for visit in known.values():
            why = _("Choose another buyer: %(why)s", why=visit.why_not(names[chosen]))
            raise Invalid(FieldProblem("buyer", "same_shop", why))
    over = list(not_within_the_cap(task))
    if over and not despite_cap:
        raise Invalid(*over)
    details = {"buyer": chosen} | ({DESPITE_CAP: True} if over else {})
    perform(session, task, ASSIGN, by=by, version=version, facts={"buyer_id": chosen}, details=details)


def works_there(session: Session, agency_id: int, buyers: Iterable[int]) -> dict[int, str]:
    """Who of these buys for the agency now, with their names. Held until the transaction ends, in one order.

    So of two who give the same buyer two tasks at one shop, the second knows of the first.
    """
    here = (
        Membership.organisation_id == agency_id,
        Membership.role == Role.BUYER,
        Membership.ended_at.is_(None),
        Membership.person_id.in_(list(buyers)),
    )
    keys = session.scalars(sa.select(Membership.id).where(*here).order_by(Membership.id).with_for_update()).all()
    # SQLite knows no row locks: whoever writes is alone, so something is written
    session.execute(
        sa.update(Membership).where(Membership.id.in_(keys)).values(role=Role.BUYER),
        execution_options={"synchronize_session": False},
    )
    asked = sa.select(Person.id, Person.name, Person.email).join(Membership).where(*here, Person.active)
    return {row.id: row.name or row.email for row in session.execute(asked)}


class Given(NamedTuple):
    """One task as somebody saw it, and the buyer they gave it."""

    task: int
    version: int
    buyer: int


class Refusal(NamedTuple):
    number: str  # of the task
    code: str
    text: Text


class Outcome(NamedTuple):
    """`given`: the number of each task and the name of its buyer. `late`: somebody else changed these meanwhile."""

    given: Sequence[tuple[str, str]]
    late: Sequence[str]
    refused: Sequence[Refusal]


def assign_many(
    session: Session, campaign: Campaign, rows: Sequence[Given], *, by: Actor, despite_cap: bool = False
) -> Outcome:
    """Give out many tasks of one campaign. What cannot be given stays as it is and is named; the rest is given."""
    if not by.can(Can.TASK_ASSIGN) or not by.stands_over(campaign):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=ASSIGN.name))
    agency, wanted = campaign.agency_id, {row.task: row for row in rows}
    names = works_there(session, agency, {row.buyer for row in rows})
    asked = (
        sa.select(Task)
        .where(Task.campaign_id == campaign.id, Task.id.in_(wanted))
        .options(selectinload(Task.drawn), selectinload(Task.campaign))
        .order_by(Task.id)
    )
    tasks = session.scalars(asked.with_for_update(), execution_options={"populate_existing": True}).all()
    declined = declined_of(session, wanted)
    known = visits(session, agency, days := limits_of(session, agency).shop_again, buyers=names)
    late, refused, going = [], [], []
    for task in tasks:
        row = wanted[task.id]
        before = {each.person_id for each in declined.get(task.id, ())}
        if task.version != row.version or task.status not in ASSIGN.sources:
            late.append(task.number)
        elif (problem := why_not(row.buyer, task.shop_key, names, before, known)) is not None:
            refused.append(Refusal(task.number, *problem))
        elif (over := over_the_cap_by(task)) and not despite_cap:
            refused.append(Refusal(task.number, "over_price_cap", what_to_do(over)))
        else:
            going.append((task, row.buyer, {DESPITE_CAP: True} if over else {}))
            if days and task.shop_key is not None:
                known[row.buyer, task.shop_key] = Visit(task.number, None, None)
    given = [(task.number, names[buyer]) for task, buyer, _over in going]
    for task, buyer, despite in going:
        perform(session, task, ASSIGN, by=by, facts={"buyer_id": buyer}, details={"buyer": buyer} | despite)
    return Outcome(given, late, refused)


def why_not(
    buyer: int, shop: str | None, names: dict[int, str], declined: Iterable[int], known: Visits
) -> tuple[str, Text] | None:
    if buyer not in names:
        return "no_buyer_here", NO_BUYER_HERE
    if buyer in declined:
        return "declined_it", _("%(name)s declined it", name=names[buyer])
    visit = known.get((buyer, shop)) if shop is not None else None
    return None if visit is None else ("same_shop", visit.why_not(names[buyer]))
