"""Telling subscribers: claim some, write with nothing open, send, record each by itself.

What a subscriber was told is one number: the last of the news that they know of. A mail under way holds a second one,
up to which it tells. Who dies over it leaves both, and the next who comes sends the same mail under the same
Message-ID; news of meanwhile are for the mail after it. What it says is read when it goes out: of what was taken back
before, it says that and nothing else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload, sessionmaker

from quality.core import clock
from quality.core.cipher import Unreadable
from quality.core.config import Settings
from quality.subscriptions.links import Keys
from quality.subscriptions.models import PublicNews, Rhythm, Subscriber, Wish
from quality.subscriptions.news import Item, items_of, settled, told_of
from quality.subscriptions.operations import waiting
from quality.subscriptions.posting import Outcome, Post, Written, mail_of
from quality.subscriptions.rhythm import REFUSED, next_look, next_try

log = logging.getLogger("mingcha.subscriptions")

A_BATCH, BESIDE = 100, 4
PATIENCE = 60.0  # seconds; the next run goes on
LEASE = timedelta(minutes=15)  # longer than a batch may last
MOST_REFUSALS = 3  # of a mailbox, one a day; then its subscription ends
MOST_TRIES = 6  # of a mail that asks: whoever still wants it asks again
NOTHING = timedelta(0)
FREE = {"claimed_until": None}
UNSEEN = {"synchronize_session": False}


class Asking(NamedTuple):
    """Did you mean it? `wishes`: what waits to be confirmed, none if they get all of it already."""

    language: str
    is_known: bool
    wishes: list[Wish]
    confirm_link: str
    own_link: str  # of a known one, to see and change what they get


class Telling(NamedTuple):
    """What is told to all who are told the same."""

    language: str
    items: list[Item]  # as they stand when it is sent


class Foot(NamedTuple):
    """What stands below, to each by themselves."""

    language: str
    rhythm: Rhythm
    own_link: str


class Writer(NamedTuple):
    """Who puts it into words."""

    asks: Callable[[Session, Asking], Written]
    tells: Callable[[Session, Telling], Written | None]  # None: there is nothing to say after all
    ends: Callable[[Foot], str]


class Errand(NamedTuple):
    """A mail that was claimed and is written: no transaction is open while it goes out."""

    subscriber_id: int
    claimed_until: datetime
    telling_to: int | None  # None: it asks for a confirmation
    rhythm: Rhythm
    tries: int
    refusals: int
    address: str
    mail: bytes


def tell_subscribers(sessions: sessionmaker[Session], settings: Settings, writer: Writer) -> int:
    """Send what is due; returns how many mails were taken."""
    if not settings.sends_mail:
        return 0
    began, taken = time.monotonic(), 0
    for claim in (claim_askings, claim_tellings):
        while time.monotonic() - began < PATIENCE:
            claimed = claim(sessions, clock.now())
            if not claimed:
                break
            outcomes = send_all(sessions, settings, written(sessions, settings, writer, claimed))
            taken += outcomes.count(Outcome.TAKEN)
            if Outcome.AWAY in outcomes:
                return taken
    return taken


# --- claimed ---


class Claimed(NamedTuple):
    subscriber_id: int
    until: datetime
    is_asking: bool


def is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Subscriber.claimed_until.is_(None), Subscriber.claimed_until <= now)


def claim_askings(sessions: sessionmaker[Session], now: datetime) -> list[Claimed]:
    with sessions.begin() as session:
        return claim_some(session, [Subscriber.confirm_at <= now, is_free(now)], Subscriber.confirm_at, now)


def claim_tellings(sessions: sessionmaker[Session], now: datetime) -> list[Claimed]:
    with sessions.begin() as session:
        last = settled(session, now)
        has_news = sa.or_(Subscriber.told_to < last, Subscriber.telling_to.is_not(None))
        due = [Subscriber.look_at <= now, has_news, is_free(now)]
        up_to = {"telling_to": sa.func.coalesce(Subscriber.telling_to, last)}
        return claim_some(session, due, Subscriber.look_at, now, **up_to)


def claim_some(
    session: Session, due: Sequence[sa.ColumnElement[bool]], order: Any, now: datetime, **values: Any
) -> list[Claimed]:
    """Of two who see one, one gets it."""
    some = sa.select(Subscriber.id).where(*due).order_by(order, Subscriber.id).limit(A_BATCH)
    ids = session.scalars(some.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    until = now + LEASE
    taking = sa.update(Subscriber).where(Subscriber.id.in_(ids), *due).values(claimed_until=until, **values)
    mine = session.scalars(taking.returning(Subscriber.id), execution_options=UNSEEN).all()
    return [Claimed(each, until, is_asking=not values) for each in sorted(mine)]


# --- written ---


def written(
    sessions: sessionmaker[Session], settings: Settings, writer: Writer, claimed: Sequence[Claimed]
) -> list[Errand]:
    """A mail for each that was claimed; who is to be told nothing is looked at again later."""
    ids, is_asking = [each.subscriber_id for each in claimed], claimed[0].is_asking
    with sessions() as session:
        asked = sa.select(Subscriber).where(Subscriber.id.in_(ids)).order_by(Subscriber.id)
        theirs = list(session.scalars(asked.options(selectinload(Subscriber.wishes))))
        session.expunge_all()
        desk = Desk(session, settings, writer, Keys.of(settings), {})
        news = {} if is_asking else news_for(session, theirs)
        errands, silent = [], []
        for each in theirs:
            try:
                says = asked_of(desk, each) if is_asking else told_to(desk, each, news[each.id])
                if says is not None:
                    errands.append(an_errand(desk, each, says, claimed[0]))
                    continue
            except Unreadable:  # the key is lost: nobody can write to it, and the others are not to wait for it
                log.warning("the address of subscriber %s cannot be read", each.id)
            silent.append(each)
    pass_over(sessions, silent, is_asking=is_asking)
    return errands


class Desk(NamedTuple):
    """Where one batch is written. What is the same for several is written once."""

    session: Session
    settings: Settings
    writer: Writer
    keys: Keys
    bodies: dict[tuple[str, tuple[int, ...]], Written | None]

    def address_of(self, subscriber: Subscriber, rest: str = "") -> str:
        """Of the own page, or of one behind it, in the language of who reads the mail."""
        speaks = "" if subscriber.language == "zh" else f"?lang={subscriber.language}"
        return f"{self.settings.public_url}/subscriptions/{self.keys.link_of(subscriber)}{rest}{speaks}"


def news_for(session: Session, subscribers: Sequence[Subscriber]) -> dict[int, list[int]]:
    """Ids of the news that each is to be told, the first first."""
    wishes = [wish for each in subscribers for wish in each.wishes]
    until = max([each.telling_to or 0 for each in subscribers], default=0)
    fitting = told_of(session, wishes, min([each.told_to for each in subscribers], default=0), until)
    found: dict[int, list[int]] = {}
    for each in subscribers:
        theirs = {news for wish in each.wishes for news in fitting[wish.id]}
        found[each.id] = sorted(news for news in theirs if each.told_to < news <= (each.telling_to or 0))
    return found


def asked_of(desk: Desk, subscriber: Subscriber) -> Written:
    speaks = "" if subscriber.language == "zh" else f"?lang={subscriber.language}"
    confirming = f"/subscribe/confirm/{desk.keys.confirming(subscriber, clock.now())}{speaks}"
    asking = Asking(
        subscriber.language,
        subscriber.confirmed_at is not None,
        waiting(subscriber),
        desk.settings.public_url + confirming,
        desk.address_of(subscriber),
    )
    return desk.writer.asks(desk.session, asking)


def told_to(desk: Desk, subscriber: Subscriber, news: Sequence[int]) -> Written | None:
    if not news:
        return None
    key = subscriber.language, tuple(news)
    if key not in desk.bodies:
        found = sa.select(PublicNews).where(PublicNews.id.in_(news)).order_by(PublicNews.id)
        items = items_of(desk.session, desk.session.scalars(found).all())
        desk.bodies[key] = desk.writer.tells(desk.session, Telling(subscriber.language, items))
        desk.session.expunge_all()  # copies are large, and there may be many
    says = desk.bodies[key]
    if says is None:
        return None
    foot = desk.writer.ends(Foot(subscriber.language, subscriber.rhythm, desk.address_of(subscriber)))
    return says._replace(text=says.text + foot)


def an_errand(desk: Desk, subscriber: Subscriber, says: Written, claimed: Claimed) -> Errand:
    address, is_asking = desk.keys.address_of(subscriber), claimed.is_asking
    about = f"{subscriber.handle}:{subscriber.asked_at.timestamp() if is_asking else subscriber.telling_to}"
    ends = desk.address_of(subscriber, "/end")
    return Errand(
        subscriber.id,
        claimed.until,
        None if is_asking else subscriber.telling_to,
        subscriber.rhythm,
        subscriber.confirm_tries if is_asking else subscriber.tries,
        subscriber.refusals,
        address,
        mail_of(desk.settings, says, to=address, about=about, link=ends, at=clock.now()),
    )


def pass_over(sessions: sessionmaker[Session], silent: Sequence[Subscriber], *, is_asking: bool) -> None:
    """Those for whom there was nothing: they know it all."""
    if not silent:
        return
    now = clock.now()
    with sessions.begin() as session:
        for each in silent:
            values: dict[str, Any] = {"confirm_at": None}
            if not is_asking:
                look_at = next_look(each.rhythm, now, pause=NOTHING)
                values = {"told_to": each.telling_to, "telling_to": None, "tries": 0, "look_at": look_at}
            note(session, each.id, values)


# --- sent ---


def send_all(sessions: sessionmaker[Session], settings: Settings, errands: Sequence[Errand]) -> list[Outcome]:
    """Each by one of a few connections; after the server went away, the others wait like the one that found out."""

    def some(mine: Sequence[Errand]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with Post(settings) as post:
            for errand in mine:
                is_away = outcomes[-1:] == [Outcome.AWAY]
                outcome = Outcome.AWAY if is_away else post.hand_over(errand.address, errand.mail)
                with sessions.begin() as session:
                    settle(session, errand, outcome, clock.now())
                outcomes.append(outcome)
        return outcomes

    shares = [share for at in range(BESIDE) if (share := errands[at::BESIDE])]
    if not shares:
        return []
    with ThreadPoolExecutor(BESIDE, "subscribers") as pool:
        return [outcome for outcomes in pool.map(some, shares) for outcome in outcomes]


def settle(session: Session, errand: Errand, outcome: Outcome, now: datetime) -> None:
    """What came of a mail. Of one whose time was up meanwhile only that it was taken: the rest is another's now."""
    if outcome is Outcome.TAKEN:
        same = [] if errand.telling_to is None else [Subscriber.telling_to == errand.telling_to]
        note(session, errand.subscriber_id, when_taken(errand, now), *same)
        return
    mine = Subscriber.claimed_until == errand.claimed_until
    if outcome is Outcome.REFUSED and errand.refusals + 1 >= MOST_REFUSALS and errand.telling_to is not None:
        theirs = sa.delete(Subscriber).where(Subscriber.id == errand.subscriber_id, mine)
        session.execute(theirs, execution_options=UNSEEN)
        log.info("the mailbox of subscriber %s took nothing any more: the subscription ended", errand.subscriber_id)
        return
    note(session, errand.subscriber_id, when_not_taken(errand, outcome, now), mine)


def when_taken(errand: Errand, now: datetime) -> dict[str, Any]:
    if errand.telling_to is None:
        return {"confirm_at": None, "confirm_tries": 0, "confirm_sent_at": now}
    look_at = next_look(errand.rhythm, now)
    return {"told_to": errand.telling_to, "telling_to": None, "tries": 0, "refusals": 0, "look_at": look_at}


def when_not_taken(errand: Errand, outcome: Outcome, now: datetime) -> dict[str, Any]:
    tries = errand.tries + 1
    if errand.telling_to is None:
        if outcome is Outcome.REFUSED or tries >= MOST_TRIES:  # counted as sent, so that no stranger has it tried again
            return {"confirm_at": None, "confirm_tries": 0, "confirm_sent_at": now}
        return {"confirm_tries": tries, "confirm_at": next_try(tries, now)}
    if outcome is Outcome.REFUSED:
        return {"tries": tries, "refusals": errand.refusals + 1, "look_at": now + REFUSED}
    return {"tries": tries, "look_at": next_try(tries, now)}


def note(session: Session, subscriber_id: int, values: dict[str, Any], *where: sa.ColumnElement[bool]) -> None:
    asked = sa.update(Subscriber).where(Subscriber.id == subscriber_id, *where).values(FREE | values)
    session.execute(asked, execution_options=UNSEEN)
