"""Where everything stands that may be read, for search engines: in parts, each of which is read in one go.

A part holds what has a key within one stretch, so that none ever has too many, an address stays in its part, and
nothing needs to be counted. What is withdrawn has left the list, and so its part.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute, Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.queries import ANNOUNCED
from quality.publication.models import Entry, Reply, ReplyStatus, Result, Statement, Tally
from quality.publication.table import LONGEST, TooSlow

A_PART = 10_000  # keys; the protocol allows 50,000 addresses (sitemaps.org), of which a campaign has three
AT_ONCE = 1_000  # rows in memory
MOST_NAMES = 20_000  # platforms and categories
Key = InstrumentedAttribute[int]


class Dated(NamedTuple):
    """A number, and when what stands at its address last changed."""

    number: str
    changed_at: datetime


def parts(session: Session, key: Key, *where: sa.ColumnElement[bool]) -> list[int]:
    """Which there are: part n holds the keys from n × A_PART on. Each is found by one step along the key's index."""
    known = sa.select(sa.func.min(key) // A_PART).where(*where)
    some = known.with_only_columns((sa.func.min(key) // A_PART).label("no")).cte("part", recursive=True)
    following = known.where(key >= (some.c.no + 1) * A_PART).scalar_subquery()
    every = some.union_all(sa.select(following).where(some.c.no.is_not(None)))
    return list(session.scalars(sa.select(every.c.no).where(every.c.no.is_not(None))))


def parts_of_results(session: Session) -> list[int]:
    return parts(session, Entry.result_id)


def parts_of_campaigns(session: Session) -> list[int]:
    return parts(session, Campaign.id, Campaign.status.in_(ANNOUNCED))


def within(key: Key, part: int) -> sa.ColumnElement[bool]:
    """Which may be beyond every key: whoever asks for it is not there."""
    first, behind = (sa.literal(each * A_PART, sa.BigInteger) for each in (part, part + 1))
    return sa.and_(key >= first, key < behind)


def has_results(session: Session, part: int) -> bool:
    return session.scalar(sa.select(sa.exists().where(within(Entry.result_id, part)))) is True


def results_in(connection: Connection, part: int) -> Iterator[list[Dated]]:
    """In force, some at a time. One changed when it was published, or when something was said beside it since."""
    since = sa.select(sa.func.max(Statement.stated_at)).where(Statement.result_id == Entry.result_id)
    replied = sa.select(sa.func.max(Reply.decided_at)).where(Reply.finding_id == Result.finding_id)
    replied = replied.where(Reply.status == ReplyStatus.SHOWN)
    moments = Entry.published_at, since.scalar_subquery(), replied.scalar_subquery()
    asked = sa.select(Result.number, *moments).join(Result, Result.id == Entry.result_id)
    asked = asked.where(within(Entry.result_id, part)).order_by(Entry.result_id)
    until = time.monotonic() + LONGEST
    with connection.execute(asked, execution_options={"yield_per": AT_ONCE}) as found:
        for some in found.partitions():
            if time.monotonic() > until:
                raise TooSlow
            yield [Dated(number, max(filter(None, changed))) for number, *changed in some]


class Announced(NamedTuple):
    number: str
    is_closed: bool


def campaigns_in(session: Session, part: int) -> list[Announced]:
    known = sa.select(Campaign.number, Campaign.status).where(Campaign.status.in_(ANNOUNCED))
    found = session.execute(known.where(within(Campaign.id, part)).order_by(Campaign.id))
    return [Announced(number, status == CampaignStatus.CLOSED) for number, status in found]


def names(session: Session) -> list[tuple[str, str]]:
    """Platforms and categories of which results are in force."""
    known = sa.select(Tally.of, Tally.value).where(Tally.of.in_(("platform", "category")), Tally.by == "verdict")
    found = session.execute(known.where(Tally.many > 0).distinct().order_by(Tally.of, Tally.value).limit(MOST_NAMES))
    return [(of, value) for of, value in found]
