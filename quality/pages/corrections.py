"""What a report that supersedes another says otherwise, item by item and field by field, for who has to sign it."""

from __future__ import annotations

from typing import NamedTuple

from quality.core.words import Text, _
from quality.lab.models import Report, TestResult
from quality.pages.words import word
from quality.standards.names import item_key

FIELDS = {
    "value": _("Value"),
    "unit": _("Unit"),
    "uncertainty": _("Uncertainty U"),
    "lod": _("Detection limit"),
    "loq": _("Quantification limit"),
    "method": _("Method"),
    "limit": _("Limit"),
    "verdict": _("Verdict"),
}


class Correction(NamedTuple):
    """One field that differs. Empty where the report says nothing there, or lacks the item."""

    item: str
    field: Text
    before: Text
    after: Text


def corrections(report: Report) -> list[Correction]:
    """Against the report that it supersedes, in the order of the new one; items that it leaves out come last."""
    if report.supersedes is None:
        return []
    before = {item_key(result.item): result for result in report.supersedes.results}
    after = {item_key(result.item): result for result in report.results}
    return [
        Correction(either.item, label, was, now)
        for key, either in (after | before | after).items()
        for name, label in FIELDS.items()
        for was, now in [(said(before.get(key), name), said(after.get(key), name))]
        if str(was) != str(now)
    ]


def said(result: TestResult | None, name: str) -> Text:
    written: str = "" if result is None else getattr(result, name)
    return word("verdict", written) if name == "verdict" and written else written
