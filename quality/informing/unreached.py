"""Who was told of a sample, or sent a letter, and nothing proves that it came: what was tried, and what is next.

Who received one letter about a finding was reached. Who waits longest stands first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.informing.models import Outcome, ReachTry, SampleNotice, Way
from quality.informing.queries import tries_of, tries_of_letters
from quality.lab.models import Finding
from quality.objections.models import Letter, Party
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.purchases.models import Sample, Task

MOST = 1000  # lines of one paper
LETTER, SAMPLE = "letter", "sample"
LONGEST_KEY = 9  # digits of a row's id


class State(StrEnum):
    OPEN = "open"  # the last link opens, or it stands on the platform's pages
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    UNREACHABLE = "unreachable"  # a person tried, and came to nothing
    REFUSED = "refused"


class Step(StrEnum):
    WAIT = "wait"
    SEND_AGAIN = "send_again"
    ANOTHER_WAY = "another_way"
    PUBLIC_NOTICE = "public_notice"  # every way was tried


class Place(NamedTuple):
    """Where one stands in the list."""

    since: datetime
    source: str
    key: int


class Unreached(NamedTuple):
    """One party: of one finding, by its letters, or of one sample."""

    place: Place
    about: str  # the kind of the letter, or "sample"
    number: str
    campaign: str
    party: Party
    addressee: str
    first_sent_at: datetime
    last_sent_at: datetime
    letters: int
    state: State
    step: Step
    tries: list[ReachTry]

    def told(self) -> dict[str, Any]:
        """As a paper says it."""
        said = self._asdict()
        del said["place"]
        kept = [{"at": each.at, "way": each.way, "outcome": each.outcome, "note": each.note} for each in self.tries]
        return said | {"tries": kept}


def state_of(
    tries: Sequence[ReachTry], now: datetime, *, expires_at: datetime | None, taken_back_at: datetime | None
) -> State:
    """What a person found counts before what a link is good for."""
    if tries:
        return State.REFUSED if tries[-1].outcome is Outcome.REFUSED else State.UNREACHABLE
    if taken_back_at:
        return State.TAKEN_BACK
    return State.EXPIRED if expires_at and expires_at <= now else State.OPEN


def next_step(state: State, tries: Sequence[ReachTry]) -> Step:
    if {each.way for each in tries} >= set(Way):
        return Step.PUBLIC_NOTICE
    match state:
        case State.OPEN:
            return Step.WAIT
        case State.EXPIRED | State.TAKEN_BACK:
            return Step.SEND_AGAIN
        case _:
            return Step.ANOTHER_WAY


# --- the list, some at a time ---


def firsts_of_letters(actor: Actor) -> sa.Select[datetime, str, int]:
    """The first letter to each party about each finding, of which none was received."""
    other, before = aliased(Letter), aliased(Letter)
    same = sa.and_(other.finding_id == Letter.finding_id, other.party == Letter.party)
    earlier = sa.and_(before.finding_id == Letter.finding_id, before.party == Letter.party, before.id < Letter.id)
    return (
        sa.select(Letter.sent_at.label("since"), sa.literal(LETTER).label("source"), Letter.id.label("key"))
        .join(Finding, Finding.id == Letter.finding_id)
        .join(Sample, Sample.id == Finding.sample_id)
        .join(Task, Task.id == Sample.task_id)
        .where(within(Finding, actor), Letter.received_at.is_(None))
        .where(~sa.exists().where(same, other.received_at.is_not(None)), ~sa.exists().where(earlier))
    )


def notices_without_receipt(actor: Actor) -> sa.Select[datetime, str, int]:
    return (
        sa.select(SampleNotice.sent_at.label("since"), sa.literal(SAMPLE).label("source"), SampleNotice.id.label("key"))
        .join(Sample, Sample.id == SampleNotice.sample_id)
        .join(Task, Task.id == Sample.task_id)
        .where(within(SampleNotice, actor), SampleNotice.received_at.is_(None))
    )


def page_of(
    session: Session, actor: Actor, many: int, *, campaign: Campaign | None = None, after: str = ""
) -> list[Unreached]:
    """One more than asked for where there are more. `after` names a place, as `named` does."""
    if not actor.can(Can.OBJECTION_READ):
        return []
    both = [firsts_of_letters(actor), notices_without_receipt(actor)]
    if campaign is not None:
        both = [each.where(Task.campaign_id == campaign.id) for each in both]
    found = sa.union_all(*both).subquery()
    asked = sa.select(found.c.since, found.c.source, found.c.key)
    if place := place_of(session, after):
        since, source, key = place
        asked = asked.where(
            sa.or_(
                found.c.since > since,
                sa.and_(found.c.since == since, found.c.source > source),
                sa.and_(found.c.since == since, found.c.source == source, found.c.key > key),
            )
        )
    asked = asked.order_by(found.c.since, found.c.source, found.c.key).limit(many + 1)
    return lines_at(session, [Place(*row) for row in session.execute(asked)])


def named(place: Place) -> str:
    return f"{place.source}-{place.key}"


def place_of(session: Session, named: str) -> Place | None:
    """One that does not stand there begins the list anew."""
    source, _dash, key = named.partition("-")
    if not (key.isascii() and key.isdigit() and len(key) <= LONGEST_KEY):
        return None
    row: Letter | SampleNotice | None = session.get(Letter, int(key)) if source == LETTER else None
    row = session.get(SampleNotice, int(key)) if source == SAMPLE else row
    return Place(row.sent_at, source, row.id) if row else None


def lines_at(session: Session, places: Sequence[Place]) -> list[Unreached]:
    found = {LETTER: {}, SAMPLE: {}} if not places else {
        LETTER: letters_at(session, [each.key for each in places if each.source == LETTER]),
        SAMPLE: notices_at(session, [each.key for each in places if each.source == SAMPLE]),
    }  # fmt: skip
    return [found[each.source][each.key] for each in places]


def letters_at(session: Session, firsts: Sequence[int]) -> dict[int, Unreached]:
    """By the first letter's id, with those that followed it."""
    if not firsts:
        return {}
    first = aliased(Letter)
    same = sa.and_(first.finding_id == Letter.finding_id, first.party == Letter.party, first.id.in_(firsts))
    asked = sa.select(first.id, Letter).join(first, same).order_by(Letter.id)
    way = joinedload(Letter.finding).joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.campaign)
    letters: dict[int, list[Letter]] = defaultdict(list)
    for key, letter in session.execute(asked.options(way)):
        letters[key].append(letter)
    tried = tries_of_letters(session, [each.id for some in letters.values() for each in some])
    return {key: of_letters(some, [each for one in some for each in tried[one.id]]) for key, some in letters.items()}


def of_letters(letters: Sequence[Letter], tries: Sequence[ReachTry]) -> Unreached:
    first, last = letters[0], letters[-1]
    tries = sorted(tries, key=lambda each: (each.at, each.id))
    state = state_of(tries, clock.now(), expires_at=last.expires_at, taken_back_at=last.taken_back_at)
    return Unreached(
        Place(first.sent_at, LETTER, first.id),
        last.kind,
        first.finding.number,
        first.finding.sample.campaign.number or "",
        first.party,
        last.addressee,
        first.sent_at,
        last.sent_at,
        len(letters),
        state,
        next_step(state, tries),
        tries,
    )


def notices_at(session: Session, keys: Sequence[int]) -> dict[int, Unreached]:
    if not keys:
        return {}
    way = joinedload(SampleNotice.sample).joinedload(Sample.task).joinedload(Task.campaign)
    asked = sa.select(SampleNotice).where(SampleNotice.id.in_(keys)).options(way)
    tried = tries_of(session, keys)
    return {each.id: of_a_notice(each, tried[each.id]) for each in session.scalars(asked)}


def of_a_notice(notice: SampleNotice, tries: list[ReachTry]) -> Unreached:
    state = state_of(tries, clock.now(), expires_at=notice.expires_at, taken_back_at=None)
    return Unreached(
        Place(notice.sent_at, SAMPLE, notice.id),
        SAMPLE,
        notice.sample.number,
        notice.sample.campaign.number or "",
        notice.party,
        notice.addressee,
        notice.sent_at,
        notice.link_sent_at or notice.sent_at,
        notice.links,
        state,
        next_step(state, tries),
        tries,
    )


# --- whether a campaign has such a list at all ---


def anybody_was_told(session: Session, campaign: Campaign) -> bool:
    of_campaign = sa.select(Sample.id).join(Task, Task.id == Sample.task_id).where(Task.campaign_id == campaign.id)
    letters = sa.select(Letter.id).join(Letter.finding).where(Finding.sample_id.in_(of_campaign)).limit(1)
    notices = sa.select(SampleNotice.id).where(SampleNotice.sample_id.in_(of_campaign)).limit(1)
    return any(session.scalars(asked).first() is not None for asked in (letters, notices))
