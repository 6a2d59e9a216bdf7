"""What became of what was drawn, as its page and its workbook show it: pages/views/fielding.py."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.strata import stratum_called
from quality.core.words import Text, _
from quality.pages.book import Cell, book_of
from quality.pages.grading import RateShown, shown
from quality.pages.words import STATUSES, word
from quality.purchases.dispositions import IS_NO_END, Disposition
from quality.purchases.models import Task
from quality.purchases.tallies import Tally

D = Disposition
UNTESTED = (
    D.LABEL_ONLY,
    D.TRANSFERRED_UNTESTED,
    D.REFUSED_BY_LAB,
    D.TEST_IMPOSSIBLE,
)  # bought, and no test came


class Named(NamedTuple):
    """Some units by their word: a disposition, or the reason of one."""

    name: Text
    many: int


class StratumShown(NamedTuple):
    stratum: str
    drawn: int
    reserve: int
    bought: int
    tested: int
    untested: list[Named]
    unobtainable: int
    why: list[Named]
    cancelled: int
    open: list[Named]
    reserves_used: int
    missing: int
    obtainable: RateShown


def stratum_shown(of: Tally) -> StratumShown:
    return StratumShown(
        stratum=of.stratum,
        drawn=of.main,
        reserve=of.reserve,
        bought=of.bought,
        tested=of.came_of[D.TESTED],
        untested=named(of, UNTESTED),
        unobtainable=of.came_of[D.UNOBTAINABLE],
        why=[Named(word("unobtainable", code), many) for code, many in of.why.most_common()],
        cancelled=of.came_of[D.CANCELLED],
        open=named(of, [each for each in D if each in IS_NO_END]),
        reserves_used=of.reserves_used,
        missing=of.missing,
        obtainable=shown(of.obtainable),
    )


def named(of: Tally, some: tuple[D, ...] | list[D]) -> list[Named]:
    return [Named(word("disposition", each), of.came_of[each]) for each in some if of.came_of[each]]


def task_list(session: Session, campaign: Campaign) -> bytes:
    """Every task with the listing that it is to buy: nothing of the purchase itself, and not who buys."""
    asked = (
        sa.select(Task)
        .where(Task.campaign_id == campaign.id)
        .options(joinedload(Task.drawn).joinedload(Drawn.platform))
        .order_by(Task.id)
    )
    head: list[Cell] = [
        _("Task"), _("Status"), _("Reason"), _("Stratum"), _("Role"), _("Rank"), _("Platform"), _("Listing"),
        _("Title"), _("Web address"), _("Shop"), _("Price, yuan"),
    ]  # fmt: skip
    return book_of([(_("Tasks"), [head, *(list(line_of(task)) for task in session.scalars(asked))])])


def line_of(task: Task) -> Iterator[Cell]:
    drawn, listing = task.drawn, task.drawn.listing
    price = listing.get("price_fen")
    yield from (task.number, STATUSES["task"][task.status].word)
    yield word("unobtainable", task.exit_reason) if task.exit_reason else ""
    called = stratum_called(drawn.stratum, task.campaign.design)
    yield from (called, word("drawn_role", drawn.role), drawn.rank, drawn.platform.name, drawn.listing_id)
    yield from (str(listing.get(name) or "") for name in ("title", "url", "shop_name"))
    yield "" if price is None else Decimal(int(price)) / 100
