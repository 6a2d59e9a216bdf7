"""Whether a laboratory may test an item by a method on a day, and if not why: by its certificates. Pure.

Who tests for an authority needs a CMA certificate for it; CNAS alone does not do.
Source: 检验检测机构资质认定管理办法 (2021), Arts. 5 and 8 (data with the force of proof); RB/T 214-2017, 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from quality.competence.models import Accreditation
from quality.core.words import Text, _, made_of, sentence
from quality.standards.names import item_key, method_key

BETWEEN = re.compile(r"[;,、\n]|,")  # of several methods in one cell, once they are normal
GOES_ON = re.compile(r"[0-9.\-]")  # what makes another number of a standard's number


class Code(StrEnum):
    """From the best to the worst: of several certificates, the one that comes nearest is named."""

    IN_SCOPE = "in_scope"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    NOT_YET_VALID = "not_yet_valid"
    METHOD_DIFFERS = "method_differs"
    NO_METHOD = "no_method"
    OTHER_CATEGORY = "other_category"
    ITEM_NOT_IN_SCOPE = "item_not_in_scope"
    ONLY_CNAS = "only_cnas"
    NOT_RECORDED = "not_recorded"


# fmt: off
SAYS: dict[Code, Text] = {
    Code.IN_SCOPE: _("In the scope of %(certificate)s, valid until %(until)s"),
    Code.SUSPENDED: _("%(certificate)s was suspended on %(until)s and did not count on %(day)s"),
    Code.EXPIRED: _("%(certificate)s expired on %(until)s, before %(day)s"),
    Code.REPLACED: _("%(certificate)s was superseded from %(until)s, and its successor does not cover it"),
    Code.WITHDRAWN: _("%(certificate)s was withdrawn from %(until)s and did not count on %(day)s"),
    Code.NOT_YET_VALID: _("%(certificate)s counts from %(until)s only, after %(day)s"),
    Code.METHOD_DIFFERS: _("Tested by %(method)s; the scope of %(certificate)s names %(methods)s"),
    Code.NO_METHOD: _("No method is named; the scope of %(certificate)s names %(methods)s"),
    Code.OTHER_CATEGORY: _("%(certificate)s covers it for other products only: %(category)s"),
    Code.ITEM_NOT_IN_SCOPE: _("Not in the scope of %(certificate)s"),
    Code.ONLY_CNAS: _("Only CNAS is recorded (%(certificate)s); testing for an authority takes a CMA certificate"),
    Code.NOT_RECORDED: _("No certificate of this laboratory is recorded"),
}
# fmt: on

NOT_OUTSIDE = {Code.IN_SCOPE, Code.NOT_RECORDED}  # of a laboratory without certificates nothing is known
RANK = {code: place for place, code in enumerate(Code)}


class Covered(NamedTuple):
    """A line of a scope. What is empty limits nothing."""

    item: str
    method: str = ""
    category: str = ""


class Held(NamedTuple):
    """A certificate with what it covers. Every day is one in Beijing; `until` counts, the others are first days."""

    number: str  # ours
    certificate_no: str
    kind: Accreditation
    since: date
    until: date
    lines: Sequence[Covered]
    suspended: Sequence[tuple[date, date | None]] = ()  # from, and counting again from
    replaced_on: date | None = None
    ended_on: date | None = None


class Asked(NamedTuple):
    """One item of a report, or of a test order."""

    item: str
    method: str
    category: str


class Standing(NamedTuple):
    """The answer about one item. `facts` fill in its sentence: certificate, day, method."""

    item: str
    code: Code
    facts: dict[str, str]

    @property
    def is_covered(self) -> bool:
        return self.code is Code.IN_SCOPE

    @property
    def text(self) -> Text:
        return sentence(made_of(SAYS[self.code])[0], dict(self.facts))


def standings(asked: Iterable[Asked], held: Sequence[Held], days: Sequence[date]) -> list[Standing]:
    """Of each item, on the day among `days` on which it stands worst."""
    return [max((standing(each, held, day) for day in days), key=lambda found: RANK[found.code]) for each in asked]


def standing(asked: Asked, held: Sequence[Held], on: date) -> Standing:
    day = on.isoformat()
    if not held:
        return Standing(asked.item, Code.NOT_RECORDED, {})
    counting = [each for each in held if each.kind is Accreditation.CMA]
    if not counting:
        numbers = "、".join(each.certificate_no for each in held)
        return Standing(asked.item, Code.ONLY_CNAS, {"certificate": numbers})
    found = []
    for each in counting:
        scope, facts = scope_of(asked, each.lines)
        when, until = validity(each, on)
        code = scope or when or Code.IN_SCOPE
        facts = {"certificate": each.certificate_no, "number": each.number, "day": day, "until": until} | facts
        found.append(((RANK[code], bool(when)), Standing(asked.item, code, facts)))
    return min(found, key=lambda each: each[0])[1]


def validity(held: Held, on: date) -> tuple[Code | None, str]:
    """Why it does not count on this day, and the day from or until which that is so."""
    if on < held.since:
        return Code.NOT_YET_VALID, held.since.isoformat()
    if held.ended_on and on >= held.ended_on:
        return Code.WITHDRAWN, held.ended_on.isoformat()
    for first, again in held.suspended:
        if first <= on and (again is None or on < again):
            return Code.SUSPENDED, first.isoformat()
    if on > held.until:
        return Code.EXPIRED, held.until.isoformat()
    if held.replaced_on and on >= held.replaced_on:
        return Code.REPLACED, held.replaced_on.isoformat()
    return None, held.until.isoformat()


def scope_of(asked: Asked, lines: Sequence[Covered]) -> tuple[Code | None, dict[str, str]]:
    """Why these lines do not cover it; the nearest of them says so."""
    key = item_key(asked.item)
    named = [each for each in lines if item_key(each.item) == key]
    if not named:
        return Code.ITEM_NOT_IN_SCOPE, {}
    of_it = [each for each in named if not each.category or item_key(each.category) == item_key(asked.category)]
    if not of_it:
        return Code.OTHER_CATEGORY, {"category": listed(each.category for each in named)}
    if any(is_by(asked.method, each.method) for each in of_it):
        return None, {}
    facts = {"method": asked.method, "methods": listed(each.method for each in of_it)}
    return (Code.METHOD_DIFFERS if asked.method.strip() else Code.NO_METHOD), facts


def is_by(method: str, covered: str) -> bool:
    """Whether a method is one of those that a line names: `GB 5009.229-2016 第一法` is by `GB 5009.229—2016`."""
    if not covered.strip():
        return True
    used = method_key(method)
    for each in BETWEEN.split(method_key(covered)):
        if each and used.startswith(each) and not GOES_ON.match(used[len(each) :]):
            return True
    return False


def listed(names: Iterable[str]) -> str:
    return "；".join(dict.fromkeys(each for each in names if each))
