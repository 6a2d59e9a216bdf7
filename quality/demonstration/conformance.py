"""A platform's engineer has tried its system and has the report sealed. What its system did is written down here.

Nothing is sent: the demonstration asks no network, and the answers are those of a system that does all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from quality.conformance.checks import TOO_MANY
from quality.conformance.models import ConformanceRun, Trial
from quality.conformance.operations import answer_sample, call, certify, start_run
from quality.core import clock
from quality.delivery.models import Delivery
from quality.delivery.post import Answer
from quality.delivery.sending import Errand, Tried, attempt, not_taken, taken
from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.notices.answers import OutcomeEntry
from quality.notices.models import Outcome
from quality.people import keys
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Organisation
from quality.permissions import Role

ADDRESS = "https://notices.tangli.example/sample"
PUBLIC = "8.8.4.4"  # that the name leads to, as far as the address check is told
TOOK, REFUSED, OVERLOADED = 204, 401, 503
AT_FIRST = {Trial.FORGED: REFUSED, Trial.RETRIED: OVERLOADED}  # the others are taken at once
DAY = -3  # working days from today


def story(stage: Stage) -> Story:
    day = stage.almanac.working(DAY)
    yield moment(day, 10, "conformance")
    engineer = stage.who("engineer")
    started = start_run(stage.session, stage.settings, ADDRESS, by=engineer, resolve=lambda _host, _port: [PUBLIC])
    run = started.run
    for trial in Trial:
        tried(stage, run, trial, AT_FIRST.get(trial, TOOK))
    yield moment(day, 11, "conformance, answers")
    tried(stage, run, Trial.RETRIED, TOOK)
    call(stage.session, run, Trial.BUSY, "outcomes", status=TOO_MANY)
    call(stage.session, run, Trial.OBJECTED, "objection")
    first, second = run.samples[Trial.PARTIAL.value]["listings"]
    answered(stage, run, Trial.PARTIAL, [first])
    answered(stage, run, Trial.SIGNED, run.samples[Trial.SIGNED.value]["listings"])
    tried(stage, run, Trial.SIGNED, TOOK)  # the same once more, as it comes after an answer
    yield moment(day, 12, "conformance, the rest")
    answered(stage, run, Trial.BUSY, run.samples[Trial.BUSY.value]["listings"])
    answered(stage, run, Trial.PARTIAL, [second])
    certify(stage.session, run, by=engineer)
    stage.after("documents")


def tried(stage: Stage, run: ConformanceRun, trial: Trial, status: int) -> None:
    """As the job that sends writes down what came of one try."""
    stage.session.flush()
    message = int(run.samples[trial.value]["message"])
    delivery = stage.session.scalars(sa.select(Delivery).where(Delivery.message_id == message)).one()
    stage.session.refresh(delivery)
    answer, now = Answer(status, resolved=PUBLIC, duration_ms=80), clock.now()
    errand = Errand(delivery.id, now, delivery.message.webhook_id, b"", ADDRESS)
    delivery.tries += 1
    stage.session.add(attempt(Tried(errand, answer), now))
    if answer.is_taken:
        taken(delivery, now)
    else:
        not_taken(stage.session, delivery, answer, now, lambda: 0.0)


def answered(stage: Stage, run: ConformanceRun, trial: Trial, listings: Sequence[str]) -> None:
    sandbox = stage.session.get_one(Organisation, run.sandbox_id)
    program = Actor.working_in(keys.program_of(stage.session, sandbox, Role.PLATFORM, by=SYSTEM))
    done = clock.now() - timedelta(minutes=1)
    said = [OutcomeEntry(each, Outcome.REMOVED, acted_at=done) for each in listings]
    assert all(each.ok for each in answer_sample(stage.session, run, trial, said, by=program))
