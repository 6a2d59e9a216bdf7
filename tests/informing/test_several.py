"""Who was not told yet, and telling of many at once: of each it is said what came of it, and nothing is half done."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted
from quality.core.events import Event
from quality.informing.models import SampleNotice
from quality.informing.operations import tell
from quality.informing.several import (
    LONG,
    MOST,
    Looked,
    long_untold,
    page_of,
    still_bought,
    tell_several,
    untold,
)
from quality.objections.models import Party
from quality.people.actor import Actor
from quality.purchases.models import Sample, Task, TaskStatus
from tests.harness.beginnings import Concluded
from tests.harness.refusals import assert_invalid


@pytest.fixture
def samples(concluded: Concluded) -> list[Sample]:
    """All that were sealed, the first first."""
    every = [each.sample for each in (*concluded.bad, concluded.good, concluded.elsewhere)]
    return sorted(every, key=lambda sample: sample.id)


def numbers(session: Session, by: Actor, party: Party, **more) -> list[str]:
    return [each.number for each in page_of(session, by, party, 50, **more)]


def told_events(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count()).where(Event.action == "tell_of_sample")).one()


def test_who_was_not_told_is_listed_by_party_campaign_and_platform(session, concluded, samples):
    by = concluded.cast.coordinator
    every = numbers(session, by, Party.PLATFORM)
    assert set(every) >= {each.number for each in samples}
    tell(session, samples[0], Party.PLATFORM, by=by)
    assert numbers(session, by, Party.PLATFORM) == [each for each in every if each != samples[0].number]
    assert numbers(session, by, Party.SELLER) == every
    campaign, platform = samples[0].campaign.number, samples[0].purchase.drawn.platform
    here = numbers(session, by, Party.SELLER, looked=Looked(campaign, platform.code))
    assert samples[0].number in here
    assert {session.scalars(sa.select(Sample).where(Sample.number == each)).one().purchase.drawn.platform_id
            for each in here} == {platform.id}  # fmt: skip
    assert numbers(session, by, Party.SELLER, looked=Looked(campaign="NONE")) == []
    first = page_of(session, by, Party.SELLER, 1)
    assert len(first) == 2
    assert numbers(session, by, Party.SELLER, after=first[0].id) == every[1:]


def test_only_who_may_tell_has_such_a_list(session, concluded):
    cast = concluded.cast
    for nobody in (cast.reviewer, cast.buyer, cast.analyst, cast.desk):
        assert session.scalars(untold(nobody, Party.PLATFORM)).all() == []
        assert long_untold(session, nobody) is None


def test_of_each_it_is_said_what_came_of_it(session, concluded, samples):
    by = concluded.cast.coordinator
    tell(session, samples[1], Party.PLATFORM, by=by)
    asked = [samples[2].number, "X-1", samples[1].number, samples[0].number, samples[2].number]
    said = tell_several(session, Party.PLATFORM, asked, by=by)
    assert [(each.number, each.code) for each in said] == [
        (samples[2].number, ""), ("X-1", "not_found"), (samples[1].number, "told_already"), (samples[0].number, ""),
    ]  # fmt: skip
    assert [each.is_told for each in said] == [True, False, False, True]
    assert said[0].notice.sample_id == samples[2].id
    again = tell_several(session, Party.PLATFORM, [samples[2].number], by=by)
    assert [each.code for each in again] == ["told_already"]
    assert told_events(session) == 3


def test_each_seller_has_a_link_of_its_own_and_no_second_one(session, concluded, samples):
    by = concluded.cast.coordinator
    asked = [each.number for each in samples[:2]]
    said = tell_several(session, Party.SELLER, asked, by=by)
    assert len({each.token for each in said} - {""}) == 2
    again = tell_several(session, Party.SELLER, asked, by=by)
    assert [(each.code, each.token) for each in again] == [("told_already", "")] * 2
    assert set(session.scalars(sa.select(SampleNotice.links))) == {1}


def test_whoever_may_not_is_told_so_of_each_and_nothing_is_recorded(session, concluded, samples):
    cast, asked = concluded.cast, [each.number for each in samples[:2]]
    said = tell_several(session, Party.PLATFORM, asked, by=cast.reviewer)
    assert {each.code for each in said} == {"role_may_not"}
    assert {each.code for each in tell_several(session, Party.PLATFORM, asked, by=cast.desk)} == {"not_found"}
    assert told_events(session) == 0
    with pytest.raises(NotPermitted):
        tell(session, samples[0], Party.PLATFORM, by=cast.reviewer)


def test_what_cannot_be_asked_for_is_named(session, concluded, samples):
    by = concluded.cast.coordinator
    assert_invalid(session, {("samples", "missing")}, tell_several, Party.PLATFORM, [], by=by)
    many = [f"X-{number}" for number in range(MOST + 1)]
    assert_invalid(session, {("samples", "too_many")}, tell_several, Party.PLATFORM, many, by=by)
    assert_invalid(session, {("party", "unknown")}, tell_several, Party.PRODUCER, ["X-1"], by=by)


def test_others_of_the_same_shop_that_are_still_bought_are_counted(session, samples):
    one, other = (each.purchase.id for each in samples[:2])
    session.execute(sa.update(Task).where(Task.id.in_((one, other))).values(shop_key="a" * 64))
    session.expire_all()
    assert still_bought(session, samples)[samples[0].id] == 0
    session.execute(sa.update(Task).where(Task.id == other).values(status=TaskStatus.PLANNED))
    session.expire_all()
    assert still_bought(session, samples)[samples[0].id] == 1
    assert still_bought(session, []) == {}


def test_the_worklist_counts_those_that_wait_for_long(session, concluded, samples):
    by = concluded.cast.coordinator
    concluded.cast.clock.advance(days=LONG.days)
    waits = long_untold(session, by)
    assert waits is not None
    assert waits.many >= len(samples)
    assert waits.since == min(each.sealed_at for each in page_of(session, by, Party.PLATFORM, 50))
    tell_several(session, Party.PLATFORM, numbers(session, by, Party.PLATFORM), by=by)
    assert long_untold(session, by) is None
