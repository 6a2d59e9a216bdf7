"""From what a laboratory wrote to a kept judgement: codes and strings, which any later program can read."""

from __future__ import annotations

from typing import Any

from quality.core.words import Reason, _
from quality.lab.entries import ResultEntry
from quality.lab.models import TestResult
from quality.standards.judgement import Judgement, judge
from quality.standards.queries import Source


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


def reason_of(result: TestResult) -> Reason:
    """Why this verdict, in the reader's language. The code is the one that was kept; the sentence is made anew.

    Should a later program judge otherwise, the kept verdict stands, and the sentence says no more than that.
    """
    code = str(result.judgement["reason"])
    again = judged(result, limit=result.limit, rule=result.rule)
    if (again.verdict, again.reason.code) == (result.verdict, code):
        return again.reason
    return Reason(code, _("Judged when the report was entered: %(verdict)s", verdict=result.verdict))
