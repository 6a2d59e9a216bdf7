"""What happens by itself at the end: what objections decided is followed, and a finished sample closed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign
from quality.core.errors import Refused
from quality.core.many import batches
from quality.lab.models import Finding, FindingStatus
from quality.people.actor import SYSTEM
from quality.publication.behind import is_behind, results_behind
from quality.publication.closing import finished_samples
from quality.publication.listing import spell
from quality.publication.models import LIVE, UNPUBLISHED, Entry, Result
from quality.publication.operations import catch_up, close_sample, take_back
from quality.publication.schedule import due, release
from quality.publication.search import spelling_of, text_of
from quality.publication.spelling import SPELLING
from quality.publication.statements import moved_on, read_as_far_as, state
from quality.publication.terms import by_campaign, expire
from quality.purchases.models import Sample

AT_ONCE, AT_A_TIME = 500, 50


def close_finished_samples(sessions: sessionmaker[Session], now: datetime) -> int:
    """Close each sample that is finished; returns how many this run closed. One transaction a sample."""
    with sessions() as session:
        finished = session.scalars(finished_samples().limit(AT_ONCE)).all()
    return sum(close_one(sessions, sample_id) for sample_id in finished)


def take_back_what_was_overturned(sessions: sessionmaker[Session], now: datetime) -> int:
    """Nothing stays public, or is offered, that rests on an overturned finding; returns how many were taken back."""
    wrong = (
        sa.select(Result.id)
        .join(Result.finding)
        .where(Result.status.in_(LIVE))
        .where(Finding.status == FindingStatus.OVERTURNED)
    )
    with sessions() as session:
        found = session.scalars(wrong.order_by(Result.id).limit(AT_ONCE)).all()
    taken = 0
    for key in found:
        with suppress(Refused), sessions.begin() as session:
            take_back(session, session.get_one(Result, key), by=SYSTEM)
            taken += 1
    return taken


def publish_what_is_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Each result whose moment has come is public; returns how many this run published. One transaction a result."""
    with sessions() as session:
        found = session.scalars(due(now).limit(AT_ONCE)).all()
    shown = 0
    for key in found:
        with suppress(Refused), sessions.begin() as session:
            release(session, session.get_one(Result, key), by=SYSTEM)
            shown += 1
    return shown


def end_time_in_public(sessions: sessionmaker[Session], now: datetime) -> int:
    """What stood in public for as long as it may is taken from it; returns how many. One transaction a campaign."""
    with sessions() as session:
        found = list(by_campaign(session, now, AT_ONCE))
    gone = 0
    for campaign, results in found:
        with suppress(Refused), sessions.begin() as session:
            gone += expire(session, session.get_one(Campaign, campaign), results, now, by=SYSTEM)
    return gone


def say_what_became(sessions: sessionmaker[Session], now: datetime) -> int:
    """What is public says how it stands with its listings; returns how many statements were made."""
    with sessions() as session:
        found, read = moved_on(session)
    said = 0
    for key in found:
        with suppress(Refused), sessions.begin() as session:
            said += state(session, session.get_one(Result, key), now, by=SYSTEM)
    with sessions.begin() as session:
        read_as_far_as(session, read)
    return said


def catch_up_with_objections(sessions: sessionmaker[Session], now: datetime) -> int:
    """What an objection brought to light is public; returns how many results did not say it yet."""
    with sessions() as session:
        behind = [
            key
            for key in session.scalars(results_behind()).all()
            if is_behind(session, session.get_one(Result, key))
        ]  # fmt: skip
        offered = sa.select(Result.id).where(Result.id.in_(behind), Result.status.in_(UNPUBLISHED))
        waiting = set(session.scalars(offered))
    for key in sorted(behind, key=lambda each: each not in waiting):  # a number has one edition that is offered
        with suppress(Refused), sessions.begin() as session:
            catch_up(session, session.get_one(Result, key), by=SYSTEM)
    return len(behind)


def close_one(sessions: sessionmaker[Session], sample_id: int) -> bool:
    """Close it, unless another was first or something about it was opened again."""
    try:
        with sessions.begin() as session:
            close_sample(session, session.get_one(Sample, sample_id), by=SYSTEM)
    except Refused:
        return False
    return True


def spell_new_entries(sessions: sessionmaker[Session]) -> int:
    """Let what came into the public list be found by how it sounds, the newest first; returns how many were spelt.

    A job, and not the publication itself: the dictionary takes 50 MiB and a sixth of a second to be fetched, which no
    web process need pay. What was published before there was a spelling, or by other rules, comes here the same way.
    """
    waiting = sa.select(Entry.result_id, Result.copy).join(Result, Result.id == Entry.result_id)
    waiting = (
        waiting.where(Entry.spelling < SPELLING).order_by(Entry.spelling.desc(), Entry.result_id.desc()).limit(AT_ONCE)
    )
    with sessions() as session:
        found = session.execute(waiting).all()
    ready = [(key, text_of(copy), spelling_of(copy)) for key, copy in found]
    done = 0
    for some in batches(ready, AT_A_TIME):
        with sessions.begin() as session:
            done += sum(spell(session, *each) for each in some)
    return done
