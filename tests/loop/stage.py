"""Where the loop is played: a database at the end of a road, put back for each play, and who plays there.

Each deed is done as a request does it, whole or not at all; each job runs in sessions of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.jobs import climb_the_ladder, record_overdue_clocks
from quality.core import clock
from quality.core.config import Settings
from quality.core.db import db
from quality.core.errors import Invalid, Refused
from quality.delivery import endpoints
from quality.delivery.jobs import serve_received_notices, tell_what_was_missed
from quality.delivery.models import Endpoint, Message
from quality.delivery.post import Answer
from quality.delivery.sending import Tried, claim_some
from quality.delivery.sending import settle as settle_tries
from quality.likeness.models import Alike, Decision
from quality.notices.models import Notice, NoticeItem
from quality.notices.operations import Choice, decide
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Role
from tests.harness.clock import HeldClock
from tests.harness.lab import confirmed_finding
from tests.harness.likeness import look, shelve
from tests.harness.notices import sealing
from tests.harness.people import Cast, cast_at, founded, hire
from tests.harness.postgres import Server
from tests.harness.purchases import settings as program_settings
from tests.harness.snapshots import PLACE, Snapshot
from tests.storm.invariants.ground import Place

TAKEN = Answer(204, resolved="8.8.8.8")


def at_the_loop(session: Session, held: HeldClock) -> dict[str, int]:
    """Findings that stand, what is like them on both platforms, and systems that take what they are sent: a person of
    the one platform has confirmed its test, nobody that of the other. Returns the memberships of who else plays."""
    cast = founded(session, held)
    for _ in range(3):
        confirmed_finding(session, cast)
    hired = {
        "second_coordinator": hire(session, cast.agency, Role.COORDINATOR),
        "second_reviewer": hire(session, cast.agency, Role.REVIEWER),
        "planner_above": hire(session, cast.above, Role.COORDINATOR),
        "reviewer_above": hire(session, cast.above, Role.REVIEWER),
    }
    shelve(session, cast)
    look(session)
    confirm_what_is_alike(session, cast)
    for desk, is_confirmed in ((cast.desk, True), (cast.other_desk, False)):
        listen(session, desk, is_confirmed=is_confirmed)
    held.advance(hours=1)
    return {name: actor.person.memberships[0].id for name, actor in hired.items() if actor.person}


def confirm_what_is_alike(session: Session, cast: Cast) -> None:
    found = session.scalars(sa.select(Alike).where(Alike.listing_id.like("A%"))).all()
    decide(session, [Choice(each, each.version) for each in found], Decision.CONFIRMED, by=cast.coordinator)


def listen(session: Session, desk: Actor, *, is_confirmed: bool) -> None:
    endpoint, _secret = endpoints.add(session, program_settings(), f"https://8.8.8.8/{desk.id}", by=desk)
    if not is_confirmed:
        return
    test = endpoints.send_test(session, endpoint, by=desk)
    session.commit()
    send(sessionmaker(session.get_bind()), program_settings(), endpoint.id, TAKEN)
    session.expire_all()
    body = session.scalars(sa.select(Message.body).where(Message.id == test.message_id)).one()
    endpoints.confirm(session, endpoint, json.loads(body)["data"]["code"], by=desk)


def send(
    sessions: sessionmaker[Session], settings: Settings, endpoint_id: int, answer: Answer, *, dies: bool = False
) -> list[str]:
    """What is due at an endpoint goes out and is answered; who `dies` over it never learns. The ids that went out."""
    [errands] = claim_some(sessions, settings, [endpoint_id])
    if errands and not dies:
        settle_tries(sessions, [Tried(errand, answer) for errand in errands], jitter=lambda: 0.0)
    return [errand.webhook_id for errand in errands]


@dataclass
class Stage:
    """One database, and the same beginning for every play. After a deed that was refused, `why` has the code."""

    settings: Settings
    arrived: Snapshot
    clock: HeldClock
    server: Server | None  # of PostgreSQL
    why: str = ""
    is_changed: bool = True  # since somebody last looked at all of it
    actors: dict[str, Actor] = field(default_factory=dict)
    cast: Cast = field(init=False)

    @property
    def session(self) -> Session:
        return db.session()

    @property
    def place(self) -> Place:
        return Place(self.session, self.settings, clock.now())

    def rewind(self) -> None:
        db.session.remove()
        db.engine.dispose()
        if self.server:
            self.server.say(f"DROP DATABASE {PLACE} WITH (FORCE)")
            self.server.copy(self.arrived.database, PLACE)
        else:
            file = Path(sa.make_url(self.settings.database_url).database or "")
            for old in file.parent.iterdir():
                old.unlink()
            shutil.copy(self.arrived.database, file)
        self.cast = cast_at(self.session, self.clock, self.arrived)
        self.actors = {name: actor for name, actor in vars(self.cast).items() if isinstance(actor, Actor)}
        for name, membership in self.arrived.left.items():
            self.actors[name] = Actor.working_in(self.session.get_one(Membership, membership))
        self.session.commit()
        self.is_changed = True

    def does(self, deed: Callable[[], Any]) -> bool:
        """As a request does it: what is refused leaves nothing behind."""
        self.why = ""
        try:
            deed()
        except (Refused, Invalid) as no:
            self.session.rollback()
            self.why = no.code if isinstance(no, Refused) else ", ".join(each.code for each in no.problems)
            return False
        self.session.commit()
        self.is_changed = True
        return True

    # --- who and what is there ---

    @property
    def notices(self) -> Sequence[Notice]:
        return self.session.scalars(sa.select(Notice).order_by(Notice.id)).all()

    def notice(self, n: int) -> Notice:
        there = self.notices
        return there[n % len(there)]

    def item(self, n: int) -> NoticeItem:
        there = self.session.scalars(sa.select(NoticeItem).order_by(NoticeItem.id)).all()
        return there[n % len(there)]

    def actor(self, name: str) -> Actor:
        return self.actors[name]

    def desk_of(self, notice: Notice) -> str:
        """Who answers for the platform that the notice goes to."""
        return "desk" if notice.platform_id == self.actors["desk"].organisation_id else "other_desk"

    # --- what happens by itself, in sessions of its own ---

    @property
    def sessions(self) -> sessionmaker[Session]:
        self.session.rollback()  # what was read before is forgotten: a job may change it
        self.is_changed = True
        return sessionmaker(db.engine)

    def seal(self) -> None:
        sealing(self.sessions, clock.now())

    def serve(self) -> None:
        serve_received_notices(self.sessions, clock.now())

    def ring(self) -> None:
        record_overdue_clocks(self.sessions, clock.now())
        climb_the_ladder(self.sessions, clock.now())

    def tell(self) -> None:
        tell_what_was_missed(self.sessions, self.settings)

    def send(self, answer: Answer, *, dies: bool = False) -> Sequence[tuple[int, str]]:
        """To every endpoint, each with a queue of its own. Which platform was sent which message."""
        sessions = self.sessions
        with sessions() as session:
            there = session.execute(sa.select(Endpoint.id, Endpoint.platform_id).order_by(Endpoint.id)).all()
        return [
            (platform_id, webhook_id)
            for endpoint_id, platform_id in there
            for webhook_id in send(sessions, self.settings, endpoint_id, answer, dies=dies)
        ]
