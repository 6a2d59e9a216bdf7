from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns.allocation import Method, allocate
from tests.campaigns.refusals import refuses

SIZES = {"甲": 400, "乙": 300, "丙": 200, "丁": 100}
S = {"甲": Fraction(10), "乙": Fraction(15), "丙": Fraction(20), "丁": Fraction(30)}


def test_neyman_gives_26_29_26_19():
    assert allocate(SIZES, method=Method.NEYMAN, n=100, deviations=S) == {"甲": 26, "乙": 29, "丙": 26, "丁": 19}


def test_proportional_gives_40_30_20_10():
    assert allocate(SIZES, method=Method.PROPORTIONAL, n=100) == {"甲": 40, "乙": 30, "丙": 20, "丁": 10}


def test_ties_go_to_the_name_that_sorts_first_as_utf8_bytes():
    sizes = {"乙": 5, "甲": 5, "b": 5, "Z": 5}  # in UTF-8: Z, b, 乙, 甲
    assert allocate(sizes, method=Method.EQUAL, n=6) == {"Z": 2, "b": 2, "乙": 1, "甲": 1}


def test_a_name_beyond_the_basic_plane_sorts_by_its_utf8_bytes_not_by_utf16():
    assert allocate({"\ufffd": 2, "\U0001f600": 2}, method=Method.EQUAL, n=1) == {"\ufffd": 1, "\U0001f600": 0}


def test_a_stratum_is_never_asked_for_more_than_it_has():
    assert allocate({"a": 2, "b": 100}, method=Method.EQUAL, n=20) == {"a": 2, "b": 18}


def test_the_minimum_is_met_where_there_are_so_many():
    numbers = allocate({"a": 1, "b": 3, "c": 96}, method=Method.PROPORTIONAL, n=10, min_per_stratum=2)
    assert numbers == {"a": 1, "b": 2, "c": 7}


def test_neyman_may_take_a_stratum_whole_and_still_keep_the_minimum_of_the_others():
    s = {"a": Fraction(1000), "b": Fraction(1, 1000)}
    assert allocate({"a": 10, "b": 100}, method=Method.NEYMAN, n=12, deviations=s, min_per_stratum=5) == {
        "a": 10,
        "b": 5,
    }


def test_fixed_takes_its_numbers_and_nothing_from_strata_that_it_does_not_name():
    numbers = allocate(SIZES, method=Method.FIXED, n=0, fixed={"甲": 3, "丁": 100, "戊": 0}, min_per_stratum=2)
    assert numbers == {"甲": 3, "乙": 0, "丙": 0, "丁": 100}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"method": Method.PROPORTIONAL, "n": 1001}, "allocation.n: more_than_the_frame"),
        ({"method": Method.PROPORTIONAL, "n": 7, "min_per_stratum": 2}, "allocation.n: less_than_the_minimum"),
        ({"method": Method.FIXED, "n": 0, "fixed": {"丁": 101}}, "allocation.fixed.丁: more_than_there_are"),
        ({"method": Method.FIXED, "n": 0, "fixed": {"戊": 1}}, "allocation.fixed.戊: more_than_there_are"),
        ({"method": Method.NEYMAN, "n": 9, "deviations": {"甲": S["甲"]}}, "allocation.S.丙: deviation_missing"),
        ({"method": Method.NEYMAN, "n": 9}, "allocation.S.丁: deviation_missing"),
        ({"method": Method.NEYMAN, "n": 9, "deviations": dict.fromkeys(S, Fraction(0))}, "allocation.n: no_weight"),
        ({"method": Method.NEYMAN, "n": 401, "deviations": dict.fromkeys(S, Fraction(0)) | {"甲": Fraction(1)}},
         "allocation.n: no_weight"),
    ],
)  # fmt: skip
def test_what_cannot_be_allocated_is_refused_by_name(asked, code):
    with refuses(code):
        allocate(SIZES, **asked)


def test_strata_without_deviation_get_nothing_when_nothing_is_left():
    s = dict.fromkeys(S, Fraction(0)) | {"甲": Fraction(1)}
    assert allocate(SIZES, method=Method.NEYMAN, n=400, deviations=s) == {"甲": 400, "乙": 0, "丙": 0, "丁": 0}


sizes = st.dictionaries(st.text("abcé汉😀/", min_size=1, max_size=4), st.integers(1, 300), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(sizes, st.data(), st.sampled_from([Method.PROPORTIONAL, Method.EQUAL, Method.NEYMAN]), st.integers(0, 20))
def test_numbers_lie_between_low_and_size_sum_to_n_and_do_not_depend_on_order(sizes, data, method, minimum):
    low = {name: min(minimum, size) for name, size in sizes.items()}
    n = data.draw(st.integers(sum(low.values()), sum(sizes.values())))
    s = {name: data.draw(st.fractions(Fraction(1, 50), 50, max_denominator=50)) for name in sizes}

    numbers = allocate(sizes, method=method, n=n, deviations=s, min_per_stratum=minimum)

    assert all(low[name] <= numbers[name] <= size for name, size in sizes.items())
    assert sum(numbers.values()) == n or (method is Method.NEYMAN and minimum and sum(numbers.values()) > n)
    turned = dict(reversed(sizes.items()))
    assert allocate(turned, method=method, n=n, deviations=s, min_per_stratum=minimum) == numbers
