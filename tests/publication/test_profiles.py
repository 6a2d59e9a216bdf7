"""What is counted of a platform, a category, a producer: results in force, both denominators, nobody's by mistake."""

from __future__ import annotations

import sqlalchemy as sa

from quality.publication.facets import producer_key
from quality.publication.models import Entry
from quality.publication.operations import withdraw
from quality.publication.profiles import by_kind, ended, listed, one_producer, profile, states_of
from tests.harness.databases import on_sqlite
from tests.harness.publication import closed_campaign, published

pytestmark = on_sqlite


def test_kinds_of_sampling_are_never_mixed(session):
    told = {"probability/nonconforming": 1, "probability/conforming": 9, "risk_targeted/nonconforming": 3}
    assert by_kind(told) == {"probability": (1, 10), "risk_targeted": (3, 3)}
    assert states_of({"not_needed": 9, "claimed": 1}) == {"claimed": 1}


def test_a_platform_counts_what_is_in_force_and_nothing_else(session, concluded):
    bad, good = (published(session, concluded.cast, each) for each in (concluded.bad[0], concluded.good))
    code = bad.copy["platform"]["code"]
    its = profile(session, "platform", code)
    assert its
    assert (its.tested, its.nonconforming) == (1 + (good.copy["platform"]["code"] == code), 1)
    assert its.states == {bad.copy["takedown"]["state"]: 1}
    withdraw(session, bad, "检验方法有误", by=concluded.cast.reviewer)
    again = profile(session, "platform", code)
    assert (again.nonconforming if again else 0) == 0
    assert profile(session, "platform", "NO") is None
    assert ended(session, category="儿童玩具") == [], "nothing of what was bought before the campaign has ended"


def test_a_closed_campaign_tells_both_denominators(session, concluded):
    campaign = closed_campaign(session, concluded)
    [whole] = ended(session, category=campaign.category)
    assert whole.counted.number == campaign.number
    assert (whole.rate.hits, whole.rate.of) == (3, 4)
    assert whole.bought == whole.rate.of + sum(whole.untested.values())
    platforms, _following = listed(session, "platform")
    parts = [ended(session, platform=each.value)[0] for each in platforms]
    assert sum(each.bought for each in parts) == whole.bought
    assert [(each.nonconforming, each.tested) for each in platforms] == [(p.rate.hits, p.rate.of) for p in parts]


def test_a_list_goes_on_where_it_ended(session, concluded):
    for finding in (*concluded.bad, concluded.elsewhere, concluded.good):
        published(session, concluded.cast, finding)
    whole, end = listed(session, "platform")
    assert (len(whole), end) == (2, None)
    [first], behind = listed(session, "platform", limit=1)
    [second], end = listed(session, "platform", after=behind or "", limit=1)
    assert ([first, second], end) == (whole, None)


def test_what_a_producer_truly_denies_is_not_counted_as_theirs(session, concluded):
    bad, good = (published(session, concluded.cast, each) for each in (concluded.bad[0], concluded.good))
    key = producer_key(bad.copy["producer"]["name"])
    session.execute(sa.update(Entry).where(Entry.result_id == bad.id).values(denied=True))
    its = one_producer(session, key)
    assert its
    assert (its.denied, its.profile.tested, its.profile.nonconforming) == (1, 1, 0)
    assert its.names == [good.copy["producer"]["name"]]
    assert one_producer(session, "0" * 16) is None
