"""Test results as rows of the look: what was found, the limit, the bar between, and the verdict that was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from quality.core.words import Text, _
from quality.lab.entries import item_key
from quality.pages.plots import Bar, bar_of
from quality.pages.words import Tone, word
from quality.standards.judgement import judge

TONES = {
    "pass": Tone.OK,
    "conditional_pass": Tone.WARN,
    "conditional_fail": Tone.BAD,
    "fail": Tone.BAD,
    "undecided": Tone.WARN,
    "conforming": Tone.OK,
    "nonconforming": Tone.BAD,
}
TAKEDOWNS = {  # of all listings of a result, by the least settled of them
    "not_asked": Tone.IDLE,
    "asked": Tone.LIVE,
    "claimed": Tone.SAID,
    "verified": Tone.SEEN,
    "excused": Tone.VOID,
}
PARTS = ("item", "value", "unit", "uncertainty", "lod", "loq", "method", "limit", "rule", "verdict")


class Row(NamedTuple):
    item: str
    method: str
    value: str
    unit: str
    uncertainty: str
    limit: str
    tone: Tone
    verdict: Text
    reason: Text
    bar: Bar | None
    aria: Text


class Pair(NamedTuple):
    """One item as both laboratories found it. None where one of them did not test it."""

    item: str
    limit: str
    first: Row | None
    second: Row | None


def side_by_side(first: Sequence[Row], second: Sequence[Row]) -> list[Pair]:
    """What was tested again comes first."""
    before, again = ({item_key(row.item): row for row in rows} for rows in (first, second))
    return [
        Pair(either.item, either.limit, before.get(key), again.get(key))
        for key, either in (again | before | again).items()
    ]


def row_of(result: Any) -> Row:
    """From a `TestResult`, or from an item of a frozen copy, which has the same names."""
    read = result.get if isinstance(result, Mapping) else lambda name: getattr(result, name, "")
    said = {name: str(read(name) or "") for name in PARTS}
    rule = said["rule"] or "simple"
    again = judge(
        said["value"],
        said["unit"],
        said["limit"],
        uncertainty=said["uncertainty"],
        lod=said["lod"],
        loq=said["loq"],
        rule=rule,
    )  # for the bar and the words only: the verdict is the one on record
    verdict = word("verdict", said["verdict"])
    return Row(
        item=said["item"],
        method=said["method"],
        value=said["value"],
        unit=said["unit"],
        uncertainty=said["uncertainty"].lstrip("±"),
        limit=said["limit"],
        tone=TONES.get(said["verdict"], Tone.IDLE),
        verdict=verdict,
        reason=again.reason.text,
        bar=bar_of(again, rule),
        aria=_(
            "Found %(value)s %(unit)s, limit %(limit)s: %(verdict)s",
            value=said["value"],
            unit=said["unit"],
            limit=said["limit"],
            verdict=verdict,
        ),
    )
