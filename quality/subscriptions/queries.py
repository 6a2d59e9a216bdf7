"""Who a link belongs to; and for an editor, numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.campaigns.models import Campaign
from quality.publication.facets import facets_of
from quality.publication.models import Entry, Result
from quality.publication.search import says
from quality.subscriptions.links import Keys, hashed
from quality.subscriptions.models import Rhythm, Subscriber, Tells, Wish
from quality.subscriptions.news import filter_of, fits_campaign

LIVE = (Wish.since_at.is_not(None), Wish.ended_at.is_(None))
BY_FACET = ("platform", "category", "region", "verdict", "campaign", "producer")
OF_ONE_RESULT = ("platform", "region", "verdict", "producer")  # no campaign has one of these
Many = dict[Rhythm, int]


def with_link(session: Session, token: str) -> Subscriber | None:
    """A confirmed one."""
    theirs = Subscriber.link_sha256 == hashed(token), Subscriber.confirmed_at.is_not(None)
    return session.scalars(sa.select(Subscriber).where(*theirs).options(selectinload(Subscriber.wishes))).one_or_none()


def whose(session: Session, token: str) -> Subscriber | None:
    """Also one that was never confirmed: whoever was asked in vain may have that forgotten at once."""
    return session.scalars(sa.select(Subscriber).where(Subscriber.link_sha256 == hashed(token))).one_or_none()


def to_confirm(session: Session, keys: Keys, token: str, now: datetime) -> Subscriber | None:
    """Whom a link asks that confirms; None if it is not ours, its time is over, or nothing is kept of them."""
    handle = keys.handle_in(token, now)
    if handle is None:
        return None
    theirs = sa.select(Subscriber).where(Subscriber.handle == handle)
    return session.scalars(theirs.options(selectinload(Subscriber.wishes))).one_or_none()


class Standing(NamedTuple):
    """How many there are: of confirmed ones by how often they are told, and by what they are told of."""

    by_rhythm: Many
    by_tells: dict[Tells, int]
    unconfirmed: int
    waiting: int  # mails that are under way
    failing: int  # of these, such as were tried in vain
    refused: int  # mailboxes that took nothing the last time

    @property
    def confirmed(self) -> int:
        return sum(self.by_rhythm.values())


def standing(session: Session) -> Standing:
    confirmed = Subscriber.confirmed_at.is_not(None)
    rhythms = sa.select(Subscriber.rhythm, sa.func.count()).where(confirmed).group_by(Subscriber.rhythm)
    tells = sa.select(Wish.tells, sa.func.count(Wish.subscriber_id.distinct())).where(*LIVE).group_by(Wish.tells)
    conditions: list[sa.ColumnElement[bool]] = [
        Subscriber.confirmed_at.is_(None),
        sa.or_(Subscriber.telling_to.is_not(None), Subscriber.confirm_at.is_not(None)),
        sa.or_(Subscriber.tries > 0, Subscriber.confirm_tries > 0),
        Subscriber.refusals > 0,
    ]
    counted = sa.select(*(sa.func.count().filter(each) for each in conditions)).select_from(Subscriber)
    [unconfirmed, waiting, failing, refused] = list(session.execute(counted).one())
    return Standing(
        {rhythm: many for rhythm, many in session.execute(rhythms)},
        {what: many for what, many in session.execute(tells)},
        unconfirmed,
        waiting,
        failing,
        refused,
    )


def would_tell(session: Session, result: Result, at: datetime) -> Many:
    """How many would be told of this, were it published at `at`, by how often they are told."""
    facets = facets_of(result.copy, at)
    its = [getattr(Wish, name).in_(["", getattr(facets, name)]) for name in BY_FACET]
    asked = wanting(Wish.tells != Tells.ANNOUNCEMENTS, *its)
    fits = {wish.id: says(result.copy, filter_of(wish)[1].words) for wish in session.scalars(with_words(asked))}
    return counted_by_rhythm(session, asked, fits)


def would_announce(session: Session, campaign: Campaign) -> Many:
    """How many would be told, were this campaign announced with what is published of it now."""
    numbered = [Wish.campaign.in_(["", campaign.number]), Wish.category.in_(["", campaign.category])]
    asks_no_more = sa.and_(*(getattr(Wish, name) == "" for name in OF_ONE_RESULT))
    its = [getattr(Wish, name).in_(["", getattr(Entry, name)]) for name in OF_ONE_RESULT]
    by_one = sa.select(Entry.result_id).where(Entry.campaign == campaign.number, *its).correlate(Wish).exists()
    asked = wanting(Wish.tells != Tells.RESULTS, *numbered, sa.or_(asks_no_more, by_one))
    fits = {
        wish.id: fits_campaign(session, filter_of(wish)[1], campaign) for wish in session.scalars(with_words(asked))
    }
    return counted_by_rhythm(session, asked, fits)


def wanting(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(Wish).where(*LIVE, *conditions)


def with_words(asked: sa.Select[Any]) -> sa.Select[Any]:
    """Those of which the database cannot say whether they fit."""
    return asked.where(Wish.q != "")


def counted_by_rhythm(session: Session, asked: sa.Select[Any], fits: dict[int, bool]) -> Many:
    """Each mailbox once, however many of its wishes fit."""
    theirs = asked.where(sa.or_(Wish.q == "", Wish.id.in_([key for key, does in fits.items() if does])))
    ids = theirs.with_only_columns(Wish.subscriber_id)
    counted = sa.select(Subscriber.rhythm, sa.func.count()).where(Subscriber.id.in_(ids)).group_by(Subscriber.rhythm)
    return {rhythm: many for rhythm, many in session.execute(counted)}
