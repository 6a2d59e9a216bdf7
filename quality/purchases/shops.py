"""Which shop a listing is of, and who bought there lately: a shop that knows its buyer may send something else."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.people.actor import Actor
from quality.purchases.models import Task, TaskStatus
from quality.purchases.rules import limits_of

KNOWN_BY = ("shop_id", "shop_uscc", "shop_name")  # the first of these that its frame has


def shop_key(platform_id: int, listing: Mapping[str, Any]) -> str | None:
    """The same for all listings of a shop; None where the frame does not say whose a listing is.

    A shop is one of its platform: who sells on two has two. sha256, in hex.
    """
    for column in KNOWN_BY:
        said = unicodedata.normalize("NFKC", str(listing.get(column) or "")).strip()
        if said:
            return hashlib.sha256(f"{platform_id}\0{column}\0{said}".encode()).hexdigest()
    return None


class Visit(NamedTuple):
    """A purchase of a buyer at a shop, or the task for one; `until` (not meant) they do not buy there again."""

    number: str
    ordered_on: date | None
    until: date | None

    def why_not(self, name: str) -> Text:
        if self.ordered_on is None:
            return _("%(name)s has a task at this shop already: %(number)s", name=name, number=self.number)
        return _(
            "%(name)s bought from this shop on %(day)s, and may again from %(until)s on",
            name=name, day=self.ordered_on, until=self.until,
        )  # fmt: skip


Visits = dict[tuple[int, str], Visit]


def visits(
    session: Session,
    agency_id: int,
    days: int,
    *,
    buyers: Iterable[int],
    shop: str | None = None,
    but: int | None = None,
    only_ordered: bool = False,
) -> Visits:
    """By buyer and shop, what keeps the one from the other, for tasks of this agency but `but`; in one statement.

    `days` is how long after an order; 0: nothing keeps anybody from a shop.
    """
    if not days:
        return {}
    lately: sa.ColumnElement[bool] = Task.ordered_at > clock.now() - timedelta(days=days + 1)
    waits = Task.status == TaskStatus.ASSIGNED
    asked = (
        sa.select(Task.buyer_id, Task.shop_key, Task.number, Task.ordered_at)
        .where(Task.agency_id == agency_id, Task.buyer_id.in_(list(buyers)), Task.shop_key.is_not(None))
        .where(lately if only_ordered else sa.or_(lately, waits))
        .order_by(Task.ordered_at, Task.id)
    )
    if shop is not None:
        asked = asked.where(Task.shop_key == shop)
    if but is not None:
        asked = asked.where(Task.id != but)
    today, found = day_of(clock.now()), Visits()
    for buyer, key, number, ordered_at in session.execute(asked):
        assert buyer is not None and key is not None, "asked for"
        visit = visit_of(number, ordered_at, days)
        if visit.until is None or visit.until > today:
            found[buyer, key] = visit
    return found


def visit_of(number: str, ordered_at: datetime | None, days: int) -> Visit:
    if ordered_at is None:
        return Visit(number, None, None)
    on = day_of(ordered_at)
    return Visit(number, on, on + timedelta(days=days))


def was_not_there_lately(task: Task, _actor: Actor) -> Reason | None:
    """Of an order: its buyer has not bought at this shop within the period."""
    session = object_session(task)
    assert session is not None, "begin() it first"
    if task.shop_key is None or task.buyer_id is None:
        return None
    days = limits_of(session, task.agency_id).shop_again
    before = visits(
        session, task.agency_id, days, buyers=[task.buyer_id], shop=task.shop_key, but=task.id, only_ordered=True
    )
    for visit in before.values():
        text = _(
            "You bought from this shop on %(day)s, and may again from %(until)s on; decline the task, so that "
            "another buys it",
            day=visit.ordered_on,
            until=visit.until,
        )
        return Reason("same_shop", text)
    return None
