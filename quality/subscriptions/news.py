"""What happened in public, as it is told: noted from the record once, and held against what somebody wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign
from quality.core.db import insert_into
from quality.core.events import Event
from quality.publication.feed import fits
from quality.publication.listing import public_results
from quality.publication.models import Result
from quality.publication.search import Wanted, words_of
from quality.publication.statements import EVENTS, LATE
from quality.subscriptions.models import NewsKind, NewsMark, PublicNews, Tells, Wish

ROUNDS = 20  # in one run
KEPT = timedelta(days=60)  # of what was noted: every digest was sent by then, or its mailbox is gone
SETTLES = timedelta(minutes=1)  # what is taken back within it, nobody was told
A_PAGE = 200  # news that are held against wishes at once

# fmt: off
TOLD = {  # moves of the record that the public sees
    ("result", "publish"):   NewsKind.APPEARED,
    ("result", "release"):   NewsKind.APPEARED,
    ("result", "correct"):   NewsKind.APPEARED,
    ("result", "withdraw"):  NewsKind.WITHDRAWN,
    ("result", "take_back"): NewsKind.WITHDRAWN,
    ("result", "expire"):    NewsKind.EXPIRED,
    ("campaign", "close"):   NewsKind.ANNOUNCED,
}
# fmt: on


# --- noted ---


def note_news(sessions: sessionmaker[Session], now: datetime) -> int:
    """Note what happened since the last look; returns how much. Where nobody subscribed there is nobody to tell."""
    noted = 0
    for _round in range(ROUNDS):
        with sessions() as session:
            if not is_behind(session):
                break
        with sessions.begin() as session:
            noted += note_some(session, now)
    return noted


def is_behind(session: Session) -> bool:
    """Whether there is something to note, or much was read in vain; asked without locking anything."""
    mark = session.get(NewsMark, 1)
    if mark is None:
        return True
    found = found_since(session, mark.event_id)
    return bool(found.missing) or found.read >= mark.event_id + LATE


class Found(NamedTuple):
    missing: list[Any]  # rows of the record that are to be told and are not noted
    read: int  # how far the record was read


def found_since(session: Session, read: int) -> Found:
    """Also what came late: a transaction that began earlier may have ended later."""
    last = session.scalars(sa.select(sa.func.max(Event.id))).one() or 0
    names = Event.subject_type.in_({kind for kind, _move in TOLD}), Event.action.in_({move for _kind, move in TOLD})
    columns = Event.id, Event.subject_type, Event.subject_id, Event.action, Event.at
    since = sa.select(*columns).where(Event.id > read - LATE, Event.id <= last, *names)
    rows = session.execute(since.order_by(Event.id).limit(EVENTS)).all()
    ids = [each.id for each in rows]
    known = set(session.scalars(sa.select(PublicNews.event_id).where(PublicNews.event_id.in_(ids)))) if ids else set()
    told = [each for each in rows if each.id not in known and (each.subject_type, each.action) in TOLD]
    reached = ids[-1] if len(ids) == EVENTS else last
    return Found(to_be_told(session, told) if told else [], max(read, reached))


def to_be_told(session: Session, told: Sequence[Any]) -> list[Any]:
    """Of these, what happened in public, and not before somebody wanted to know."""
    first = session.scalars(sa.select(sa.func.min(Wish.since_at))).one()
    if first is None:
        return []
    results = {each.subject_id for each in told if each.subject_type == "result"}
    public = set(session.scalars(sa.select(Result.id).where(Result.id.in_(results), Result.published_at.is_not(None))))
    return [each for each in told if first <= each.at and (each.subject_type != "result" or each.subject_id in public)]


def note_some(session: Session, now: datetime) -> int:
    """The mark is locked first: news are numbered in the order in which they can be read."""
    start = begun_at(session)
    session.execute(insert_into(session, NewsMark).values(id=1, event_id=start).on_conflict_do_nothing())
    held = sa.update(NewsMark).where(NewsMark.id == 1).values(event_id=NewsMark.event_id)
    read = session.scalars(held.returning(NewsMark.event_id)).one()
    found = found_since(session, read)
    for each in found.missing:
        is_result = each.subject_type == "result"
        session.add(
            PublicNews(
                event_id=each.id,
                kind=TOLD[each.subject_type, each.action],
                result_id=each.subject_id if is_result else None,
                campaign_id=None if is_result else each.subject_id,
                at=each.at,
                noted_at=now,
            )
        )
        session.flush()
    session.execute(sa.update(NewsMark).where(NewsMark.id == 1).values(event_id=found.read))
    return len(found.missing)


def begun_at(session: Session) -> int:
    """Where reading begins in an installation that never read: behind all that happened before somebody subscribed."""
    first = session.scalars(sa.select(sa.func.min(Wish.since_at))).one()
    asked = sa.select(sa.func.max(Event.id))
    return session.scalars(asked.where(Event.at < first) if first else asked).one() or 0


def forget_old_news(session: Session, now: datetime) -> None:
    session.execute(sa.delete(PublicNews).where(PublicNews.noted_at <= now - KEPT))


def settled(session: Session, now: datetime) -> int:
    """The last of the news that may be told now."""
    noted = sa.select(sa.func.max(PublicNews.id)).where(PublicNews.noted_at <= now - SETTLES)
    return session.scalars(noted).one() or 0


# --- wanted ---


class Item(NamedTuple):
    """One piece of news: of a result all editions that were public by then, the newest first; or its campaign."""

    news: PublicNews
    editions: Sequence[Result]
    campaign: Campaign | None


Filter = tuple[Tells, Wanted]


def filter_of(wish: Wish) -> Filter:
    return wish.tells, Wanted(
        words=words_of(wish.q),
        platform=wish.platform,
        category=wish.category,
        region=wish.region,
        verdict=wish.verdict,
        campaign=wish.campaign,
        producer=wish.producer,
    )


def fitting(session: Session, asked: Filter, item: Item) -> list[datetime]:
    """When what `asked` names was published: each edition of a result that fits, so that who was told of one learns
    that it was corrected into something else; empty where nothing fits."""
    tells, wanted = asked
    if item.campaign is not None:
        is_told = tells is not Tells.RESULTS and fits_campaign(session, wanted, item.campaign)
        return [item.news.at] if is_told else []
    if tells is Tells.ANNOUNCEMENTS:
        return []
    return [each.published_at for each in item.editions if each.published_at and fits(each, wanted)]


def fits_campaign(session: Session, wanted: Wanted, campaign: Campaign) -> bool:
    """By its number and category; what asks for more, by one of its results that the public list finds."""
    if wanted.campaign not in {"", campaign.number} or wanted.category not in {"", campaign.category}:
        return False
    if not (wanted.words or wanted.platform or wanted.region or wanted.verdict or wanted.producer):
        return True
    return bool(public_results(session, replace(wanted, campaign=campaign.number), limit=1).results)


def is_for(wish: Wish, item: Item, published: Iterable[datetime]) -> bool:
    """Nothing that happened before it was confirmed; of one that ended, what became of that which it told."""
    if wish.since_at is None or item.news.at < wish.since_at:
        return False
    if wish.ended_at is None:
        return True
    return item.campaign is None and any(wish.since_at <= at <= wish.ended_at for at in published)


def told_of(session: Session, wishes: Sequence[Wish], after: int, until: int) -> dict[int, list[int]]:
    """Ids of the news behind `after` and up to `until` that each wish is to be told of, by the wish's id."""
    found: dict[int, list[int]] = {each.id: [] for each in wishes}
    by_filter: dict[Filter, list[Wish]] = {}
    for wish in wishes:
        by_filter.setdefault(filter_of(wish), []).append(wish)
    while page := items_between(session, after, until):
        after = page[-1].news.id
        for asked, theirs in by_filter.items():
            for item in page:
                published = fitting(session, asked, item)
                for wish in theirs if published else ():
                    if is_for(wish, item, published):
                        found[wish.id].append(item.news.id)
        session.expunge_all()  # copies are large, and there may be many
    return found


def items_between(session: Session, after: int, until: int) -> list[Item]:
    asked = sa.select(PublicNews).where(PublicNews.id > after, PublicNews.id <= until).order_by(PublicNews.id)
    return items_of(session, session.scalars(asked.limit(A_PAGE)).all())


def items_of(session: Session, news: Sequence[PublicNews]) -> list[Item]:
    keys = [each.result_id for each in news if each.result_id]
    named = session.execute(sa.select(Result.id, Result.number).where(Result.id.in_(keys)))
    numbers = {key: number for key, number in named}
    once = sa.select(Result).where(Result.number.in_(set(numbers.values())), Result.published_at.is_not(None))
    editions: dict[str, list[Result]] = {}
    for each in session.scalars(once.order_by(Result.edition.desc())):
        editions.setdefault(each.number, []).append(each)
    campaigns = {
        each.id: each
        for each in session.scalars(
            sa.select(Campaign).where(Campaign.id.in_([each.campaign_id for each in news if each.campaign_id]))
        )
    }
    return [
        Item(
            each,
            editions.get(numbers.get(each.result_id or 0, ""), []),
            campaigns.get(each.campaign_id) if each.campaign_id else None,
        )
        for each in news
    ]
