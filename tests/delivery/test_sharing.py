"""Several machines over one queue, several endpoints in one transaction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.delivery import endpoints
from quality.delivery.models import Delivery
from quality.delivery.post import Answer
from quality.delivery.sending import AT_HAND, AT_ONCE, LEASE, LEDGER, Tried, claim, claim_some, oldest_due, settle
from quality.delivery.together import Together
from tests.harness.databases import on_postgresql


@on_postgresql
def test_two_processes_share_one_queue_and_neither_waits_for_the_other(way):
    endpoint, _secret = way.added()
    for _turn in range(AT_ONCE + 3):
        endpoints.send_test(way.session, endpoint, by=way.desk)
    way.session.commit()
    address = way.session.get_bind().engine.url
    impatient = sa.create_engine(address, connect_args={"options": "-c lock_timeout=3000"})
    now = clock.now()

    with sessionmaker(impatient)() as first:
        mine = claim(first, oldest_due(first, endpoint.id, now), now)
        [others] = claim_some(sessionmaker(impatient), way.settings, [endpoint.id])
        first.commit()

    assert len(mine) == AT_ONCE
    assert len(others) == 3
    assert not {errand.delivery_id for errand in others} & set(mine)
    impatient.dispose()


def test_an_endpoint_that_one_run_serves_is_no_other_runs_of_this_process():
    assert AT_HAND.take([1, 2]) == [1, 2]
    try:
        assert AT_HAND.take([2, 3]) == [3]
    finally:
        AT_HAND.leave([1, 2, 3])
    assert AT_HAND.take([2]) == [2]
    AT_HAND.leave([2])


def test_one_answer_that_cannot_be_written_down_is_no_other_message_s_loss(way):
    endpoint, _secret = way.added()
    for _one in range(3):
        endpoints.send_test(way.session, endpoint, by=way.desk)
    way.session.commit()
    sessions = sessionmaker(way.session.get_bind())
    [[first, second, third]] = claim_some(sessions, way.settings, [endpoint.id])
    answers = [Answer(200), Answer(10**40), Answer(500)]  # the second is no status: it cannot be written down

    async def written_together() -> list[BaseException | None]:
        book = Together(partial(settle, sessions, jitter=lambda: 0.0), LEDGER)
        tried = [Tried(errand, answer) for errand, answer in zip((first, second, third), answers, strict=True)]
        return await asyncio.gather(*(book(each) for each in tried), return_exceptions=True)

    with ThreadPoolExecutor(1) as alone:  # whoever runs these tests may be within a loop of their own
        none, problem, neither = alone.submit(asyncio.run, written_together()).result()

    assert none is None and neither is None
    assert isinstance(problem, sa.exc.DBAPIError | OverflowError)
    way.session.expire_all()
    found = way.session.scalars(sa.select(Delivery).where(Delivery.endpoint_id == endpoint.id))
    written = {each.id: (each.delivered_at is not None, len(each.attempts)) for each in found}
    assert written == {first.delivery_id: (True, 1), second.delivery_id: (False, 0), third.delivery_id: (False, 1)}
    way.cast.clock.moment += LEASE
    [again] = claim_some(sessions, way.settings, [endpoint.id])
    assert second.delivery_id in [each.delivery_id for each in again]
