"""The design of a draw: strata, allocation and reserve, read from JSON with every bad field named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quality.campaigns.allocation import Method, allocate
from quality.campaigns.costs import by_cost
from quality.campaigns.frame.bands import Band, Bands, Reads
from quality.campaigns.numbers import First, Numbers
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _

# bounded, because an exact 1e999999999 would fill the memory
DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
MOST_DIGITS = 15  # of a count; more is a slip of the finger, and no number that every program reads alike
FIELDS = ("strata", "bands", "allocation", "size", "numbers", "reserve")
BAND_FIELDS = ("column", "edges")
SIZE_FIELDS = ("column",)
NUMBERS_FIELDS = ("seed", "below", "first")
ALLOCATION_FIELDS = ("method", "n", "S", "cost", "fixed", "min_per_stratum")


@dataclass(frozen=True, kw_only=True)
class Design:
    """How a frame is drawn. Frozen and hashed before the seed exists; without strata the frame is one stratum."""

    strata: tuple[str, ...]
    method: Method
    n: int | None = None
    deviations: Mapping[str, Decimal] = field(default_factory=dict)  # S of the Neyman method, by stratum
    costs: Mapping[str, Decimal] = field(default_factory=dict)  # of one purchase, by stratum; in any unit
    fixed: Mapping[str, int] = field(default_factory=dict)
    min_per_stratum: int = 0
    reserve: int = 0
    bands: Bands = ()  # of the strata columns that are made of a number
    size: str = ""  # the column by which chances are unequal; "": all of a stratum have the same
    numbers: Numbers | None = None  # what an earlier campaign drew comes last, or first

    @property
    def columns(self) -> tuple[str, ...]:
        """The strata columns that a frame must have filled in every row; that of a band may be empty."""
        return tuple(column for column in self.strata if column not in dict(self.bands))

    @property
    def reads(self) -> Reads:
        return Reads(self.strata, self.bands, self.size)

    def allocate(self, sizes: Mapping[str, int]) -> dict[str, int]:
        deviations = {name: Fraction(s) for name, s in self.deviations.items()}
        costs = {name: Fraction(cost) for name, cost in self.costs.items()}
        return allocate(
            sizes,
            method=self.method,
            n=self.n or 0,
            deviations=by_cost(deviations, costs) if self.method is Method.NEYMAN else {},
            fixed=self.fixed,
            min_per_stratum=self.min_per_stratum,
        )

    def below_minimum(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The strata that have fewer listings than the minimum, and how many: they are taken whole."""
        low = 0 if self.method is Method.FIXED else self.min_per_stratum
        return {name: size for name, size in sizes.items() if size < low}

    def canonical_json(self) -> str:
        """The one way to write this design: sorted keys, no blanks, defaults filled in, S as decimal text.

        A field that is added to these stands in it only where it is used, so that no hash of before changes
        (docs/decisions/0050-a-design-grows.md).
        """
        allocation: dict[str, Any] = {
            "method": self.method.value,
            "n": self.n,
            "S": {name: _plain(s) for name, s in self.deviations.items()},
            "fixed": dict(self.fixed),
            "min_per_stratum": self.min_per_stratum,
        }
        if self.costs:
            allocation["cost"] = {name: _plain(cost) for name, cost in self.costs.items()}
        design: dict[str, Any] = {"strata": list(self.strata), "allocation": allocation, "reserve": self.reserve}
        if self.bands:
            design["bands"] = {name: {"column": band.column, "edges": list(band.edges)} for name, band in self.bands}
        if self.size:
            design["size"] = {"column": self.size}
        if self.numbers:
            below = {name: _plain(bound) for name, bound in self.numbers.below}
            design["numbers"] = {"seed": self.numbers.seed, "below": below, "first": self.numbers.first.value}
        return json.dumps(design, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def design_hash(design: Design) -> str:
    """Hex sha256 of the canonical JSON in UTF-8: what is published before the seed exists."""
    return hashlib.sha256(design.canonical_json().encode()).hexdigest()


def parse_design(text: str | bytes) -> Design:
    """A design from JSON, or `Invalid` with every bad field by its name (`allocation.n`)."""
    try:
        given = json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_Number,
            object_pairs_hook=_without_doubles,
        )
        json.dumps(given, ensure_ascii=False).encode()  # half a character, as in "\\ud800", has no hash
    except (ValueError, RecursionError) as problem:
        raise Invalid(
            FieldProblem("design", "not_json", _("Write the design as JSON in UTF-8: %(why)s", why=str(problem)))
        ) from None
    return _Reading().design(given)


class _Number(str):
    """A number as it stands in the JSON, so that nothing is lost before we look at it."""

    __slots__ = ()


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _value in pairs}) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _or_empty(given: object) -> object:
    return {} if given is None else given


class _Reading:
    """Collects what is wrong while it reads, so that one answer names it all."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def design(self, given: object) -> Design:
        top = self._object("design", given, FIELDS)
        allocation = self._object("allocation", top.get("allocation"), ALLOCATION_FIELDS)
        method = self._method(allocation.get("method"))
        n = allocation.get("n")
        if n is None and method is not Method.FIXED:
            self._wrong("allocation.n", "missing", _("Say how many listings to draw"))
        read: dict[str, Any] = {
            "strata": self._strata(top.get("strata")),
            "n": None if n is None else self._count("allocation.n", n),
            "deviations": self._decimals("allocation.S", allocation.get("S")),
            "costs": self._decimals("allocation.cost", allocation.get("cost")),
            "fixed": {
                name: self._count(f"allocation.fixed.{name}", count)
                for name, count in self._object("allocation.fixed", _or_empty(allocation.get("fixed"))).items()
            },
            "min_per_stratum": self._count("allocation.min_per_stratum", allocation.get("min_per_stratum")),
            "reserve": self._count("reserve", top.get("reserve")),
        }
        read["bands"] = self._bands(top.get("bands"), read["strata"])
        read["size"] = self._size(top.get("size"), read["strata"])
        read["numbers"] = self._numbers(top.get("numbers"))
        if read["size"] and read["numbers"]:
            said = _("Draw either by size or by permanent numbers: with both no chance would be what it says")
            self._wrong("numbers", "not_with_size", said)
        if method is Method.FIXED and allocation.get("fixed") is None:
            self._wrong("allocation.fixed", "missing", _("Say how many listings to draw in each stratum"))
        if self.problems or method is None:
            raise Invalid(*self.problems)
        return Design(method=method, **read)

    def _wrong(self, where: str, code: str, text: Text) -> None:
        self.problems.append(FieldProblem(where, code, text))

    def _object(self, where: str, given: object, known: tuple[str, ...] | None = None) -> dict[str, Any]:
        if not isinstance(given, dict):
            self._wrong(where, "not_an_object", _("Write %(field)s as a JSON object", field=where))
            return {}
        for name in sorted(given.keys() - known) if known else ():
            self._wrong(
                name if where == "design" else f"{where}.{name}",
                "unknown_field",
                _("Remove the field %(field)s: a design has none of that name", field=name),
            )
        return given

    def _method(self, given: object) -> Method | None:
        if isinstance(given, str) and given in list(Method):
            return Method(given)
        self._wrong(
            "allocation.method",
            "unknown_method",
            _("Choose a method of allocation: %(methods)s", methods=", ".join(Method)),
        )
        return None

    def _strata(self, given: object) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(type(name) is str and name for name in given):
            self._wrong("strata", "not_a_list", _("List the columns that make the strata by their names"))
            return ()
        if len(set(given)) < len(given) or "listing_id" in given:
            self._wrong("strata", "doubled", _("Name each column of the strata once, and not listing_id"))
        return tuple(given)

    def _bands(self, given: object, strata: tuple[str, ...]) -> Bands:
        found = []
        for name, said in sorted(self._object("bands", _or_empty(given)).items()):
            band = self._object(f"bands.{name}", said, BAND_FIELDS)
            column, edges = band.get("column"), band.get("edges")
            if type(column) is not str or not column or column in (name, "listing_id"):
                self._wrong(f"bands.{name}.column", "missing", _("Name the column of the number, by another name"))
            if name not in strata:
                self._wrong(f"bands.{name}", "not_a_stratum", _("Name the band %(name)s among the strata", name=name))
            read = [self._count(f"bands.{name}.edges", edge) for edge in edges] if isinstance(edges, list) else []
            if not read or read != sorted(set(read)) or read[0] < 1:
                rising = _("List the edges of the band: whole numbers above 0, rising")
                self._wrong(f"bands.{name}.edges", "not_rising", rising)
            else:
                found.append((name, Band(str(column), tuple(read))))
        return tuple(found)

    def _size(self, given: object, strata: tuple[str, ...]) -> str:
        if given is None:
            return ""
        column = self._object("size", given, SIZE_FIELDS).get("column")
        if type(column) is not str or not column or column in ("listing_id", *strata):
            said = _("Name the column of the size: not listing_id, and none of the strata")
            self._wrong("size.column", "missing", said)
            return ""
        return column

    def _numbers(self, given: object) -> Numbers | None:
        if given is None:
            return None
        read = self._object("numbers", given, NUMBERS_FIELDS)
        seed, first = read.get("seed"), read.get("first")
        below = self._decimals("numbers.below", read.get("below"))
        if type(seed) is not str or not seed:
            self._wrong("numbers.seed", "missing", _("Give the seed of the earlier campaign"))
        if first not in list(First):
            said = _("Say which part comes first: %(parts)s", parts=", ".join(First))
            self._wrong("numbers.first", "unknown_part", said)
        for name, bound in below.items():
            if not 0 < bound < 1:
                said = _("Write a share above 0 and below 1")
                self._wrong(f"numbers.below.{name}", "not_a_share", said)
        if not below:
            self._wrong("numbers.below", "missing", _("Say for one stratum at least how far the earlier campaign drew"))
        return Numbers(str(seed), tuple(sorted(below.items())), First(first) if first in list(First) else First.ABOVE)

    def _count(self, where: str, given: object) -> int:
        if given is None:
            return 0
        if not isinstance(given, _Number) or not re.fullmatch(r"[0-9]+", given):
            self._wrong(where, "not_a_count", _("Write %(field)s as a whole number from 0", field=where))
            return 0
        if len(given) > MOST_DIGITS:
            most = f"{10**MOST_DIGITS:,}"
            self._wrong(where, "not_a_count", _("Write %(field)s as less than %(most)s", field=where, most=most))
            return 0
        return int(given)

    def _decimals(self, where: str, given: object) -> dict[str, Decimal]:
        numbers = self._object(where, _or_empty(given))
        return {name: self._decimal(f"{where}.{name}", number) for name, number in numbers.items()}

    def _decimal(self, where: str, given: object) -> Decimal:
        if isinstance(given, str) and DECIMAL.fullmatch(given):
            return Decimal(str(given))
        self._wrong(where, "not_a_number", _("Write %(field)s as a decimal number from 0", field=where))
        return Decimal(0)
