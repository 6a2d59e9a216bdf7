"""Asking for mail, meaning it, changing one's mind.

Whoever asks gets the same answer, whatever is known of the address; what is done about it shows in the mailbox only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.publication.search import visible
from quality.subscriptions.links import Keys, hashed, new_token
from quality.subscriptions.models import PublicNews, Rhythm, Subscriber, Tells, Wish
from quality.subscriptions.rhythm import next_look

FILTERS = ("q", "platform", "category", "region", "verdict", "campaign", "producer")  # as the public list's
MOST = 20  # wishes of one mailbox, with those that wait to be confirmed
ONE_A = timedelta(days=1)  # mail that asks, to one address, until it was confirmed
LONGEST = 254  # characters of an address
AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Asked:
    """What somebody typed: of `wanted` only what was filled in, by the names of `FILTERS`."""

    address: str
    language: str
    rhythm: Rhythm
    tells: Tells
    wanted: dict[str, str] = field(default_factory=dict)


def read_address(typed: str) -> str:
    """As mail goes there: without what nobody sees, the host in small letters. `Invalid` if it is none."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - a start does without

    text = visible(typed)
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as wrong:
        said = _("Enter an e-mail address, as in name@example.org")
        raise Invalid(FieldProblem("email", "bad_email", said)) from wrong
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > LONGEST:
        raise Invalid(FieldProblem("email", "bad_email", _("Keep to %(most)s characters", most=LONGEST)))
    return address


def ask(session: Session, keys: Keys, asked: Asked) -> None:
    """Somebody wants this address to be told. Nothing is told before whoever reads its mail has said so too."""
    now, address = clock.now(), read_address(asked.address)
    subscriber = taken(session, keys, address, asked, now)
    if subscriber.confirmed_at is None:  # what a confirmed one chose is theirs to change
        subscriber.language, subscriber.rhythm = asked.language, asked.rhythm
    subscriber.asked_at = now
    wish = Wish(tells=asked.tells, asked_at=now, **{name: asked.wanted.get(name, "") for name in FILTERS})
    open_ones = [each for each in subscriber.wishes if each.ended_at is None]
    if len(open_ones) < MOST and not any(same(each, wish) for each in open_ones):
        subscriber.wishes.append(wish)
    if subscriber.confirm_at is None and may_be_asked(subscriber, now):
        subscriber.confirm_at, subscriber.confirm_tries = now, 0
    session.flush()


def taken(session: Session, keys: Keys, address: str, asked: Asked, now: datetime) -> Subscriber:
    """The row of this mailbox, there already or not, locked until the commit."""
    index, handle, token = keys.index_of(address), new_token()[:22], new_token()
    row = {
        "handle": handle,
        "address": keys.sealed(handle, "address", address),
        "address_index": index,
        "link": keys.sealed(handle, "link", token),
        "link_sha256": hashed(token),
        "language": asked.language,
        "rhythm": asked.rhythm,
        "asked_at": now,
        "confirm_tries": 0, "told_to": 0, "tries": 0, "refusals": 0,
    }  # fmt: skip
    session.execute(insert_into(session, Subscriber).values(row).on_conflict_do_nothing())
    found = sa.select(Subscriber).where(Subscriber.address_index == index)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).one()


def may_be_asked(subscriber: Subscriber, now: datetime) -> bool:
    """No stranger fills a mailbox through us."""
    return subscriber.confirm_sent_at is None or subscriber.confirm_sent_at <= now - ONE_A


def same(one: Wish, other: Wish) -> bool:
    return one.tells == other.tells and all(getattr(one, name) == getattr(other, name) for name in FILTERS)


def waiting(subscriber: Subscriber) -> list[Wish]:
    """What was asked for and not confirmed yet."""
    return [each for each in subscriber.wishes if each.since_at is None]


def in_force(subscriber: Subscriber) -> list[Wish]:
    return [each for each in subscriber.wishes if each.since_at is not None and each.ended_at is None]


def confirm(session: Session, subscriber: Subscriber, wishes: Collection[int]) -> None:
    """Whoever reads the mail wants these of what was asked for. Pressed twice, they are confirmed once."""
    now = clock.now()
    for each in waiting(subscriber):
        if each.id in wishes:
            each.since_at = now
    if not in_force(subscriber):
        return
    subscriber.confirm_sent_at = None  # the next that is asked for may be asked about at once
    if subscriber.confirmed_at is None:
        subscriber.confirmed_at, subscriber.told_to = now, newest_news(session)
        subscriber.look_at = next_look(subscriber.rhythm, now, pause=AT_ONCE)
    session.flush()


def newest_news(session: Session) -> int:
    return session.scalars(sa.select(sa.func.max(PublicNews.id))).one() or 0


def change(session: Session, subscriber: Subscriber, language: str, rhythm: Rhythm, kept: Collection[int]) -> None:
    """How they are told, and of what: wishes that are not in `kept` end."""
    now = clock.now()
    if rhythm != subscriber.rhythm:
        subscriber.rhythm = rhythm
        if subscriber.tries == 0 and subscriber.look_at is not None:
            subscriber.look_at = next_look(rhythm, now, pause=AT_ONCE)
    subscriber.language = language
    for each in in_force(subscriber):
        if each.id not in kept:
            each.ended_at = now
    session.flush()


def end(session: Session, subscriber: Subscriber) -> None:
    """Nothing more is sent, and nothing is kept."""
    session.delete(subscriber)
    session.flush()
