"""Several machines over one queue."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.delivery import endpoints
from quality.delivery.sending import AT_HAND, AT_ONCE, claim, claim_some, oldest_due
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
        others = claim_some(sessionmaker(impatient), way.settings, endpoint.id)
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
