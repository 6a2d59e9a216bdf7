"""Which items a laboratory may test on a day, by which certificate, and why not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.competence.matching import Asked, Code, Covered, Held, standing, standings
from quality.competence.models import Accreditation

CMA, CNAS = Accreditation
LEAD = Asked("可迁移元素：铅", "GB 6675.4-2014", "儿童玩具")
SINCE, UNTIL = date(2024, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)
DAYS = st.dates(date(2023, 1, 1), date(2028, 1, 1))


def held(*lines: Covered, **changed: object) -> Held:
    known = {"number": "Q-1", "certificate_no": "2300", "kind": CMA, "since": SINCE, "until": UNTIL}
    return Held(**{**known, "lines": lines or (Covered("可迁移元素：铅", "GB 6675.4-2014"),), **changed})  # type: ignore[arg-type]


@given(DAYS)
def test_a_certificate_counts_from_its_first_day_to_its_last(on: date) -> None:
    code = standing(LEAD, [held()], on).code
    assert code == (Code.NOT_YET_VALID if on < SINCE else Code.EXPIRED if on > UNTIL else Code.IN_SCOPE)


@given(DAYS, DAYS, st.none() | st.integers(0, 400))
def test_a_suspension_begins_with_its_day_and_ends_before_the_day_on_which_it_counts_again(
    on: date, first: date, lasted: int | None
) -> None:
    again = None if lasted is None else first + lasted * DAY
    found = standing(LEAD, [held(suspended=[(first, again)])], on).code
    counts = SINCE <= on <= UNTIL
    stands_still = first <= on and (again is None or on < again)
    assert (found is Code.IN_SCOPE) is (counts and not stands_still)
    assert (found is Code.SUSPENDED) is (stands_still and on >= SINCE)


@given(DAYS, DAYS)
def test_one_that_is_withdrawn_or_superseded_counts_until_the_day_before(on: date, ends: date) -> None:
    for name in ("ended_on", "replaced_on"):
        assert standing(LEAD, [held(**{name: ends})], on).is_covered is (SINCE <= on <= UNTIL and on < ends)


@given(DAYS, DAYS)
def test_between_a_certificate_and_the_one_in_its_place_no_day_is_lost_or_counted_twice(on: date, since: date) -> None:
    old, new = held(replaced_on=since), held(since=since, until=date(2030, 1, 1))
    counting = [each for each in (old, new) if standing(LEAD, [each], on).is_covered]
    assert len(counting) <= 1
    assert standing(LEAD, [old, new], on).is_covered is bool(counting)


@pytest.mark.parametrize(
    ("item", "method", "category", "line", "code"),
    [
        ("可迁移元素:铅", "GB 6675.4—2014", "儿童玩具", Covered("可迁移元素：铅", "GB 6675.4-2014"), Code.IN_SCOPE),
        ("ＰＨ值", "gb/t 7573-2009", "", Covered("pH值", "GB/T 7573–2009"), Code.IN_SCOPE),
        ("铅", "GB 5009.12-2023 第一法", "", Covered("铅", "GB 5009.12-2017；GB 5009.12-2023"), Code.IN_SCOPE),
        ("铅", "GB 5009.123-2014", "", Covered("铅", "GB 5009.12"), Code.METHOD_DIFFERS),
        ("铅", "GB 5009.12-2017", "", Covered("铅", "GB 5009.12-2023"), Code.METHOD_DIFFERS),
        ("铅", "", "", Covered("铅", "GB 5009.12-2023"), Code.NO_METHOD),
        ("铅", "", "", Covered("铅"), Code.IN_SCOPE),
        ("铅", "X", "儿童玩具", Covered("铅", category="学生文具"), Code.OTHER_CATEGORY),
        ("铅", "X", " 儿童 玩具", Covered("铅", category="儿童玩具"), Code.IN_SCOPE),
        ("镉", "X", "", Covered("铅"), Code.ITEM_NOT_IN_SCOPE),
    ],
)
def test_item_and_method_are_read_as_everywhere_in_the_program(
    item: str, method: str, category: str, line: Covered, code: Code
) -> None:
    assert standing(Asked(item, method, category), [held(line)], SINCE).code is code


def test_nothing_recorded_is_said_and_is_no_scope() -> None:
    found = standing(LEAD, [], SINCE)
    assert found.code is Code.NOT_RECORDED
    assert not found.is_covered


def test_cnas_alone_does_not_cover_a_test_for_an_authority() -> None:
    assert standing(LEAD, [held(kind=CNAS)], SINCE).code is Code.ONLY_CNAS
    assert standing(LEAD, [held(kind=CNAS), held()], SINCE).code is Code.IN_SCOPE


def test_of_several_certificates_the_nearest_says_why() -> None:
    """An old one with the item expired, the new one never named it: what is missing is said of the one that did."""
    expired, other = held(until=SINCE), held(Covered("镉"))
    found = standing(LEAD, [other, expired], SINCE + DAY)
    assert found.code is Code.EXPIRED
    assert str(found.text) == "2300 expired on 2024-01-01, before 2024-01-02"


def test_of_several_days_the_worst_counts() -> None:
    [found] = standings([LEAD], [held()], [UNTIL, UNTIL + DAY])
    assert found.code is Code.EXPIRED
