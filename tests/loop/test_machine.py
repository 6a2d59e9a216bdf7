"""Plays of the loop at random: few in the suite, always the same; as many as `MINGCHA_LOOP` says for who searches."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.orm import Session

from quality.clocks.models import ChangeKind, Clock
from quality.core.config import Settings
from quality.delivery.telling import TOLD
from quality.notices.workflow import CLOSE, VERIFY
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.postgres import Server
from tests.harness.snapshots import Road, Snapshot
from tests.loop import stage as stage_of_plays
from tests.loop.machine import Loop
from tests.loop.stage import TAKEN, Stage, at_the_loop

STEPS = 30
MANY = int(os.environ.get("MINGCHA_LOOP", "0"))  # plays of a search, each of them another one in every run


@pytest.fixture
def road() -> Road:
    return at_the_loop


@pytest.fixture
def stage(
    request: pytest.FixtureRequest, settings: Settings, session: Session, arrived: Snapshot, clock: HeldClock
) -> Stage:
    on_postgresql = settings.database_url.startswith("postgresql")
    server: Server | None = request.getfixturevalue("postgresql_server") if on_postgresql else None
    return Stage(replace(settings, webhook_allow_private=True), arrived, clock, server)


def plays_of(stage: Stage, many: int) -> Counter[tuple[str, str]]:
    """So many plays, the same in every run but for who searches. How often each deed was done, or was refused why."""

    class Play(Loop):
        pass

    Play.stage, Play.came_of = stage, Counter()
    play = how(
        max_examples=MANY or many,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not MANY,
        database=None,
        phases=[Phase.generate],  # a play is shown as it is: to make it shorter takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Play, settings=play)
    return Play.came_of


def test_whatever_is_done_nothing_is_verified_unseen_closed_with_an_open_listing_or_late_in_silence(stage):
    came_of = plays_of(stage, 3 if stage.server else 12)

    done = {deed for deed, came in came_of if came == "done"}
    if MANY:
        print(*sorted(f"{count:6} {deed}: {came}" for (deed, came), count in came_of.items()), sep="\n")
    assert stage.server or done >= {"answers", "looks", "verifies", "closes"}, "they get nowhere"


@pytest.fixture
def play(stage: Stage) -> Loop:
    """Two notices, the first of which was answered, the second issued."""

    class Play(Loop):
        pass

    Play.stage, Play.came_of = stage, Counter()
    begun = Play()
    begun.begin(alike=3, ahead=(7, 4), two=False)
    begun.nothing_is_wrong()
    return begun


@on_sqlite
def test_a_play_in_which_everything_is_done_once(play):
    """Few plays at random may not come to what they are there for: a clock that stands, one that falls back."""
    deeds = [
        lambda: play.sends(TAKEN, True, True),  # and the job died over it
        lambda: play.time_goes_by(1, False),
        lambda: play.sends(TAKEN, False, True),
        lambda: play.time_goes_by(1 / 3600, True),
        lambda: play.answers(n=1, who="", mask=1, outcome="refused", ago=0, proof="none"),
        lambda: play.time_goes_by(-0.04, False),
        lambda: play.it_is_there(0),
        lambda: play.proves_by_post(0, "coordinator", 0),
        lambda: play.changes_a_clock(-1, "coordinator", ChangeKind.PAUSE),
        lambda: play.decides_on_a_clock("reviewer", True),
        lambda: play.time_goes_by(72, False),
        lambda: play.changes_a_clock(-1, "coordinator", ChangeKind.RESUME),
        lambda: play.changes_a_clock(-1, "coordinator", ChangeKind.EXTEND),
        lambda: play.decides_on_a_clock("reviewer", True),
        lambda: play.enters_a_calendar(5, "reviewer_above"),
        lambda: play.set_practice("reviewer", 100),
        lambda: play.asks(1, "", False, "objection"),
        lambda: play.asks(0, "coordinator", True, "question"),
        lambda: play.decides_on_an_objection("reviewer", True),
        lambda: play.goes_on(0, 6),
        lambda: play.time_goes_by(8 * 24, False),
        lambda: play.it_is_there(0),
        lambda: play.opens(0, "", True),
        lambda: play.time_goes_by(31 * 24, False),
        lambda: play.excuses(0, "reviewer"),
        lambda: play.withdraw(1, "reviewer"),
        lambda: play.review(1, "coordinator", "draft_withdrawal"),
        lambda: play.withdraw(1, "reviewer"),
        lambda: play.draft_notices("coordinator", 7, 15, "finding", "notice"),
        play.jobs_run,
    ]
    for deed in deeds:
        deed()
        play.nothing_is_wrong()

    done = {name for name, came in play.came_of if came == "done"}
    assert done >= {"asks", "decides_on_an_objection"} | {
        "decides_on_a_clock",
        "enters_a_calendar",
        "excuses",
        "finds_it_there",
        "proves_by_post",
        "withdraw",
    }
    play.teardown()


# --- plays in which nothing can be found prove nothing: each rule that is taken away is missed ---


@on_sqlite
def test_who_verifies_unseen_is_found(play, monkeypatch):
    monkeypatch.setattr(VERIFY.provided[2], "__code__", nothing.__code__)

    with pytest.raises(AssertionError, match="without the regulator's own evidence"):
        play.verifies(0, "coordinator")
    with pytest.raises(AssertionError, match="no listing is verified without"):
        play.nothing_is_wrong()


@on_sqlite
def test_who_closes_with_an_open_listing_is_found(play, monkeypatch):
    monkeypatch.setattr(CLOSE.provided[0], "__code__", nothing.__code__)

    with pytest.raises(AssertionError, match="closed with an open listing"):
        play.closes(0, "coordinator")
    with pytest.raises(AssertionError, match="no closed notice has an open listing"):
        play.nothing_is_wrong()


@on_sqlite
def test_what_a_platform_is_not_told_is_found(play, monkeypatch):
    monkeypatch.delitem(TOLD, "send_back")
    play.it_is_there(0)

    with pytest.raises(AssertionError, match="was not told"):
        play.jobs_run()


@on_sqlite
def test_a_clock_that_runs_out_in_silence_is_found(play, monkeypatch):
    monkeypatch.setattr(stage_of_plays, "record_overdue_clocks", nothing)
    play.time_goes_by(31 * 24, False)

    with pytest.raises(AssertionError, match="in silence"):
        play.nothing_is_wrong()


@on_sqlite
def test_a_clock_that_runs_backward_is_found(play):
    play.stage.session.execute(sa.update(Clock).values(due_at=datetime(2026, 1, 1, tzinfo=UTC)))
    play.stage.is_changed = True

    with pytest.raises(AssertionError, match="went from"):
        play.nothing_is_wrong()


@on_sqlite
def test_a_receipt_that_nobody_gave_is_found(play):
    play.watcher.proofs.clear()
    play.stage.is_changed = True

    with pytest.raises(AssertionError, match="nobody of its platform received it"):
        play.nothing_is_wrong()


def nothing(_case, _actor):
    return None
