"""A copy is frozen while its takedown goes on: what became of the listings is stated beside it, step by step."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import clock
from quality.core.db import canonical
from quality.core.events import Event
from quality.notices.models import NoticeStatus
from quality.publication.copies import sha256_of
from quality.publication.jobs import say_what_became
from quality.publication.models import Entry, Statement
from quality.publication.operations import propose, publish, withdraw
from quality.publication.statements import newest_of
from quality.publication.tally import counts
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, run, seen
from tests.harness.publication import published


def states(session, code):
    """As the page of the platform counts them, which is as they are, entry by entry."""
    counted = counts(session, "platform", code).get("takedown", {})
    of = sa.select(Entry.takedown, sa.func.count()).where(Entry.platform == code).group_by(Entry.takedown)
    assert counted == {takedown: many for takedown, many in session.execute(of)}
    return counted


def test_each_step_of_a_takedown_is_stated_beside_the_copy(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    result = published(session, cast, finding)
    frozen, code = canonical(result.copy), result.copy["platform"]["code"]
    assert states(session, code) == {result.copy["takedown"]["state"]: 1}
    assert run(session, say_what_became) == 0

    notice = notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    session.commit()
    assert (run(session, say_what_became), run(session, say_what_became)) == (1, 0)
    claimed = newest_of(session, [result])[result.id]
    assert (claimed.says["state"], claimed.stated_at) == ("claimed", clock.now())
    assert claimed.says["listings"][0]["we_have_seen"] is None
    assert states(session, code) == {"claimed": 1}

    cast.clock.advance(days=1)
    seen(session, cast, notice.items[0])
    session.commit()
    assert run(session, say_what_became) == 1

    last = newest_of(session, [result])[result.id]
    assert last.says["listings"][0]["we_have_seen"]["gone"] is True
    assert sha256_of(last.says) == last.sha256 != claimed.sha256
    assert states(session, code) == {last.says["state"]: 1}
    assert canonical(result.copy) == frozen
    told = session.scalars(sa.select(Event).where(Event.action == "state_takedown").order_by(Event.id)).all()
    assert [each.details["sha256"] for each in told] == [claimed.sha256, last.sha256]
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    assert states(session, code) == {}, "it leaves under the state by which it was counted last"


@on_sqlite
def test_what_a_copy_leaves_out_no_statement_says(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    result = propose(session, finding, by=cast.coordinator, withhold=["takedown.listings.listing_id"])
    publish(session, result, by=cast.reviewer)
    notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    session.commit()

    run(session, say_what_became)

    assert [each["listing_id"] for each in newest_of(session, [result])[result.id].says["listings"]] == [""]


@on_sqlite
def test_nothing_is_stated_about_what_is_not_in_public(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    withdraw(session, published(session, cast, finding), "样品登记有误", by=cast.reviewer)
    notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    session.commit()

    assert run(session, say_what_became) == 0
    assert session.scalars(sa.select(Statement)).all() == []
