"""Which cell of a row it is that keeps a result from being judged, and what to write there instead."""

from __future__ import annotations

from quality.core.errors import FieldProblem
from quality.core.words import Reason, Text, _
from quality.lab.entries import ResultEntry
from quality.lab.judging import judged
from quality.standards.judgement import Verdict
from quality.standards.limits import Kind, read_limit
from quality.standards.reading import printed

# by the reason of the judgement; what is no slip of the pen (a bound that leaves both open) is in no cell
CELLS = {
    "negative_uncertainty": "uncertainty",
    "no_uncertainty": "uncertainty",
    "two_uncertainties": "uncertainty",
    "uncertainty_of_one": "uncertainty",
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
    "decimal_comma": "value",
    "formula": "value",
    "limit_as_value": "value",
    "negative_addend": "value",
    "needs_number": "value",
    "needs_words": "value",
    "no_value": "value",
    "several_results": "value",
    "thousands_separator": "value",
    "unclear_addends": "value",
    "unreadable_value": "value",
    "wrong_count": "value",
}
OF_ANY_NUMBER = {"ambiguous_power", "decimal_comma", "formula"}  # which may stand in another cell than the value


def wrong_cells(entry: ResultEntry, *, limit: str, rule: str) -> dict[str, Text]:
    """What is wrong in a row by the name of the cell, all at once.

    A judgement stops at the first slip: so each that is found is taken out, and the row is judged again. What is
    missing counts only in the row as it was typed: without what was taken out, more would seem to be missing.
    """
    found: dict[str, Text] = {}
    mended = entry
    while (slip := wrong_cell(mended, limit=limit, rule=rule)) and slip[0] not in found:
        if found and not getattr(entry, slip[0]).strip():
            break
        found[slip[0]] = slip[1]
        mended = mended._replace(**{slip[0]: without_slip(slip[0], limit)})
    return found


def without_slip(cell: str, limit: str) -> str:
    """What could stand in a cell without stopping the judgement."""
    read = read_limit(limit)
    if isinstance(read, Reason) or cell not in {"value", "unit"}:
        return ""
    if cell == "unit":
        return printed(read.unit)
    return "符合" if read.kind is Kind.QUALITATIVE else "1"


def wrong_cell(entry: ResultEntry, *, limit: str, rule: str) -> tuple[str, Text] | None:
    """The name of the cell and what is wrong with it; the first of a row."""
    found = judged(entry, limit=limit, rule=rule)
    if found.verdict != Verdict.UNDECIDED or found.reason.code not in CELLS:
        return None
    cell = CELLS[found.reason.code]
    if found.reason.code in OF_ANY_NUMBER:
        cell = guilty(entry, found.reason.code, limit=limit, rule=rule)
    if found.reason.code == "not_positive":
        without = judged(entry._replace(loq=""), limit=limit, rule=rule)
        cell = "lod" if without.reason.code == "not_positive" else "loq"
    if cell == "value" and found.limit is not None and found.limit.kind is Kind.QUALITATIVE:
        return cell, _("Write 符合 or 不符合")
    if found.reason.code == "no_uncertainty":
        return cell, _("The decision rule needs the uncertainty U: enter it")
    return cell, found.reason.text


def guilty(entry: ResultEntry, code: str, *, limit: str, rule: str) -> str:
    """The cell without which the row would not be stopped by this."""
    for cell in ("uncertainty", "lod", "loq", "unit"):
        without = entry._replace(**{cell: ""})
        if without != entry and judged(without, limit=limit, rule=rule).reason.code != code:
            return cell
    return "value"


def problem(row: int, cell: str, text: Text) -> FieldProblem:
    return FieldProblem(f"results {row}, {cell}", "cannot_be_judged", text)


def unit_of(limit: str) -> str:
    """The unit that a value is expected in: that of its limit."""
    read = read_limit(limit)
    return "" if isinstance(read, Reason) else printed(read.unit)
