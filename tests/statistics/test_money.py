"""What is committed and what is spent follows from where each unit stands; strata add up to the campaign."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.core import migrations
from quality.core.db import db
from quality.purchases.models import SampleStatus, TaskStatus
from quality.purchases.operations import cancel, give_up
from quality.statistics.money import Money, Some, counted, in_all, money, money_of
from tests.harness.campaigns import LEAD, MAGNET, campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.lab import reported_sample
from tests.harness.people import Cast
from tests.harness.purchases import open_campaign, settings, task_at

FEES = [MAGNET._replace(lab_fee_fen=12_000), LEAD._replace(lab_fee_fen=16_000)]
T, S = TaskStatus, SampleStatus
UNIT = Some("A", "main", T.PLANNED, None, is_reported=False, many=1, unpriced=0, expected=4_000, fees=16_000, paid=0)
BOUGHT = UNIT._replace(paid=3_900)
TESTED = BOUGHT._replace(task=T.SEALED, sample=S.CONCLUDED, is_reported=True)


@pytest.mark.parametrize(
    ("unit", "costs"),
    [
        (UNIT, Money("A", to_buy=4_000, to_test=16_000)),
        (UNIT._replace(task=None), Money("A", to_buy=4_000, to_test=16_000)),  # drawn, and buying not begun
        (UNIT._replace(task=None, role="reserve"), Money("A")),
        (UNIT._replace(role="reserve"), Money("A", to_buy=4_000, to_test=16_000)),  # it has a task: it took a place
        (UNIT._replace(task=T.ASSIGNED, expected=0, unpriced=1), Money("A", to_test=16_000, unpriced=1)),
        (BOUGHT._replace(task=T.SHIPPED), Money("A", bought=3_900, to_test=16_000)),
        (BOUGHT._replace(task=T.SEALED, sample=S.TESTING), Money("A", bought=3_900, to_test=16_000)),
        (TESTED, Money("A", bought=3_900, tested=16_000)),
        (TESTED._replace(sample=S.TEST_IMPOSSIBLE), Money("A", bought=3_900, tested=16_000)),
        (BOUGHT._replace(task=T.SEALED, sample=S.REFUSED_BY_LAB), Money("A", bought=3_900)),
        (BOUGHT._replace(task=T.TRANSFERRED_UNTESTED), Money("A", bought=3_900)),
        (BOUGHT._replace(task=T.UNOBTAINABLE), Money("A", bought=3_900, lost=3_900)),
        (BOUGHT._replace(task=T.UNOBTAINABLE, refunded=900), Money("A", bought=3_000, lost=3_000, refunded=900)),
        (TESTED._replace(refunded=900), Money("A", bought=3_000, tested=16_000, refunded=900)),
        (UNIT._replace(task=T.UNOBTAINABLE), Money("A")),
        (UNIT._replace(task=T.CANCELLED), Money("A")),
    ],
)  # fmt: skip
def test_where_a_unit_stands_says_what_it_costs(unit: Some, costs: Money) -> None:
    assert counted(unit) == costs


fen = st.integers(0, 10**9)
SOME = st.builds(
    Some,
    stratum=st.sampled_from(["", "A", "A/B", "棠梨商城/玩具"]),
    role=st.sampled_from(["main", "reserve"]),
    task=st.sampled_from([None, *T]),
    sample=st.sampled_from([None, *S]),
    is_reported=st.booleans(),
    many=st.integers(1, 50),
    unpriced=st.integers(0, 50),
    expected=fen,
    fees=fen,
    paid=fen,
    beside=fen,
).flatmap(lambda some: st.integers(0, some.paid).map(lambda back: some._replace(refunded=back)))


@given(st.lists(SOME, max_size=12), st.randoms())
def test_strata_add_up_to_the_campaign_and_nothing_is_below_zero(rows: list[Some], chance: object) -> None:
    strata = money_of(rows)
    whole = in_all(strata)
    assert whole.total == sum(each.total for each in strata) == sum(counted(each).total for each in rows)
    assert all(figure >= 0 for each in (whole, *strata) for figure in each[1:])
    assert all(each.lost <= each.bought for each in strata)
    assert [each.stratum for each in strata] == sorted({each.stratum for each in rows})
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert money_of(rows) == strata
    assert whole.left_of(None) is None
    assert whole.left_of(whole.total) == 0


def test_a_purchase_at_what_was_expected_moves_money_and_makes_none() -> None:
    for task, reported in product((T.ASSIGNED, T.ORDERED, T.RECEIVED), (False, True)):
        assert counted(UNIT._replace(task=task, paid=4_000 if task != T.ASSIGNED else 0)).total == 20_000
        assert counted(BOUGHT._replace(task=T.SEALED, sample=S.REPORTED, is_reported=reported)).total == 19_900


def test_a_campaign_is_added_up_from_its_draw_to_its_reports(session: Session, cast: Cast) -> None:
    campaign, tasks = open_campaign(session, cast, items=FEES)
    session.info["planned"] = list(tasks)
    assert in_all(money(session, campaign)) == Money("", to_buy=4 * 3_990, to_test=4 * 28_000)

    reported_sample(session, cast)
    lost = task_at(session, cast, T.ORDERED)
    whole = in_all(money(session, campaign))
    assert whole == Money("", to_buy=2 * 3_990, to_test=3 * 28_000, bought=2 * 3_990, tested=28_000)

    give_up(session, lost, "seller_cancelled", by=cast.buyer)  # the reserve takes its place
    cancel(session, task_at(session, cast, T.PLANNED), "not_needed", by=cast.coordinator)
    strata = money(session, campaign)
    whole = in_all(strata)
    assert whole == Money("", to_buy=2 * 3_990, to_test=2 * 28_000, bought=2 * 3_990, tested=28_000, lost=3_990)
    assert [each.stratum for each in strata] == ["棠梨商城/儿童玩具", "青禾集市/儿童玩具"]


@on_sqlite
def test_no_place_is_expected_to_cost_more_than_the_cap_and_one_without_a_price_costs_the_cap(
    session: Session, cast: Cast
) -> None:
    campaign = campaign_at(session, cast, CampaignStatus.DRAWN, settings().frames_folder, price_cap_fen=3_000)
    assert in_all(money(session, campaign)) == Money("", to_buy=4 * 3_000)
    session.execute(sa.update(Drawn).where(Drawn.role == "main", Drawn.rank == 1).values(price_fen=None))
    assert in_all(money(session, campaign)).to_buy == 4 * 3_000
    session.execute(sa.update(Campaign).values(price_cap_fen=None, pieces=3))
    session.expire_all()
    whole = in_all(money(session, campaign))
    assert (whole.to_buy, whole.unpriced) == (2 * 3 * 3_990, 2)


def test_what_was_drawn_before_has_its_price_after_the_way_up(session: Session, cast: Cast) -> None:
    campaign, _tasks = open_campaign(session, cast, items=FEES)
    key = campaign.id
    session.commit()
    db.session.remove()
    migrations.downgrade("0075_drawn_from")
    migrations.upgrade()
    again = db.session()
    assert in_all(money(again, again.get_one(Campaign, key))) == Money("", to_buy=4 * 3_990)
