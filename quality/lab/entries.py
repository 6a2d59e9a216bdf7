"""What a laboratory typed about one sample, held against what was to be tested. Pure but for the words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.standards.names import DASHES, item_key, plain

REPORT_NO = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
LENGTHS = {"value": 2_000, "unit": 50, "uncertainty": 50, "lod": 50, "loq": 50, "method": 200}
SHORTEST = min(LENGTHS.values())
METHOD_NOTE = 5_000


class ResultEntry(NamedTuple):
    """One item as the laboratory writes it: `<0.01`, `未检出`, `3.7×10⁴, 4.6×10⁴`. Nothing is read into it here."""

    item: str
    value: str
    unit: str = ""
    uncertainty: str = ""
    lod: str = ""
    loq: str = ""
    method: str = ""


def report_number(text: str) -> str:
    """A report number in the one way in which it is kept: capitals, digits and plain hyphens."""
    return plain(text).translate(DASHES).upper()


def wrong_number(number: str) -> list[FieldProblem]:
    if not number:
        return [FieldProblem("report_no", "missing", _("Enter the report number"))]
    if not REPORT_NO.fullmatch(number):
        text = _("Write the report number with letters, digits and hyphens only, at most 40")
        return [FieldProblem("report_no", "bad_report_no", text)]
    return []


def wrong_texts(entries: Sequence[ResultEntry], method_note: str = "") -> list[FieldProblem]:
    """Values may say anything, but must be there, fit, and hold no sign that cannot be shown."""
    problems = []
    for row, entry in enumerate(entries, 1):
        if not entry.value.strip():
            field = f"results {row}, value"
            problems.append(FieldProblem(field, "missing", _("Enter the value")))
        together = "".join(entry[1:])
        if len(together) <= SHORTEST and together.isprintable():
            continue
        for (name, longest), text in zip(LENGTHS.items(), entry[1:], strict=True):
            if text and (len(text) > longest or not text.isprintable()):
                problems += unfit(f"results {row}, {name}", text, longest)
    return problems + unfit("method_note", method_note, METHOD_NOTE)


def unfit(field: str, text: str, longest: int) -> list[FieldProblem]:
    if len(text) > longest:
        return [FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=longest))]
    if text.isprintable():
        return []
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t\r" for sign in text):
        return [FieldProblem(field, "bad_sign", _("Remove the sign that cannot be shown"))]
    return []


def matched(
    entries: Sequence[ResultEntry], ordered: Iterable[str]
) -> tuple[list[tuple[str, ResultEntry]], list[FieldProblem]]:
    """Each ordered item with its entry, in the order of the test order; and which are missing, doubled or unknown."""
    wanted = {item_key(name): name for name in ordered}
    given: dict[str, ResultEntry] = {}
    times = Counter(item_key(entry.item) for entry in entries)
    problems = []
    for row, entry in enumerate(entries, 1):
        field, key = f"results {row}, item", item_key(entry.item)
        if not key:
            problems.append(FieldProblem(field, "missing", _("Enter the test item")))
        elif key not in wanted:
            text = _("%(item)s was not ordered for this sample", item=shortened(entry.item))
            problems.append(FieldProblem(field, "unknown_item", text))
        elif key in given:
            text = _("%(item)s stands %(times)s times; leave one", item=wanted[key], times=times[key])
            problems.append(FieldProblem(field, "doubled_item", text))
        else:
            given[key] = entry
    problems += [
        FieldProblem("results", "missing_item", _("Enter the result of %(item)s", item=name))
        for key, name in wanted.items()
        if key not in given
    ]
    return [(name, given[key]) for key, name in wanted.items() if key in given], problems


def shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[:most] + "…"
