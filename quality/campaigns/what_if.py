"""What a plan would say, cost and take with other numbers than its own: pure; nothing is recorded by asking.

The figures are those of the rooms that own them: the allocation is the plan's (`allocation.py`), the interval the one
that is published (`figures/stratified.py`, decision 0051), the chance to find one hypergeometric
(`figures/detection.py`). What is assumed: rates, and that a purchase costs the mean listed price of the stratum's
listings within the price cap, for all pieces of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.costs import cost_of, n_within
from quality.campaigns.design import Design
from quality.campaigns.frame.profile import Priced
from quality.campaigns.precision import Point, at, half_width, sizes_around, smallest_n
from quality.campaigns.strata import in_order
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.figures.detection import Lot, chance_of_one, nonconforming_at

COMPARED = (Method.PROPORTIONAL, Method.EQUAL, Method.NEYMAN)
HARDEST = 0.5  # the rate that is hardest to measure
PLACES = Decimal("0.001")  # of S
HALF_A_POINT = Decimal("0.005")


class Assumed(NamedTuple):
    """What is not known yet, or can be decided otherwise. Rates and `wished` from 0 to 1, money in fen, all of n.

    `is_estimate`: a probability sample; of a risk-targeted one there is no interval. `known` are rates of strata of
    which more is known than `rate`. `wished` is a half-width of the interval; None: half a point less than it is.
    """

    rate: Decimal
    is_estimate: bool
    known: Mapping[str, Decimal] = {}
    budget_fen: int | None = None
    cap_fen: int | None = None  # of one purchase
    fees: Mapping[str, Decimal] = {}  # of the laboratory for one sample, in fen, by stratum
    wished: Decimal | None = None


class Expected(NamedTuple):
    """Of one stratum, or of all. `half_width` and `chance` are from 0 to 1; None: not to be said.

    `purchases_fen` is None where no listing has a price, and no cap says what one may cost.
    """

    stratum: str
    size: int
    n: int
    reserve: int
    rate: Decimal
    half_width: Decimal | None
    chance: Decimal  # to find at least one nonconforming
    over_cap: int  # listings that are dearer than one may cost
    purchases_fen: int | None
    tests_fen: int


class Money(NamedTuple):
    """In fen. `at_most`: if every purchase cost as much as it may. Known only as far as prices and the cap are."""

    purchases: int
    tests: int
    unpriced: tuple[str, ...]  # strata that are bought from and count nothing here
    at_most: int | None
    budget: int | None

    @property
    def total(self) -> int:
        return self.purchases + self.tests

    @property
    def over(self) -> int | None:
        """By how much it is over the budget; below 0: what is left."""
        return None if self.budget is None else self.total - self.budget


class ByMethod(NamedTuple):
    """The same n, shared out otherwise. `fits`: whether it can be at all."""

    method: Method
    fits: bool
    half_width: Decimal | None = None
    total_fen: int | None = None


class Wish(NamedTuple):
    """How many it takes for an interval of ± `half_width`, and what they cost beside those asked."""

    half_width: Decimal
    n: int
    more_fen: int
    over_fen: int | None


class Affordable(NamedTuple):
    """How many the budget buys; 0: not even the fewest that the plan allows."""

    n: int
    half_width: Decimal | None


class Outcome(NamedTuple):
    """`design` is the one that was asked, with S where it came of what is known."""

    design: Design
    rows: list[Expected]
    total: Expected
    money: Money
    methods: list[ByMethod]
    points: list[Point]  # of the curve; empty where there is none
    wish: Wish | None
    affordable: Affordable | None


class Market(NamedTuple):
    """What there is to draw from, by stratum: listings, and their prices as the cap lets them be."""

    sizes: Mapping[str, int]
    prices: Mapping[str, Priced]


def what_if(design: Design, market: Market, assumed: Assumed, planned: int | None = None) -> Outcome:
    """What comes of a design, of the n and the method that are asked. `planned` is the plan's own n, for the curve.

    `Invalid` names `allocation.n`, `allocation.fixed.…`, or `allocation.method` where Neyman's has no S.
    """
    return _Asking(design, market, assumed).outcome(planned or design.n or 0)


class _Asking:
    def __init__(self, design: Design, market: Market, assumed: Assumed) -> None:
        self.design, self.market, self.assumed = with_deviations(design, market.sizes, assumed), market, assumed
        if self.design.method is Method.NEYMAN and not market.sizes.keys() <= self.design.deviations.keys():
            text = _("Neyman's allocation needs the deviation S of every stratum: the plan does not have them")
            raise Invalid(FieldProblem("allocation.method", "deviation_missing", text))
        self.drawn = self.design.allocate(market.sizes)

    def outcome(self, planned: int) -> Outcome:
        rows = [self._row(stratum) for stratum in in_order(self.market.sizes, self.design)]
        money = self._money(self.drawn)
        return Outcome(
            design=self.design,
            rows=rows,
            total=self._total(rows, money),
            money=money,
            methods=[self._by(method) for method in self._compared()],
            points=self._points(planned),
            wish=self._wish(money),
            affordable=self._affordable(),
        )

    def _rate(self, stratum: str) -> Decimal:
        return self.assumed.known.get(stratum, self.assumed.rate)

    def _width(self, drawn: Mapping[str, int]) -> Decimal | None:
        if not self.assumed.is_estimate:
            return None
        found = half_width(self.market.sizes, drawn, float(self.assumed.rate), self.assumed.known)
        return None if found is None else Decimal(str(found))

    def _lot(self, stratum: str) -> Lot:
        size = self.market.sizes[stratum]
        return Lot(size, self.drawn[stratum], nonconforming_at(size, self._rate(stratum)))

    def _price(self, stratum: str) -> int | None:
        """Of a purchase there: the cap, where no listing says."""
        found = self.market.prices.get(stratum)
        return self.assumed.cap_fen if found is None or found.mean is None else found.mean

    def _tests(self, stratum: str, n: int) -> int:
        return round(n * self.assumed.fees.get(stratum, Decimal(0)))

    def _row(self, stratum: str) -> Expected:
        size, n = self.market.sizes[stratum], self.drawn[stratum]
        price, rate = self._price(stratum), self._rate(stratum)
        width = half_width({"": size}, {"": n}, float(rate)) if self.assumed.is_estimate else None
        prices = self.market.prices.get(stratum)
        return Expected(
            stratum=stratum,
            size=size,
            n=n,
            reserve=min(self.design.reserve, size - n),
            rate=rate,
            half_width=None if width is None else Decimal(str(width)),
            chance=chance_of_one([self._lot(stratum)]),
            over_cap=prices.over if prices else 0,
            purchases_fen=None if price is None and n else n * (price or 0),
            tests_fen=self._tests(stratum, n),
        )

    def _total(self, rows: list[Expected], money: Money) -> Expected:
        size = sum(row.size for row in rows)
        return Expected(
            stratum="",
            size=size,
            n=sum(row.n for row in rows),
            reserve=sum(row.reserve for row in rows),
            rate=sum((row.rate * row.size for row in rows), Decimal(0)) / (size or 1),
            half_width=self._width(self.drawn),
            chance=chance_of_one(self._lot(stratum) for stratum in self.market.sizes),
            over_cap=sum(row.over_cap for row in rows),
            purchases_fen=None if money.unpriced else money.purchases,
            tests_fen=money.tests,
        )

    def _money(self, drawn: Mapping[str, int]) -> Money:
        n, cap = sum(drawn.values()), self.assumed.cap_fen
        prices = {stratum: self._price(stratum) for stratum in drawn}
        tests = sum(self._tests(stratum, many) for stratum, many in drawn.items())
        return Money(
            purchases=cost_of(drawn, {stratum: price or 0 for stratum, price in prices.items()}),
            tests=tests,
            unpriced=tuple(stratum for stratum, price in prices.items() if price is None and drawn[stratum]),
            at_most=None if cap is None else n * cap + tests,
            budget=self.assumed.budget_fen,
        )

    def _compared(self) -> list[Method]:
        """The asked one first."""
        asked = self.design.method
        return [asked, *(method for method in COMPARED if method is not asked and self.design.n)]

    def _by(self, method: Method) -> ByMethod:
        if method is Method.NEYMAN and not self.market.sizes.keys() <= self.design.deviations.keys():
            return ByMethod(method, fits=False)
        try:
            drawn = replace(self.design, method=method).allocate(self.market.sizes)
        except Invalid:
            return ByMethod(method, fits=False)
        return ByMethod(method, True, self._width(drawn), self._money(drawn).total)

    def _points(self, planned: int) -> list[Point]:
        """From half to twice the plan's n, and what is asked with them; by the asked method."""
        n, sizes = self.design.n, self.market.sizes
        if self.design.method is Method.FIXED or not n or not self.assumed.is_estimate:
            return []
        rates = tuple(dict.fromkeys((float(self.assumed.rate), HARDEST)))
        tried = sorted({*sizes_around(planned or n, sum(sizes.values())), n})
        points = [point for each in tried if (point := at(self.design, sizes, each, rates, self.assumed.known))]
        return points if len(points) > 1 and any(point.n == n for point in points) else []

    def _wish(self, money: Money) -> Wish | None:
        asked = self.assumed.wished or next_half_point(self._width(self.drawn))
        if asked is None or not self.assumed.is_estimate:
            return None
        n = smallest_n(self.design, self.market.sizes, float(self.assumed.rate), float(asked), self.assumed.known)
        if n is None:
            return None
        then = self._money(replace(self.design, n=n).allocate(self.market.sizes))
        return Wish(asked, n, then.total - money.total, then.over)

    def _affordable(self) -> Affordable | None:
        budget, sizes = self.assumed.budget_fen, self.market.sizes
        prices = {stratum: self._price(stratum) for stratum in sizes}
        if budget is None or self.design.method is Method.FIXED or None in prices.values():
            return None
        costs = {stratum: (price or 0) + self._tests(stratum, 1) for stratum, price in prices.items()}

        def allocated(n: int) -> Mapping[str, int]:
            return replace(self.design, n=n).allocate(sizes)

        least = max(1, sum(min(self.design.min_per_stratum, size) for size in sizes.values()))
        n = n_within(budget, costs, allocated, least=least, most=sum(sizes.values()))
        return Affordable(0, None) if n is None else Affordable(n, self._width(allocated(n)))


def with_deviations(design: Design, sizes: Mapping[str, int], assumed: Assumed) -> Design:
    """With S = √(p(1 − p)) of the rate of each stratum, where the plan itself gives no S and anything is known."""
    if design.deviations or not assumed.known.keys() & sizes.keys():
        return design
    rates = {name: assumed.known.get(name, assumed.rate) for name in sizes}
    return replace(design, deviations={name: (p * (1 - p)).sqrt().quantize(PLACES) for name, p in rates.items()})


def next_half_point(width: Decimal | None) -> Decimal | None:
    """The next lower half of a percentage point: ±4.31 is wished to be ±4.0, and ±4.0 to be ±3.5. None: below that."""
    if width is None:
        return None
    steps = int(width / HALF_A_POINT)
    steps -= steps * HALF_A_POINT == width
    return steps * HALF_A_POINT if steps > 0 else None


def weeks(many: int, per_week: int) -> int:
    """Of so many a week, begun ones counted whole. `per_week` is above 0."""
    return -(-many // per_week)
