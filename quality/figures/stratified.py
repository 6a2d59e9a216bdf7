"""A rate of a whole frame from a sample by strata, with finite population correction; and the interval we publish.

Sources. Estimate, weights N_h/n_h and standard error: W. G. Cochran, "Sampling Techniques", 3rd ed. (1977), eq. 5.1 and
5.7 with 3.8. Units that could not be bought or tested, as nonresponse within their stratum: ibid. 13.6; C.-E. Särndal,
B. Swensson, J. Wretman, "Model Assisted Survey Sampling" (1992), 15.6. Units that turn out not to belong to what is
sampled: the rate of a domain whose size is not known, Cochran 5A.14; Särndal, Swensson, Wretman 5.8; what its weights
add to the interval is added in squares, as R. G. Newcombe, "Interval estimation for the difference between independent
proportions", Statistics in Medicine 17 (1998) 873–890, has it. The interval: E. B. Wilson's principle
(`rates.py`) for a sum over strata, as X. Yan, X. G. Su, "Stratified Wilson and Newcombe confidence intervals for
multiple binomial proportions", Statistics in Biopharmaceutical Research 2 (2010) 329–335, have it, with two
differences: each end is taken with the variance that would hold there (theirs with the variance at the estimate, which
has no answer where nothing was found), and an effective size in place of n_h. Why, and what it covers:
docs/decisions/0051-the-interval-we-publish.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from quality.figures.rates import NORMAL_95, PLACES, Estimate, Interval, score_interval, score_limit

FEWEST = 2  # of a stratum that is not taken whole; one alone says nothing of how its units differ
CLOSE = Decimal("1e-12")  # of the share of z below which no interval changes
ROUNDS = 200  # three to ten are needed


class Stratum(NamedTuple):
    """`hits` of `of` tested, out of `size` in the frame. Of a plan, `hits` is what is expected, whole or not.

    `out` were looked at beside those tested, and found not to belong to what is sampled.
    """

    size: int
    of: int
    hits: Decimal | int
    out: int = 0

    @property
    def seen(self) -> int:
        """Of which it is known whether they belong: n_h."""
        return self.of + self.out

    @property
    def weight(self) -> Decimal:
        """So many of the frame each tested one stands for: N_h/n_h, those of which nothing is known shared out."""
        return Decimal(self.size) / self.seen

    @property
    def in_scope(self) -> Decimal:
        """How many of it belong to what is sampled: all, or as many as of those that were seen."""
        return Decimal(self.size) * self.of / self.seen if self.out else Decimal(self.size)

    @property
    def is_whole(self) -> bool:
        return self.seen == self.size

    @property
    def says_too_little(self) -> bool:
        """Fewer than two tested, unless that is all of it, or two and more were seen and none belongs."""
        is_empty = not self.of and self.out >= FEWEST
        return self.of < FEWEST and not self.is_whole and not is_empty


class _Part(NamedTuple):
    """Strata that are alike and not taken whole, `times` of them, each with `weight` of what belongs."""

    weight: Decimal
    share: Decimal
    effective: Decimal
    times: int


class Group(NamedTuple):
    """Strata that stand together for `weight` of the whole, whatever their sizes are: a category of a platform."""

    weight: Decimal | int
    strata: tuple[Stratum, ...]


Weighed = Mapping[tuple[Stratum, Decimal], int]  # a stratum and its part of the whole; how often there is one so alike


def stratified(strata: Iterable[Stratum], z: Decimal = NORMAL_95) -> Estimate | None:
    """The rate of all in the frame that belongs to what is sampled. `strata` are all that it has; `of` counts those
    tested, not those drawn.

    None where a stratum has fewer than two tested, unless that is all of it: nothing says how its units differ.
    """
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        weighed = _by_size(_counted(strata))
        return _estimated(weighed, _of_scope(weighed), z)


def standardised(groups: Iterable[Group], z: Decimal = NORMAL_95) -> Estimate | None:
    """The rate that there would be if each group had its part of the whole: Σ w_g p_g / Σ w_g, p_g as `stratified`.

    Direct standardisation (J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd ed.
    (2003), 19.2): two platforms of which one sells more of what fails more often are so compared at the same mix. A
    group of weight 0 counts for nothing. None where there is no other, and where `stratified` of one has no answer.
    """
    weighed = [group for group in groups if group.weight]
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        whole, counted = sum(Decimal(group.weight) for group in weighed), Counter[tuple[Stratum, Decimal]]()
        scope = Decimal(0)
        for group in weighed:
            own = _by_size(_counted(group.strata))
            if not own:
                return None
            scope += _of_scope(own) * (Decimal(group.weight) / whole) ** 2
            for (stratum, part), times in own.items():
                counted[stratum, part * group.weight / whole] += times
        return _estimated(counted, scope, z)


def _estimated(weighed: Weighed, scope: Decimal, z: Decimal) -> Estimate | None:
    """`scope` is the variance that comes of not knowing how much of each stratum belongs."""
    if not weighed:
        return None
    parts = _parts(weighed)
    known = sum((times * part * s.hits / s.of for (s, part), times in weighed.items() if s.is_whole), Decimal(0))
    value = _value(weighed)
    low, high = (known + _end(parts, z, is_high=is_high) for is_high in (False, True))
    if scope:
        low = value - ((value - low) ** 2 + z * z * scope).sqrt()
        high = value + ((high - value) ** 2 + z * z * scope).sqrt()
    return Estimate(
        value,
        (_variance(weighed) + scope).sqrt(),
        Interval(max(min(low, value), Decimal(0)), min(max(high, value), Decimal(1))),
        sum(stratum.of * times for (stratum, _part), times in weighed.items()),
        _effective(parts),
    )


def _value(weighed: Weighed) -> Decimal:
    return sum((times * part * stratum.hits / stratum.of for (stratum, part), times in weighed.items()), Decimal(0))


def expected(plan: Iterable[tuple[int, int]], rate: Decimal, z: Decimal = NORMAL_95) -> Interval | None:
    """The interval to expect of strata (their size, to be tested of it) that all have the same rate. None as above.

    Wilson's with the effective size of the design: what `stratified` gives for such strata, or within a few percent of
    its width where some strata weigh much and others are drawn from much, at a small part of the time.
    """
    if not 0 <= rate <= 1:
        raise ValueError(str(rate))
    counted = _counted(Stratum(size, of, 0) for size, of in plan)
    if not counted:
        return None
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        effective = _effective(_parts(_by_size(counted)))
        return Interval(rate, rate) if effective is None else score_interval(rate, effective, z)


def weights(tested: Mapping[str, tuple[int, int]]) -> dict[str, Decimal | None]:
    """By stratum (its size, tested of it): what each tested unit stands for. None: the stratum has none.

    Who was never bought or tested is taken to be like those of its stratum who were; that is the whole assumption.
    """
    return {name: Stratum(size, of, 0).weight if of else None for name, (size, of) in tested.items()}


def _counted(strata: Iterable[Stratum]) -> Counter[Stratum]:
    """How often each; nothing where one of them says too little."""
    counted = Counter(strata)
    for stratum in counted:
        if not 0 <= stratum.hits <= stratum.of <= stratum.seen <= stratum.size or stratum.size < 1:
            raise ValueError(f"{stratum.hits} of {stratum.of} and {stratum.out}, of {stratum.size}")
    if any(stratum.says_too_little for stratum in counted):
        return Counter()
    return Counter({stratum: times for stratum, times in counted.items() if stratum.of})  # the others weigh nothing


def _by_size(counted: Mapping[Stratum, int]) -> Weighed:
    """Each with its part of all that belongs: N_h/N where everything does."""
    frame = sum((stratum.in_scope * times for stratum, times in counted.items()), Decimal(0))
    return {(stratum, stratum.in_scope / frame): times for stratum, times in counted.items()}


def _parts(weighed: Weighed) -> list[_Part]:
    """With the effective size of each: (n_h − 1)/(1 − n_h/N_h) · n/(n − 1), n over all that are not taken whole.

    The variance is estimated with n_h − 1 in every stratum; a simple random sample of n would be with n − 1. So one
    stratum keeps its n, and its interval is Wilson's.
    """
    n = Decimal(sum(stratum.of * times for (stratum, _part), times in weighed.items() if not stratum.is_whole))
    return [
        _Part(part, Decimal(s.hits) / s.of, (s.of - 1) * n / (n - 1) / (1 - Decimal(s.seen) / s.size), times)
        for (s, part), times in weighed.items()
        if not s.is_whole
    ]


def _variance(weighed: Weighed) -> Decimal:
    """Σ W_h² (1 − n_h/N_h) p_h(1 − p_h)/(n_h − 1). Cochran, eq. 5.7 with 3.8; W_h = N_h/N."""
    total = Decimal(0)
    for (stratum, part), times in weighed.items():
        if not stratum.is_whole:
            share = Decimal(stratum.hits) / stratum.of
            rest = 1 - Decimal(stratum.seen) / stratum.size
            total += times * part**2 * rest * share * (1 - share) / (stratum.of - 1)
    return total


def _of_scope(weighed: Weighed) -> Decimal:
    """Σ w_h² (1 − n_h/N_h) (p_h − p)² (1 − q_h)/(q_h (n_h − 1)), w_h the part of a stratum in all that belongs, q_h
    the share of those seen that do: what estimating w_h adds. 0 where all belong, or all strata have one rate.

    With `_variance` it is the Σ s²_d of Cochran 5A.14, whose deviations from p are those within p_h and the rest.
    """
    if not any(stratum.out for stratum, _part in weighed):
        return Decimal(0)
    total, value = Decimal(0), _value(weighed)
    for (stratum, part), times in weighed.items():
        if stratum.out and not stratum.is_whole:
            q, away = Decimal(stratum.of) / stratum.seen, Decimal(stratum.hits) / stratum.of - value
            rest = 1 - Decimal(stratum.seen) / stratum.size
            total += times * part**2 * rest * away**2 * (1 - q) / (q * (stratum.seen - 1))
    return total


def _end(parts: Sequence[_Part], z: Decimal, *, is_high: bool) -> Decimal:
    """One end of Σ W_h p_h over these: z of its own standard errors away from what was found.

    All strata are moved by the same t of theirs: p_h to its Wilson limit at t, which is t √(p_h(1 − p_h)/n_h) away. And
    t is such that the whole way, the sum of W_h times those, is z √(Σ W_h² p_h(1 − p_h)/n_h) at the moved p_h: so it is
    z by the root of the sum of squares, over the sum. Between z/√H (H strata alike) and z (one of them decides all).
    """
    t, moved = z, [part.share for part in parts]
    for _round in range(ROUNDS):
        moved = [score_limit(part.share, part.effective, t, is_high=is_high) for part in parts]
        ways = [part.weight * abs(p - part.share) for part, p in zip(parts, moved, strict=True)]
        way = sum((part.times * one for part, one in zip(parts, ways, strict=True)), Decimal(0))
        if not way:  # at 0 or 1 already, in every stratum
            break
        squares = sum((part.times * one * one for part, one in zip(parts, ways, strict=True)), Decimal(0))
        before, t = t, z * squares.sqrt() / way
        if abs(t - before) < CLOSE:
            break
    return sum((part.times * part.weight * p for part, p in zip(parts, moved, strict=True)), Decimal(0))


def _effective(parts: Sequence[_Part]) -> Decimal | None:
    """By the design alone: 1/Σ W_h²/n_h, as it is where every stratum has the same rate. None: all is taken whole."""
    squares = sum((part.times * part.weight**2 / part.effective for part in parts), Decimal(0))
    return 1 / squares if squares else None
