"""Several people who press at the same moment, each in a thread and a session of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.harness.people import membership_of

Deed = Callable[[Session, Actor], Any]


def at_once(app: Flask, actors: Sequence[Actor], deed: Deed) -> list[Any]:
    """What `deed` gave to each actor, or what it raised. All begin together; each commits what it did."""
    memberships = [membership_of(actor).id for actor in actors]
    answers: list[Any] = [None] * len(actors)
    gate = threading.Barrier(len(actors))

    def run(place: int) -> None:
        with app.app_context(), Session(db.engine) as session:
            try:
                actor = Actor.working_in(session.get_one(Membership, memberships[place]))
                gate.wait()
                answers[place] = deed(session, actor)
                session.commit()
            except Exception as problem:
                session.rollback()
                answers[place] = problem

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(actors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
