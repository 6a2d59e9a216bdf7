"""Units as laboratories spell them, and exact conversion between those that measure the same thing.

A small table of our own instead of `pint`: laboratory spellings (g/100g, CFU/25g, μg/㎏, 毫克/千克) need reading
before any library could, a unit parser that evaluates expressions is no place for uploaded text, and here mg/kg and
mL/L must *not* both shrink to "dimensionless" and become comparable.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from quality.standards.reading import UNIT_LIKE, Field, normalised, unreadable

Dimension = tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]  # above the stroke, below it; not cancelled


class Unit(NamedTuple):
    """`factor` times the coherent unit of its `dimension`. One that the table does not know equals only itself."""

    text: str
    factor: Fraction
    dimension: Dimension | str
    basis: str = ""  # as what the amount is expressed: 以Pb计

    @property
    def is_known(self) -> bool:
        return not isinstance(self.dimension, str)

    def equals(self, other: Unit) -> bool:
        return (self.factor, self.dimension) == (other.factor, other.dimension) and not self.clashes(other)

    def clashes(self, other: Unit) -> bool:
        """Whether the basis is another. An element may be named on one side, dry matter and fat must be on both."""
        if self.basis == other.basis:
            return False
        return bool(self.basis and other.basis) or bool(OF_A_PART.search(self.basis or other.basis))


class Symbol(NamedTuple):
    factor: Fraction
    above: Counter[str]
    below: Counter[str]


def _scaled(stem: str, prefixes: str, dimension: str, power: int = 1, unit: str = "1") -> dict[str, Symbol]:
    """The symbol `stem` with each prefix of the list; `-` stands for none."""
    sizes = {"-": 0, "M": 6, "k": 3, "d": -1, "c": -2, "m": -3, "μ": -6, "u": -6, "n": -9, "p": -12}
    return {
        prefix.strip("-") + stem: Symbol(
            Fraction(unit) * Fraction(10) ** sizes[prefix], Counter({dimension: power}), Counter()
        )
        for prefix in prefixes
    }


def _share(factor: str) -> Symbol:
    """A share by mass: what food, toy and textile limits mean by %, ‰, ppm and ppb."""
    return Symbol(Fraction(factor), Counter({"mass": 1}), Counter({"mass": 1}))


def _pressure(prefix_and_factor: tuple[str, int]) -> tuple[str, Symbol]:
    prefix, factor = prefix_and_factor
    return prefix + "Pa", Symbol(Fraction(factor), Counter({"force": 1}), Counter({"length": 2}))


# fmt: off
# Spelt the same but for the case, these differ: they are read only as they stand.
CASE_MATTERS = {
    **_scaled("G", "k", "flux density"),
    **dict(map(_pressure, [("M", 10**6)])),
    **_scaled("Ω", "Mm", "resistance"),
}
ANY_CASE = {
    **_scaled("g", "k-mμunp", "mass", unit="1/1000"),
    "t": Symbol(Fraction(1000), Counter({"mass": 1}), Counter()),
    **_scaled("L", "-dcmμu", "length", power=3, unit="1/1000"),
    **_scaled("m", "-dcmμun", "length"),
    **_scaled("s", "-m", "time"),
    **_scaled("min", "-", "time", unit="60"),
    **_scaled("h", "-", "time", unit="3600"),
    **_scaled("d", "-", "time", unit="86400"),
    **_scaled("J", "k-", "energy"),
    **_scaled("cal", "k-", "energy", unit="4.184"),
    **_scaled("mol", "-mμu", "amount"),
    **_scaled("eq", "-m", "charge amount"),
    **_scaled("N", "k-c", "force"),
    **dict(map(_pressure, [("", 1), ("k", 10**3)])),
    **_scaled("V", "k-m", "voltage"),
    **_scaled("A", "-mμu", "current"),
    **_scaled("W", "k-m", "power"),
    **_scaled("Ω", "k-", "resistance"),
    **_scaled("Hz", "k-", "frequency"),
    **_scaled("Bq", "k-m", "activity"),
    **_scaled("IU", "-", "biological activity"),
    **_scaled("CFU", "-", "colonies"),
    **_scaled("MPN", "-", "most probable number"),
    **_scaled("dB", "-", "level"),
    **_scaled("°C", "-", "temperature"),
    **_scaled("个", "-", "pieces"),
    **_scaled("次", "-", "times"),
    **_scaled("级", "-", "grade"),
    "%": _share("1/100"), "‰": _share("1/1000"), "ppm": _share("1/1000000"), "ppb": _share("1/1000000000"),
}
CHINESE = {
    "毫克": "mg", "微克": "μg", "纳克": "ng", "千克": "kg", "公斤": "kg", "克": "g",
    "毫升": "mL", "微升": "μL", "升": "L",
    "毫米": "mm", "厘米": "cm", "微米": "μm", "米": "m",
    "千焦": "kJ", "千卡": "kcal", "摄氏度": "°C", "小时": "h", "分钟": "min", "秒": "s",
}
# fmt: on
BASIS = re.compile(r"\s*\(((?:以|按)[^()]{1,20}?计)\)")
OF_A_PART = re.compile("[干湿鲜脂固]")  # 以干重计, 以脂肪计: another figure than of the whole
BY_MASS = re.compile(r"%\s*\((?:[wm]/[wm]|质量分数|质量比)\)", re.IGNORECASE)
LONGEST_UNIT = 40  # characters
EXACT = ANY_CASE | CASE_MATTERS
FOLDED = {symbol.casefold(): meaning for symbol, meaning in ANY_CASE.items()}
TERM = re.compile(r"([1-9][0-9]{0,5})?([^0-9^\-]+)(?:\^?(-?[1-9]))?")


@lru_cache(maxsize=4096)  # a laboratory uses a few dozen
def read_unit(text: str, field: Field = Field.UNIT) -> Unit | None:
    """The unit, or None where none is written. A spelling that the table does not know is a unit of its own."""
    plain = normalised(text, field)
    if plain in {"", "/", "-", "--", "~", "无", "无量纲"}:
        return None
    if len(plain) > LONGEST_UNIT:
        raise unreadable(field, plain)
    found = BASIS.search(plain)
    basis, bare = (found[1], BASIS.sub("", plain).strip()) if found else ("", plain)
    spelt = BY_MASS.sub("%", bare or plain)
    for name, symbol in CHINESE.items():
        spelt = spelt.replace(name, symbol)
    spelt = re.sub(r"\s*/\s*|(?<=[0-9])\s+(?=\D)", lambda gap: gap[0].strip(), spelt)
    spelt = spelt.replace("(", "").replace(")", "").strip()
    if read := _parsed(spelt, EXACT) or _parsed(spelt.casefold(), FOLDED):
        return Unit(plain, *read, basis)
    if not UNIT_LIKE.fullmatch(plain):
        raise unreadable(field, plain)
    return Unit(plain, Fraction(1), re.sub(r"[\s^]", "", bare or plain).casefold(), basis)


def converted(number: Fraction, source: Unit, target: Unit) -> Fraction | None:
    """The same quantity in another unit, exactly; None if the two do not measure the same thing."""
    if source.dimension != target.dimension or source.clashes(target):
        return None
    return number * source.factor / target.factor


def _parsed(spelt: str, symbols: dict[str, Symbol]) -> tuple[Fraction, Dimension] | None:
    factor, above, below = Fraction(1), Counter[str](), Counter[str]()
    numerator, *denominators = spelt.split("/")
    for place, part in enumerate([numerator, *denominators]):
        terms = re.split(r"[·*\s]+", part)
        if terms == [""] and place == 0 and denominators:
            continue  # "/25g": so many in 25 g
        for term in terms:
            for times, symbol, power in _factors(term):
                if symbol not in symbols:
                    return None
                meaning, exponent = symbols[symbol], power if place == 0 else -power
                factor *= (Fraction(times) ** (1 if place == 0 else -1)) * meaning.factor**exponent
                over, under = (above, below) if exponent > 0 else (below, above)
                over.update({name: count * abs(exponent) for name, count in meaning.above.items()})
                under.update({name: count * abs(exponent) for name, count in meaning.below.items()})
    return factor, (tuple(sorted(above.items())), tuple(sorted(below.items())))


def _factors(term: str) -> list[tuple[int, str, int]]:
    """`100g` → 100 g; `kG2mm2` → kG², mm². Symbols run together only behind an exponent; else nothing is known."""
    found = list(TERM.finditer(term))
    whole = bool(found) and "".join(match[0] for match in found) == term
    if not whole or any(match[3] is None for match in found[:-1]) or any(match[1] for match in found[1:]):
        return [(1, "", 1)]
    return [(int(match[1] or 1), match[2], int(match[3] or 1)) for match in found]
