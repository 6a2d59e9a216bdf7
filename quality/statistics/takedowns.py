"""How long a listing stays up after its platform is proved to know of the notice: by the platform's word, and as seen.

Of listings about which a result is public. Counted once a day: what still waits is a day older then, and is no page's
to count. Hours are whole ones; what was done before the receipt took none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.figures.survival import Spell
from quality.notices.models import Claim, ItemStatus, Look, Notice, NoticeItem, Outcome, stands_on_a_notice
from quality.people.models import Organisation
from quality.publication.figures import keep
from quality.publication.models import Entry, FiguresKind, PublicFigures, Result

HOUR = timedelta(hours=1)
OFF_SALE = (Outcome.REMOVED, Outcome.NEVER_FOUND, Outcome.ALREADY_GONE)


class Takedowns(NamedTuple):
    """Of one platform: a spell of hours each listing, until it said so, and until the agency saw it gone."""

    platform: str
    name: str
    claimed: tuple[Spell, ...]
    seen: tuple[Spell, ...]


class Row(NamedTuple):
    """A listing on a notice. `claimed_at`, `seen_at`: None as long as nobody said it, or saw it gone."""

    platform: str
    name: str
    served_at: datetime
    left_at: datetime | None  # it was excused: nobody waits for it any more
    claimed_at: datetime | None
    seen_at: datetime | None


def takedowns_of(rows: Iterable[Row], now: datetime) -> list[Takedowns]:
    """By platform, in the order of their codes."""
    of: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        of.setdefault((row.platform, row.name), []).append(row)
    return [
        Takedowns(
            code,
            name,
            tuple(spell(row, row.claimed_at, now) for row in own),
            tuple(spell(row, row.seen_at, now) for row in own),
        )
        for (code, name), own in sorted(of.items())
    ]


def spell(row: Row, done_at: datetime | None, now: datetime) -> Spell:
    until = done_at or row.left_at or now
    return Spell(max(0, (until - row.served_at) // HOUR), done_at is not None)


# --- read, and kept ---


def listings(session: Session) -> Iterable[Row]:
    """In one statement: listings on notices that were proved to be received, about which a result is in force."""
    is_public = sa.exists().where(Result.finding_id == NoticeItem.finding_id, Entry.result_id == Result.id)
    acted = sa.func.coalesce(Claim.acted_at, Claim.received_at)
    claimed = sa.select(sa.func.min(acted)).where(Claim.item_id == NoticeItem.id, Claim.outcome.in_(OFF_SALE))
    seen = sa.select(sa.func.min(Look.seen_at)).where(Look.item_id == NoticeItem.id, Look.gone)
    excused = NoticeItem.status == ItemStatus.EXCUSED
    asked = (
        sa.select(
            Organisation.code,
            Organisation.name,
            Notice.served_at,
            sa.case((excused, NoticeItem.settled_at), else_=sa.null()),
            claimed.scalar_subquery(),
            seen.scalar_subquery(),
        )
        .select_from(NoticeItem)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .join(Organisation, Organisation.id == Notice.platform_id)
        .where(Notice.served_at.is_not(None), stands_on_a_notice(), is_public)
    )
    for row in session.execute(asked):
        yield Row(*row)


def count_takedowns(sessions: sessionmaker[Session], now: datetime) -> int:
    """Once a day of Beijing; returns for how many platforms. A platform of which nothing is public any more goes."""
    with sessions() as session:
        last = session.scalar(sa.select(sa.func.max(PublicFigures.counted_at)).where(is_one()))
        if last is not None and day_of(last) >= day_of(now):
            return 0
        found = takedowns_of(listings(session), now)
    with sessions.begin() as session:
        names = [each.platform for each in found]
        session.execute(sa.delete(PublicFigures).where(is_one(), PublicFigures.name.not_in(names)))
        for each in found:
            keep(session, (FiguresKind.TAKEDOWNS, each.platform), as_kept(each), now)
    return len(found)


def is_one() -> sa.ColumnElement[bool]:
    return PublicFigures.kind == FiguresKind.TAKEDOWNS


class Kept(NamedTuple):
    counted_at: datetime | None
    takedowns: list[Takedowns]


def kept_takedowns(session: Session) -> Kept:
    rows = session.scalars(sa.select(PublicFigures).where(is_one()).order_by(PublicFigures.name)).all()
    return Kept(max((row.counted_at for row in rows), default=None), [from_kept(row.name, row.figures) for row in rows])


def as_kept(takedowns: Takedowns) -> dict[str, Any]:
    """Each length once, with how many were done and how many were not."""
    return {
        "name": takedowns.name,
        **{kind: grouped(getattr(takedowns, kind)) for kind in ("claimed", "seen")},
    }


def grouped(spells: Iterable[Spell]) -> list[list[int]]:
    every = Counter(spells)
    hours = sorted({spell.time for spell in every})
    return [[time, every[Spell(time, True)], every[Spell(time, False)]] for time in hours]


def from_kept(code: str, said: Mapping[str, Any]) -> Takedowns:
    return Takedowns(code, said["name"], spells_of(said["claimed"]), spells_of(said["seen"]))


def spells_of(groups: Iterable[Iterable[str]]) -> tuple[Spell, ...]:
    found: list[Spell] = []
    for time, done, waiting in (map(int, group) for group in groups):
        found += [Spell(time, True)] * done + [Spell(time, False)] * waiting
    return tuple(found)
