"""Which cell of a row it is that keeps a result from being judged, and what to write there instead."""

from __future__ import annotations

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.lab.entries import ResultEntry
from quality.lab.judging import judged
from quality.standards.judgement import Verdict
from quality.standards.limits import Kind

# by the reason of the judgement; what is no slip of the pen (a bound that leaves both open) is in no cell
CELLS = {
    "negative_uncertainty": "uncertainty",
    "no_uncertainty": "uncertainty",
    "two_uncertainties": "uncertainty",
    "unreadable_uncertainty": "uncertainty",
    "lod_above_loq": "lod",
    "maybe_detected": "lod",
    "no_bound": "lod",
    "not_positive": "lod",
    "unreadable_lod": "lod",
    "unreadable_loq": "loq",
    "incommensurable": "unit",
    "results_without_unit": "unit",
    "two_units": "unit",
    "unit_missing": "unit",
    "unknown_unit": "unit",
    "unreadable_unit": "unit",
    "ambiguous_power": "value",
    "formula": "value",
    "needs_number": "value",
    "needs_words": "value",
    "no_value": "value",
    "several_results": "value",
    "thousands_separator": "value",
    "unreadable_value": "value",
    "wrong_count": "value",
}


def wrong_cell(entry: ResultEntry, *, limit: str, rule: str) -> tuple[str, Text] | None:
    """The name of the cell and what is wrong with it; the first of a row."""
    found = judged(entry, limit=limit, rule=rule)
    if found.verdict != Verdict.UNDECIDED or found.reason.code not in CELLS:
        return None
    cell = CELLS[found.reason.code]
    if found.reason.code == "not_positive":
        without = judged(entry._replace(loq=""), limit=limit, rule=rule)
        cell = "lod" if without.reason.code == "not_positive" else "loq"
    if cell == "value" and found.limit is not None and found.limit.kind is Kind.QUALITATIVE:
        return cell, _("Write 符合 or 不符合")
    if found.reason.code == "no_uncertainty":
        return cell, _("The decision rule needs the uncertainty U: enter it")
    return cell, found.reason.text


def problem(row: int, cell: str, text: Text) -> FieldProblem:
    return FieldProblem(f"results {row}, {cell}", "cannot_be_judged", text)
