"""What became of a drawn unit follows from its task and its sample; strata are counted from that."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from sqlalchemy.orm import Session

from quality.figures.rates import Rate
from quality.purchases.dispositions import IS_NO_END, WAS_BOUGHT, Disposition, disposition_of
from quality.purchases.models import SampleStatus, Task, TaskStatus
from quality.purchases.operations import assign, cancel, give_up
from quality.purchases.tallies import (
    Some,
    in_all,
    short_of_reserve,
    substitutions,
    tallied,
    tallies,
    without_disposition,
)
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import buyer_of, open_campaign, sealed_sample, task_at

D, T, S = Disposition, TaskStatus, SampleStatus


@pytest.mark.parametrize(
    ("role", "task", "sample", "came"),
    [
        ("main", None, None, D.PLANNED),
        ("reserve", None, None, D.RESERVE_UNUSED),
        ("reserve", T.PLANNED, None, D.PLANNED),
        ("main", T.SHIPPED, None, D.UNDER_WAY),
        ("main", T.UNOBTAINABLE, None, D.UNOBTAINABLE),
        ("main", T.TRANSFERRED_UNTESTED, None, D.TRANSFERRED_UNTESTED),
        ("reserve", T.CANCELLED, None, D.CANCELLED),
        ("main", T.SEALED, S.SEALED, D.SEALED),
        ("main", T.SEALED, S.REPORTED, D.SEALED),  # the report may still go back, and the sample end otherwise
        ("main", T.SEALED, S.CONCLUDED, D.TESTED),
        ("main", T.SEALED, S.CLOSED, D.TESTED),
        ("main", T.SEALED, S.REFUSED_BY_LAB, D.REFUSED_BY_LAB),
        ("main", T.SEALED, S.TEST_IMPOSSIBLE, D.TEST_IMPOSSIBLE),
        ("main", T.SEALED, S.TRANSFERRED_UNTESTED, D.TRANSFERRED_UNTESTED),
    ],
)
def test_what_became_of_a_unit(role: str, task: TaskStatus, sample: SampleStatus, came: Disposition) -> None:
    assert disposition_of(role, task, sample) == came


def test_every_unit_has_a_disposition_and_each_of_them_occurs() -> None:
    units = product(("main", "reserve"), (None, *T), (None, *S), (False, True))  # the last: on its label alone
    found = {disposition_of(*unit) for unit in units}
    assert found == set(Disposition)


def test_strata_are_counted_with_what_was_bought_and_what_could_not_be() -> None:
    rows = [
        Some("B", "main", T.PLANNED, None, None, False, 1),
        Some("A", "main", T.SEALED, None, S.CLOSED, False, 5),
        Some("A", "main", T.UNOBTAINABLE, "delisted", None, True, 2),
        Some("A", "reserve", T.SEALED, None, S.REFUSED_BY_LAB, False, 1),
        Some("A", "reserve", T.UNOBTAINABLE, "lost", None, False, 1),
        Some("A", "main", T.CANCELLED, "same_product", None, False, 1),
        Some("A", "main", T.CANCELLED, "not_needed", None, False, 4),
        Some("A", "main", T.CANCELLED, None, None, False, 3),  # before reasons were asked
        Some("B", "reserve", None, None, None, False, 2),
    ]
    first, second = tallied(rows)
    assert (first.stratum, first.main, first.reserve, first.drawn, first.reserves_used) == ("A", 15, 2, 17, 2)
    assert (first.bought, first.came_of[D.TESTED], first.open, first.missing) == (6, 5, 0, 2)
    assert (first.why, first.obtainable) == ({"delisted": 2, "lost": 1}, Rate(6, 9))
    assert (second.came_of, second.reserves_used) == ({D.PLANNED: 1, D.RESERVE_UNUSED: 2}, 0)
    total = in_all([first, second])
    assert (total.drawn, total.missing, sum(total.came_of.values())) == (20, 2, 20)
    assert total.obtainable.is_enough
    assert in_all([]).obtainable == Rate(0, 0)


def test_a_campaign_is_counted_and_each_substitution_is_named(session: Session, cast: Cast) -> None:
    campaign, tasks = open_campaign(session, cast)
    first, same, *_others = sorted(tasks, key=lambda task: task.drawn.stratum)
    assign(session, first, buyer_of(cast), by=cast.coordinator)
    given = give_up(session, first, "delisted", by=cast.buyer)
    again = cancel(session, same, "same_product", by=cast.coordinator)
    session.commit()

    found = tallies(session, campaign)

    assert given
    assert again
    assert {each.stratum: each.missing for each in found} == dict.fromkeys((each.stratum for each in found), 0)
    mine = next(each for each in found if each.stratum == first.drawn.stratum)
    assert (mine.why, mine.obtainable) == (Counter(delisted=1), Rate(0, 1))
    total = in_all(found)
    assert (total.main, total.reserves_used, total.came_of[D.UNOBTAINABLE], total.came_of[D.CANCELLED]) == (4, 2, 1, 1)
    named = substitutions(session, campaign, after=0, most=5)
    assert {(each.task, each.lost_task, each.lost) for each in named} == {
        (given, first, first.drawn), (again, same, same.drawn)
    }  # fmt: skip
    assert len(substitutions(session, campaign, after=named[0].unit.id, most=5)) == 1
    assert len(substitutions(session, campaign, after=0, most=0)) == 1


def test_a_stratum_that_lacks_units_is_told_to_who_gives_out_tasks(session: Session, cast: Cast) -> None:
    campaign, tasks = open_campaign(session, cast)
    task: Task | None = tasks[0]
    last, lost = tasks[0], 0
    assert short_of_reserve(session, cast.coordinator) == []
    while task:
        lost, last = lost + 1, task
        task = cancel(session, task, "out_of_scope", by=cast.coordinator)
    [short] = short_of_reserve(session, cast.coordinator)
    assert (short.number, short.stratum, short.missing) == (campaign.number, last.drawn.stratum, 1)
    assert lost == 3
    mine = next(each for each in tallies(session, campaign) if each.stratum == short.stratum)
    assert (mine.missing, mine.reserves_used, mine.out_of_scope) == (1, 2, 3)
    for other in (cast.reviewer, cast.buyer):
        assert short_of_reserve(session, other) == []


@on_sqlite
def test_what_has_no_disposition_yet_is_named(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    campaign = sample.purchase.campaign
    other = task_at(session, cast, TaskStatus.ASSIGNED)
    cancel(session, other, "not_needed", by=cast.coordinator)
    named = set(session.scalars(without_disposition(campaign)))
    assert sample.purchase.number in named
    assert other.number not in named
    assert len(named) == 3


def test_what_was_bought_is_known_to_have_ended_or_not() -> None:
    assert {D.SEALED} == WAS_BOUGHT & IS_NO_END
