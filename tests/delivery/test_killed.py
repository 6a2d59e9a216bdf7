"""`kill -9` in the middle of 200 deliveries: none is lost, and what comes twice comes under the same id."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from quality.core import clock
from quality.core.surroundings import CHECKOUT
from quality.delivery import endpoints
from quality.delivery.models import Delivery
from quality.delivery.sending import AT_ONCE
from tests.harness.databases import environment_for
from tests.harness.receiver import Reply, wait_until

MANY = 200


@contextmanager
def jobs(way, folder) -> Iterator[subprocess.Popen[bytes]]:
    told = environment_for(way.settings.database_url, folder) | {"WEBHOOK_ALLOW_PRIVATE": "1", "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [sys.executable, "-m", "quality.cli", "jobs"], cwd=CHECKOUT, env=told, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_kill_9_loses_nothing_and_repeats_under_the_same_id(way, tmp_path):
    endpoint, _secret = way.added()
    for _ in range(MANY):
        endpoints.send_test(way.session, endpoint, by=way.desk)
    way.session.commit()
    way.system.answers = lambda _taken: Reply(hangs=0.02)

    with jobs(way, tmp_path) as first:
        wait_until(lambda: len(way.system.taken) >= 40, seconds=60)
        first.kill()
        first.wait()
    at_the_kill = len(way.system.taken)
    assert at_the_kill < MANY
    claims = sa.update(Delivery).where(Delivery.claimed_until.is_not(None))  # the minute goes by
    way.session.execute(claims.values(claimed_until=clock.now() - timedelta(seconds=1)))
    way.session.commit()
    with jobs(way, tmp_path):
        wait_until(lambda: len(way.system.ids()) == MANY, seconds=60)
        wait_until(lambda: not waiting(way))

    assert set(way.system.ids()) == {
        delivery.message.webhook_id for delivery in way.session.scalars(sa.select(Delivery))
    }
    bodies = {}
    for taken in way.system.taken:
        assert bodies.setdefault(taken.id, taken.body) == taken.body
    assert len(way.system.taken) <= MANY + AT_ONCE  # only what was in the air when it was killed


def waiting(way) -> list[int]:
    way.session.rollback()
    return list(way.session.scalars(sa.select(Delivery.id).where(Delivery.next_try_at.is_not(None))))
