"""Who may be drawn, picked from a frame on DuckDB: of each stratum the units that come first, and a few too many.

Table `chosen` holds them: stratum, listing_id, digest, the `key` by which they are ranked before the digest, and the
`measure` of their size. What comes first is known by a bound that lets through little more than is needed, so that only
that is kept and sorted. Should a bound once let through too little, it is lifted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import inf, isqrt
from typing import Any

from quality.campaigns.frame.drawable import strata_columns
from quality.campaigns.frame.engine import Engine, fetched
from quality.campaigns.numbers import First, Numbers
from quality.campaigns.order_sampling import Chances, certain_from, order_sql

DIGESTS = 1 << 256
ALL = "g"  # sorts after every hex digit
SLACK = 6  # standard deviations by which the bound on digests lies above the units that are needed
WIDER = (2, 32)  # so many times as many units as are needed are let through by size, before all are


class Asked:
    """Of a frame that was opened: by which strata, with which seed, and how many of each stratum, by its name."""

    def __init__(
        self, opened: Engine, strata: tuple[str, ...], seed: str, sizes: Mapping[str, int], taken: Mapping[str, int]
    ) -> None:
        self.con, self.seed, self.sizes = opened.con, seed, sizes
        self.needed = {stratum: n for stratum, n in taken.items() if n}
        self.columns = strata_columns(strata)

    def same_stratum(self, one: str, other: str) -> str:
        """Strata are told apart by their columns: to join the names of every row costs more than to compare them."""
        return " AND ".join(f"{one}.{column} = {other}.{column}" for column in self.columns) or "true"

    def table(self, name: str, **columns: Iterable[Any]) -> None:
        """A table with a row for each stratum: its columns, and others by their names, `stratum` among them."""
        lists = ", ".join(f"unnest(?) AS {column}" for column in columns)
        self.con.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM stratum JOIN (SELECT {lists}) USING (stratum)",
            [list(values) for values in columns.values()],
        )

    def is_enough(self, condition: str = "count(c.stratum) >= any_value(b.needed)") -> bool:
        """Whether every stratum has in `chosen` what `bound` says that it needs; the condition is of its rows there."""
        short = self.con.execute(
            "SELECT 1 FROM bound b LEFT JOIN chosen c ON c.stratum = b.stratum GROUP BY b.stratum "
            f"HAVING NOT ({condition}) LIMIT 1"
        )
        return not short.fetchall()


def by_digest(asked: Asked) -> None:
    """The smallest digests of each stratum. Digests are uniform."""
    bounds = [bound_on_digests(n, asked.sizes[stratum]) for stratum, n in asked.needed.items()]
    if not _choose_below(asked, bounds):
        _choose_below(asked, [ALL] * len(bounds))


def _choose_below(asked: Asked, bounds: list[str]) -> bool:
    """Few rows come as far as their stratum, for the largest bound is asked first."""
    asked.table("bound", stratum=asked.needed, needed=asked.needed.values(), digest=bounds)
    asked.con.execute(
        "CREATE OR REPLACE TABLE chosen AS SELECT b.stratum, h.listing_id, h.digest, 0 AS key, NULL AS measure FROM "
        "(FROM (SELECT *, sha256(? || ',' || listing_id) AS digest FROM frame) WHERE digest < ?) h "
        f"JOIN bound b ON {asked.same_stratum('h', 'b')} AND h.digest < b.digest",
        [asked.seed, max(bounds, default="")],
    )
    return asked.is_enough()


def bound_on_digests(needed: int, size: int) -> str:
    """Hex digest below which about `needed` of `size` uniform digests lie, and hardly ever fewer."""
    expected = needed + SLACK * (isqrt(needed) + 1) + SLACK * SLACK
    return ALL if expected >= size else f"{DIGESTS * max(0, expected) // size:064x}"


def by_numbers(asked: Asked, numbers: Numbers) -> None:
    """The smallest digests of the part that comes first, and of the other one where that does not suffice."""
    parted = {stratum: bound for stratum, bound in numbers.bounds().items() if stratum in asked.needed}
    if not parted:
        by_digest(asked)
        return
    asked.table("bound", stratum=parted, permanent=parted.values())
    is_first = f"(sha256(? || ',' || h.listing_id) < b.permanent) = {numbers.first is First.BELOW}"
    asked.con.execute(
        f"SELECT b.stratum, count(*) FILTER ({is_first}) FROM frame h JOIN bound b ON {asked.same_stratum('h', 'b')} "
        "GROUP BY b.stratum",
        [numbers.seed],
    )
    parts = dict(asked.sizes) | {str(stratum): int(str(size)) for stratum, size in fetched(asked.con)}
    first = {stratum: min(needed, parts[stratum]) for stratum, needed in asked.needed.items()}
    second = {stratum: needed - first[stratum] for stratum, needed in asked.needed.items()}
    of_first = [bound_on_digests(n, parts[stratum]) if n else "" for stratum, n in first.items()]
    of_second = [bound_on_digests(n, asked.sizes[s] - parts[s]) if n else "" for s, n in second.items()]
    for bounds in (of_first, of_second), ([ALL] * len(first), [ALL] * len(first)):
        asked.table(
            "bound",
            stratum=first,
            needed=asked.needed.values(),
            permanent=[parted.get(stratum, ALL) for stratum in first],
            is_whole=[stratum not in parted for stratum in first],
            first=first.values(),
            of_first=bounds[0],
            of_second=bounds[1],
        )
        asked.con.execute(
            "CREATE OR REPLACE TABLE chosen AS FROM (SELECT b.stratum, h.listing_id, h.digest, "
            f"CASE WHEN b.is_whole OR {is_first} THEN 0 ELSE 1 END AS key, NULL AS measure, b.of_first, b.of_second "
            "FROM (FROM (SELECT *, sha256(? || ',' || listing_id) AS digest FROM frame) WHERE digest < ?) h "
            f"JOIN bound b ON {asked.same_stratum('h', 'b')}) "
            "WHERE digest < CASE key WHEN 0 THEN of_first ELSE of_second END",
            [numbers.seed, asked.seed, max(*bounds[0], *bounds[1])],
        )
        if asked.is_enough(
            "count(*) FILTER (c.key = 0) >= any_value(b.first) AND count(c.stratum) >= any_value(b.needed)"
        ):
            break


def by_size(asked: Asked, main: Mapping[str, int]) -> dict[str, Chances]:
    """Those that order sampling (campaigns/order_sampling.py) ranks first; and how likely each is drawn."""
    chances = chances_by_size(asked, {stratum: main[stratum] for stratum in asked.needed})
    for times in (*WIDER, None):
        if _choose_by_size(asked, chances, times):
            break
    return chances


def _choose_by_size(asked: Asked, chances: Mapping[str, Chances], times: int | None) -> bool:
    """At most `times` as many as are needed, or all.

    Q is at most t with a probability of tλ/(1 − λ + tλ): for t ≥ 1 no more than tλ, and λ sums to n. Where none is
    drawn all have the same Q, and the reserve is in the order of its digests.
    """
    at_most, below = [], []
    for stratum, needed in asked.needed.items():
        each, is_few = chances[stratum], times is not None and needed < asked.sizes[stratum]
        few = needed - each.certain + SLACK * (isqrt(needed) + 1)
        at_most.append((times or 1) * max(1.0, few / each.n) if is_few and each.n else inf)
        below.append(ALL if each.n or not is_few else bound_on_digests(needed, asked.sizes[stratum]))
    known = [chances[stratum] for stratum in asked.needed]
    asked.table(
        "bound",
        stratum=asked.needed,
        needed=asked.needed.values(),
        certain_from=[each.certain_from for each in known],
        n=[each.n for each in known],
        shared=[each.total for each in known],
        at_most=at_most,
        below=below,
    )
    key = order_sql("h.digest", "h.measure", "b.certain_from", "b.n", "b.shared")
    asked.con.execute(
        "CREATE OR REPLACE TABLE chosen AS FROM ("
        f"SELECT b.stratum, h.listing_id, h.digest, {key} AS key, h.measure, b.at_most, b.below "
        "FROM (SELECT *, sha256(? || ',' || listing_id) AS digest FROM frame) h "
        f"JOIN bound b ON {asked.same_stratum('h', 'b')}) WHERE key <= at_most AND digest < below",
        [asked.seed],
    )
    return asked.is_enough()


def chances_by_size(asked: Asked, main: Mapping[str, int]) -> dict[str, Chances]:
    asked.con.execute("SELECT stratum, total FROM stratum")
    totals = {str(stratum): int(str(total)) for stratum, total in fetched(asked.con)}

    def reached(least: Mapping[str, int]) -> Iterable[tuple[str, int, int, int]]:
        asked.table("bound", stratum=least, least=least.values())
        asked.con.execute(
            "SELECT b.stratum, count(*), sum(h.measure), min(h.measure) FROM frame h "
            f"JOIN bound b ON {asked.same_stratum('h', 'b')} AND h.measure >= b.least GROUP BY b.stratum"
        )
        for stratum, *numbers in fetched(asked.con):
            certain, together, smallest = (int(str(number)) for number in numbers)
            yield str(stratum), certain, together, smallest

    return settled(main, asked.sizes, totals, reached)


def settled(
    main: Mapping[str, int],
    sizes: Mapping[str, int],
    totals: Mapping[str, int],
    reached: Callable[[Mapping[str, int]], Iterable[tuple[str, int, int, int]]],
) -> dict[str, Chances]:
    """As `order_sampling.chances_of` finds them, without sorting: all that are certain by the present bound at once.

    `main` of `sizes` units are drawn, whose sizes add up to `totals`. `reached` says of each stratum how many units are
    of a size or above it, their sum, and the smallest of them.
    """
    found = {
        stratum: Chances(1, n, 0, 0) if n == sizes[stratum] else Chances(None, 0, n, totals[stratum])
        for stratum, n in main.items()
    }
    moving = {stratum for stratum, each in found.items() if each.n}
    while moving:
        grown = {}
        for stratum, certain, together, smallest in reached({each: certain_from(found[each]) for each in moving}):
            if certain > found[stratum].certain:
                grown[stratum] = Chances(smallest, certain, main[stratum] - certain, totals[stratum] - together)
        found |= grown
        moving = set(grown)
    return found


def spread_by_size(asked: Asked, chances: Mapping[str, Chances]) -> Decimal | None:
    """Σ (1/λ − 1) over all listings of the frame (figures/unequal.py). None where some cannot be drawn at all."""
    if any(not each.n and not each.certain for each in chances.values()) or len(chances) < len(asked.sizes):
        return None
    asked.table("bound", stratum=chances, certain_from=[each.certain_from for each in chances.values()])
    asked.con.execute(
        "SELECT b.stratum, sum(1.0 / h.measure), count(*) FROM frame h "
        f"JOIN bound b ON {asked.same_stratum('h', 'b')} AND h.measure < coalesce(b.certain_from, h.measure + 1) "
        "GROUP BY b.stratum"
    )
    spread = Decimal(0)
    for stratum, inverse, count in fetched(asked.con):
        each = chances[str(stratum)]
        spread += Decimal(each.total) / each.n * Decimal(str(inverse)) - int(str(count))
    return spread
