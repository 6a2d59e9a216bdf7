"""Loads the demonstration: a history of months, up to the moment at which it is loaded.

Its names are invented and its pictures drawn; every row came about by the operations that pages and API call, and by
the jobs that ran between them, each at its moment: the clock is moved, nothing else. It is loaded whole; loading that
was cut short is cleared away and begun again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.clocks.jobs import record_overdue_clocks
from quality.clocks.queries import calendar
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.workflow import record
from quality.delivery.jobs import serve_received_notices
from quality.demonstration import (
    asking,
    assigning,
    buying,
    certificates,
    conformance,
    controls,
    corrections,
    expenses,
    following,
    hearing,
    likeness,
    papers,
    people,
    planning,
    proofs,
    radar,
    replying,
    store,
    telephones,
    testing,
)
from quality.demonstration.days import Almanac, moment
from quality.demonstration.plans import CLOTHES, EARLY, PLANS, STANDING, TOYS
from quality.demonstration.script import NOTICES
from quality.demonstration.stage import Stage, hasty
from quality.demonstration.standing import LOADED
from quality.demonstration.takedowns import Takedown
from quality.demonstration.timeline import Story, Timeline, day_of
from quality.documents.jobs import make_unclaimed
from quality.documents.models import Document, Language
from quality.documents.press import Press
from quality.notices.jobs import seal_issuing_notices
from quality.notices.reissuing import seal_approved_editions
from quality.objections.jobs import accept_what_was_not_objected_to, follow_reinspections
from quality.people.actor import SYSTEM
from quality.publication.jobs import close_finished_samples, end_time_in_public, say_what_became
from quality.search.jobs import index_new_cases
from quality.statistics.takedowns import count_takedowns
from quality.walk import Progress

AFTER_THE_MOVE = 24  # working days that the closed campaign's story goes on after the weekend that was worked
LONG_AGO = -72  # its orders to correct have come to the top of their ladder since, and what conformed left the public
CLOSED = (TOYS, EARLY)  # by lot and by risk: so that both stand in the public's figures
OPENING = time(8)
CLOSING = time(17, 59, 50)  # after every hour that a story names; what follows at once is done before six
FOUNDED = 3  # working days before the first campaign is planned

Sessions = sessionmaker[Session]


def load(sessions: Sessions, settings: Settings, password_hash: str, progress: Progress) -> None:
    """Play the history into an empty database."""
    with sessions(expire_on_commit=False) as session:
        almanac = Almanac(day_of(clock.now()), calendar(session))
        stage = Stage(
            sessions=sessions,
            settings=settings,
            session=session,
            almanac=almanac,
            timeline=Timeline(clock.now()),
            vault=hasty(settings.evidence_url),
            cipher=Cipher(settings.identity_keys, settings.identity_index_key),
            base={plan.key: 0 for plan in (*PLANS, *STANDING)}
            | {TOYS: almanac.moved_weekend(AFTER_THE_MOVE), EARLY: LONG_AGO},
            deeds=buying.DEEDS | testing.DEEDS | hearing.DEEDS,
        )
        tell(stage, password_hash)
        stage.timeline.play(
            progress.over("history", stage.timeline.days()),
            at_night=lambda day: at_night(stage, day),
            between=lambda: between(stage),
        )
        session.commit()
    index_new_cases(sessions)
    count_takedowns(sessions, clock.now())
    os.sync()  # what `HastyVault` wrote
    with sessions.begin() as session:
        agency = people.organisation(session, people.AGENCY)
        record(session, agency, LOADED, by=SYSTEM)


def last_hour_of_the_office(now: datetime) -> datetime:
    """People work by day, at whatever hour of the night a demonstration is loaded."""
    here = now.astimezone(clock.BEIJING)
    closed = here.date() - timedelta(days=here.time() < OPENING)
    closing = datetime.combine(closed, CLOSING, clock.BEIJING)
    return min(now, closing.astimezone(now.tzinfo))


def tell(stage: Stage, password_hash: str) -> None:
    """Begin every story; what comes of a campaign's draw begins by itself."""
    stage.begin(founding(stage, password_hash))
    for plan in (*PLANS, *STANDING):
        stage.begin(planning.story(stage, plan, closes=plan.key in CLOSED))
    for name, told in NOTICES.items():
        stage.begin(Takedown(stage, name, told).story())
    stage.begin(certificates.renewal(stage))
    stage.begin(certificates.waiting(stage))
    stage.begin(papers.story(stage))
    stage.begin(likeness.story(stage))
    stage.begin(radar.story(stage))
    if CLOTHES in stage.base:
        stage.begin(controls.story(stage))
    for tale in corrections.TALES:
        if tale.notice in NOTICES:  # else its days would come before the founding
            stage.begin(corrections.story(stage, tale))
    for reply in replying.TALES:
        if reply.notice in NOTICES:
            stage.begin(replying.story(stage, reply))
    stage.begin(handing_over(stage))
    stage.begin(asking.story(stage))
    stage.begin(expenses.story(stage))
    stage.begin(conformance.story(stage))
    stage.begin(proofs.story(stage))
    stage.begin(following.at_last(stage, last_hour_of_the_office(stage.timeline.until)))
    stage.begin(assigning.at_last(stage, last_hour_of_the_office(stage.timeline.until)))
    stage.begin(calling_in(stage, last_hour_of_the_office(stage.timeline.until)))


def founding(stage: Stage, password_hash: str) -> Story:
    first = min(stage.base[plan.key] - plan.begins for plan in PLANS)
    yield moment(stage.almanac.working(first - FOUNDED), 10, "founding")
    people.found(stage.session, password_hash)
    store.furnish(stage)
    assigning.furnish(stage)
    certificates.record(stage)


def handing_over(stage: Stage) -> Story:
    yield moment(stage.almanac.working(-1), 16, "handing over")
    store.give_to_the_coordinator(stage)


def calling_in(stage: Stage, moment: datetime) -> Story:
    yield moment
    stage.after("telephones")


# --- what jobs do meanwhile ---


def print_what_is_read_first(stage: Stage) -> None:
    """The documents themselves; their courtesy copies in English are left to the jobs of the program that starts."""
    asked = sa.select(Document.id).where(Document.sha256.is_(None), Document.language == Language.ZH)
    with stage.sessions() as session:
        waiting = session.scalars(asked.order_by(Document.id)).all()
    for key in waiting:
        make_unclaimed(stage.sessions, Press.of(stage.settings), key)


SOON: dict[str, Callable[[Stage], object]] = {
    "seal": lambda stage: seal_issuing_notices(stage.sessions, Press.of(stage.settings), clock.now()),
    "reissue": lambda stage: seal_approved_editions(stage.sessions, Press.of(stage.settings), clock.now()),
    "serve": lambda stage: serve_received_notices(stage.sessions, clock.now()),
    "follow": lambda stage: follow_reinspections(stage.sessions, clock.now()),
    "close samples": lambda stage: close_finished_samples(stage.sessions, clock.now()),
    "documents": print_what_is_read_first,
    "look": likeness.look,
    "ask": lambda stage: jobs.ask_by_itself(stage.sessions, stage.settings),
    "watch": radar.watch,
    "capsules": proofs.make,
    "telephones": telephones.send,
}


def between(stage: Stage) -> None:
    stage.session.commit()
    if stage.soon:
        for name in [name for name in SOON if name in stage.soon]:
            SOON[name](stage)
        stage.soon.clear()
        stage.session.expire_all()
        stage.session.rollback()


def at_night(stage: Stage, _day: date) -> None:
    """What runs out at midnight; and the day's root, which vouches for all that was done before."""
    now = clock.now()
    accept_what_was_not_objected_to(stage.sessions, now)
    while record_overdue_clocks(stage.sessions, now):
        """It records so many at once."""
    end_time_in_public(stage.sessions, now)
    say_what_became(stage.sessions, now)
    jobs.sign_daily_root(stage.sessions, stage.settings)
    stage.session.expire_all()
    stage.session.rollback()
