"""Order sampling by size: chances that sum to n, one order to the last bit in DuckDB, drawn as often as it says."""

from __future__ import annotations

import hashlib
from collections import Counter
from fractions import Fraction
from math import sqrt
from statistics import mean, variance

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns.order_sampling import CERTAIN, Chances, chances_of, order_key, order_sql, ranked
from quality.figures.unequal import Unit, total

QUICK = settings(max_examples=60, deadline=None)


def digest(seed: str, listing_id: str) -> str:
    return hashlib.sha256(f"{seed},{listing_id}".encode()).hexdigest()


def chances(sizes: list[int], n: int) -> Chances:
    return chances_of(sorted(sizes, reverse=True)[: n + 1], count=len(sizes), total=sum(sizes), n=n)


# --- chances


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        ([1, 1, 1, 1], 2, Chances(None, 0, 2, 4)),
        ([10, 1, 1, 1], 2, Chances(10, 1, 1, 3)),  # 2 · 10 ≥ 13
        ([10, 4, 1, 1], 3, Chances(4, 2, 1, 2)),  # then 2 · 4 ≥ 6, and 1 · 1 < 2
        ([5, 5, 1, 1], 2, Chances(None, 0, 2, 12)),  # 2 · 5 < 12
        ([6, 3, 2, 1], 2, Chances(6, 1, 1, 6)),  # 2 · 6 ≥ 12: just certain
        ([3, 2], 2, Chances(2, 2, 0, 0)),
        ([3, 2], 0, Chances(None, 0, 0, 5)),
        ([], 0, Chances(None, 0, 0, 0)),
    ],
)  # fmt: skip
def test_what_is_large_enough_is_certain_and_the_others_share_the_rest(sizes, n, expected) -> None:
    assert chances(sizes, n) == expected


stratum = st.lists(st.one_of(st.integers(1, 20), st.integers(1, 10**9)), min_size=1, max_size=40)
strata = stratum.flatmap(lambda sizes: st.tuples(st.just(sizes), st.integers(0, len(sizes))))


@QUICK
@given(strata)
def test_chances_sum_to_n_grow_with_size_and_are_proportional_below_certainty(asked) -> None:
    sizes, n = asked
    found = chances(sizes, n)
    each = [found.of(size) for size in sorted(sizes)]

    assert sum(each) == n
    assert each == sorted(each)
    assert all(0 <= chance <= 1 for chance in each)
    assert sum(chance == 1 for chance in each) == found.certain
    others = {chance / size for chance, size in zip(each, sorted(sizes), strict=True) if chance < 1}
    assert len(others) <= 1


@pytest.mark.parametrize(
    ("largest", "count", "total", "n"),
    [([3, 2], 2, 5, 3), ([3], 2, 5, 1), ([0, 0], 2, 0, 1), ([1 << 62, 1 << 62], 2, 1 << 63, 1), ([1], 1, 1, -1)],
)
def test_more_than_there_are_too_few_sizes_or_sizes_beyond_bounds_are_refused(largest, count, total, n) -> None:
    with pytest.raises(ValueError, match=f"{n} of {count}"):
        chances_of(largest, count=count, total=total, n=n)


# --- the order


def test_the_key_by_hand() -> None:
    """Bits 0…01: U = 3/2⁵³. λ = 1/4, so that Q = 3 / (2⁵³ − 3) · 3."""
    found = Chances(100, 1, 1, 40)
    assert order_key("0" * 12 + "1" + "f" * 51, 10, found) == (3.0 / (2.0**53 - 3)) * 3.0
    assert order_key("f" * 64, 100, found) == CERTAIN
    assert order_key("0" * 64, 1, Chances(2, 1, 0, 1)) == float("inf")


def test_duckdb_ranks_to_the_last_bit_as_python_does() -> None:
    """20,000 units in two strata, of sizes whose products pass 2⁵³, where whole numbers are rounded to doubles."""
    units = [(f"L{i}", pow(7, i, 10**10 + 19) % 10 ** (4 + i % 7) + 1) for i in range(20_000)]
    units.append(("L", 1 << 61))  # certain: 699 times that would be beyond any whole number of the engine
    known = {"a": chances([size for _id, size in units], 700), "b": chances([size for _id, size in units], 3)}
    expression = order_sql("digest", "size", "certain_from", "n", "total")
    with duckdb.connect() as con:
        con.execute("CREATE TABLE unit (listing_id VARCHAR, size BIGINT)")
        con.execute("INSERT INTO unit SELECT unnest(?), unnest(?)", [[u[0] for u in units], [u[1] for u in units]])
        con.execute("CREATE TABLE part (stratum VARCHAR, certain_from BIGINT, n BIGINT, total BIGINT)")
        for name, found in known.items():
            con.execute("INSERT INTO part VALUES (?, ?, ?, ?)", [name, found.certain_from, found.n, found.total])
        keyed = con.execute(
            f"SELECT stratum, size, digest, {expression} FROM part, "
            "(SELECT size, sha256('s,' || listing_id) AS digest FROM unit)"
        ).fetchall()

    assert known["a"].certain == known["b"].certain == 1
    assert known["a"].total * 700 > 1 << 53
    assert len(keyed) == 40_002
    assert all(key == order_key(digest, size, known[name]) for name, size, digest, key in keyed)


@QUICK
@given(strata, st.text("abc", min_size=1, max_size=3))
def test_certain_units_come_first_and_the_order_of_rows_means_nothing(asked, seed) -> None:
    sizes, n = asked
    units = [(f"L{i}", size, digest(seed, f"L{i}")) for i, size in enumerate(sizes)]
    found = ranked(units, n)

    assert found == ranked(reversed(units), n)
    certain = [unit.inclusion == 1 for unit in found]
    assert certain == sorted(certain, reverse=True)
    assert sum(certain) <= n
    assert sorted(unit.listing_id for unit in found) == sorted(f"L{i}" for i in range(len(sizes)))


def test_units_of_one_size_come_in_the_order_of_their_digests() -> None:
    units = [(f"L{i}", 7, digest("seed", f"L{i}")) for i in range(50)]
    assert [unit.digest for unit in ranked(units, 10)] == sorted(unit[2] for unit in units)


DRAWS = 2_000


def test_units_are_drawn_as_often_as_their_size_says_and_the_estimate_is_right_on_average() -> None:
    """2,000 draws of 6 from 20: each within four standard errors, and the known departure of Pareto sampling (0.02).

    And of the number of hits, every other unit, the mean estimate and the mean of its squared standard errors.
    """
    sizes = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 10, 15, 20, 30, 200]
    hits = {f"L{i}" for i in range(0, len(sizes), 2)}
    counted: Counter[str] = Counter()
    estimates, squares = [], []
    for seed in range(DRAWS):
        units = [(f"L{i}", size, digest(str(seed), f"L{i}")) for i, size in enumerate(sizes)]
        drawn = ranked(units, 6)[:6]
        counted.update(unit.listing_id for unit in drawn)
        found = total(Unit(unit.inclusion, unit.listing_id in hits) for unit in drawn)
        assert found is not None
        estimates.append(float(found.value))
        squares.append(float(found.error) ** 2)

    assert mean(estimates) == pytest.approx(len(hits), abs=4 * sqrt(variance(estimates) / DRAWS) + 0.2)
    assert mean(squares) == pytest.approx(variance(estimates), rel=0.15)
    expected = chances(sizes, 6)
    assert expected.of(200) == 1
    assert counted["L19"] == DRAWS
    for i, size in enumerate(sizes[:-1]):
        chance = float(expected.of(size))
        assert abs(counted[f"L{i}"] / DRAWS - chance) < 4 * sqrt(chance * (1 - chance) / DRAWS) + 0.02
    assert sum((expected.of(size) for size in sizes), Fraction(0)) == 6
