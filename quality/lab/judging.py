"""From what a laboratory wrote to a kept judgement: codes and strings, which any later program can read."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from quality.core.db import canonical
from quality.core.words import Reason, _
from quality.lab.entries import ResultEntry
from quality.lab.models import TestResult
from quality.standards.judgement import Compared, Judgement, judge
from quality.standards.queries import Source

VALUES = "\ue000"  # where they stand in a text; no unit and no standard has this sign


def judged(entry: ResultEntry | TestResult, *, limit: str, rule: str) -> Judgement:
    return judge(
        entry.value,
        entry.unit,
        limit,
        uncertainty=entry.uncertainty,
        lod=entry.lod,
        loq=entry.loq,
        rule=rule,
    )


def kept(judgement: Judgement, source: Source | None = None) -> dict[str, Any]:
    """The verdict's reason and notes as codes, every number that was compared, in one unit, and which version of which
    standard it was held against, where that is of the library.
    """
    held_against = {"standard": source.told()} if source else {}
    return held_against | {
        "reason": judgement.reason.code,
        "notes": list(dict.fromkeys(note.code for note in judgement.notes)),
        "compared": judgement.compared._asdict() if judgement.compared else None,
    }


def written(judgement: Judgement, standard: str = "") -> str:
    """`kept` as its canonical JSON; `standard` is what its source told, as JSON.

    Of the rows of a table most say the same but for the value: all but that is written once.
    """
    notes, compared = tuple(dict.fromkeys([note.code for note in judgement.notes])), judgement.compared
    if compared is None:
        return "".join(_around_values(judgement.reason.code, notes, None, standard))
    others = (compared.unit, *[None if number is None else str(number) for number in compared[2:]])
    begins, ends = _around_values(judgement.reason.code, notes, others, standard)
    if len(compared.values) == 1:
        low, high = ["null" if number is None else f'"{number!s}"' for number in compared.values[0]]
        return f"{begins}[[{low},{high}]]{ends}"
    return f"{begins}{canonical(compared.values)}{ends}"


@lru_cache(maxsize=4096)
def _around_values(
    reason: str, notes: tuple[str, ...], others: tuple[str | None, ...] | None, standard: str
) -> tuple[str, str]:
    told: dict[str, Any] = {"standard": json.loads(standard)} if standard else {}
    names = [name for name in Compared._fields if name != "values"]
    compared = dict(zip(names, others, strict=True)) | {"values": VALUES} if others else None
    text = canonical(told | {"reason": reason, "notes": notes, "compared": compared})
    begins, _values, ends = text.partition(canonical(VALUES))
    return begins, ends


def reason_of(result: TestResult) -> Reason:
    """Why this verdict, in the reader's language. The code is the one that was kept; the sentence is made anew.

    Should a later program judge otherwise, the kept verdict stands, and the sentence says no more than that.
    """
    code = str(result.judgement["reason"])
    again = judged(result, limit=result.limit, rule=result.rule)
    if (again.verdict, again.reason.code) == (result.verdict, code):
        return again.reason
    return Reason(code, _("Judged when the report was entered: %(verdict)s", verdict=result.verdict))
