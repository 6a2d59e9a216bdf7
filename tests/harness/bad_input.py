"""What is typed that no form wants, and which form meets which of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tests.harness.reading import Page

BAD = {
    "long": "名" * 300,
    "very long": "x" * 5_000,
    "emoji": "👩🏽‍🔬💥",
    "turned": "abc\u202edef",
    "marked": "\u200fشعار",
    "nul": "a\x00b",
    "half a pair": "a\ufffdb",
    "wide": "１２３",
    "three decimals": "12.345",
    "no number": "Infinity",
    "not a number": "NaN",
    "far away": "2062-01-01T00:00",
    "no date": "99999-13-45",
    "nothing": "",
    "markup": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE event; --",
}
ASK_POSTGRESQL = ["long", "very long", "turned", "nul", "half a pair", "far away"]  # it refuses what SQLite takes

# Each field says for itself how much it takes, whether it may be empty, what its number or moment must be, and
# PostgreSQL takes no NUL: of these, every form meets each that it has a field for.
OF_EVERY_FORM = ("nothing",)
OF_WORDS = ("long", "very long", "nul", "no number", "not a number")
OF_MOMENTS = ("far away", "no date")
# All words are read by the same few readers: of these, every form meets some in turn, and every kind of field all.
IN_TURN = (("emoji", "turned", "marked", "half a pair", "markup", "SQL"), 2), (("wide", "three decimals"), 1)
MOMENTS = {"date", "datetime-local"}
WORDS = {"text", "textarea", "search", "email", "tel", "url", "number", "password"}


class Field(NamedTuple):
    """A control of a form, without its page."""

    name: str
    type: str
    mode: str  # which keyboard it asks for
    values: Sequence[str]
    offered: Sequence[str]


def fields(page: Page, address: str) -> list[Field]:
    return [
        Field(each.name, each.type, each.element.get("inputmode", ""), each.values, each.offered)
        for each in page.controls(address)
    ]


def proposed(form: Sequence[Field]) -> dict[str, list[str]]:
    """What a browser would send of it, without its files."""
    found: dict[str, list[str]] = {}
    for each in form:
        if each.type not in {"file", "submit"}:
            found.setdefault(each.name, []).extend(each.values)
    return found


def typed_into(form: Sequence[Field]) -> set[tuple[str, str]]:
    """Its kinds of fields that something can be typed into."""
    return {(each.type, each.mode) for each in form if each.type in WORDS | MOMENTS}


def spread(forms: Sequence[Sequence[Field]]) -> list[set[str]]:
    """For each form what it meets, by the names in `BAD`. The same forms in the same order meet the same."""
    met: list[set[str]] = []
    turns, seen = Counter[tuple[str, ...]](), set[tuple[tuple[str, str], str]]()
    for form in forms:
        kinds = typed_into(form)
        types = {kind for kind, _mode in kinds}
        meets = {*OF_EVERY_FORM, *(OF_WORDS if types & WORDS else ()), *(OF_MOMENTS if types & MOMENTS else ())}
        for names, many in IN_TURN if types & WORDS else ():
            meets |= {names[(turns[names] + place) % len(names)] for place in range(many)}
            turns[names] += many
        meets |= {name for name in BAD if any((kind, name) not in seen for kind in kinds)}
        seen |= {(kind, name) for kind in kinds for name in meets}
        met.append(meets)
    return met
