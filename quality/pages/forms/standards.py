"""What is written into the library: the head of a standard, and one test item with its limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Day, Form, Line, Paragraph
from quality.pages.words import CODES
from quality.standards.contents import MOST_LIMITS, Contents, ItemText, LimitText
from quality.standards.models import Severity
from quality.standards.rules import Rule

A_FEW = 4  # empty rows
IN_A_ROW = ("category", "limit", "clause")
WHY = _("Stands with this version for ever; others read it")


def needed_reason(hint: Text) -> Paragraph:
    """What is missing is said by the operation, with all that is wrong besides."""
    return Paragraph(_("Why this is written"), hint, rows=2)


class HeadForm(Form):
    title = Line(_("Title"))
    published = Line(_("Publisher's version"), _("Year or amendment, such as 2014 or Amendment 1"), optional=True)
    valid_from = Day(_("Valid from"), optional=True)
    valid_until = Day(_("Valid until"), _("The last day; stays empty while it is in force"), optional=True)
    succeeded_by = Line(_("Succeeded by"), _("The number of the standard in its place"), optional=True)
    reason = needed_reason(WHY)

    def contents(self, items: tuple[ItemText, ...] = ()) -> Contents:
        return Contents(
            title=self.title.data or "",
            published=self.published.data or "",
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            succeeded_by=self.succeeded_by.data or "",
            items=items,
        )


class NewForm(HeadForm):
    number = Line(_("Number"), _("As it is cited, such as GB 6675.4-2014"))

    def in_order(self) -> list[Any]:
        return [self.number, *(f for f in self if f.name != "number")]


def head_of(contents: Contents) -> HeadForm:
    return HeadForm(data={name: value for name, value in contents._asdict().items() if name != "items"})


class ItemForm(Form):
    item = Line(_("Test item"))
    aliases = Line(_("Other names"), _("With ； between"), optional=True)
    method = Line(_("Method"), _("Standard and section, such as GB 6675.4-2014 8"), optional=True)
    unit = Line(_("Unit"), _("Of limits that name none themselves, such as mg/kg"), optional=True)
    lod = Line(_("LOD"), _("With its unit, such as 0.01 mg/kg"), optional=True)
    loq = Line(_("LOQ"), optional=True)
    severity = Choice(_("Severity"), _("An order of your own; no verdict depends on it"))
    rule = Choice(_("Decision rule"))
    rule_reason = Line(_("Why this rule"), _("The provision; needed for every rule but the simple one"), optional=True)
    reason = needed_reason(WHY)

    def rows(self) -> list[list[Any]]:
        """The fields of the limits, row by row."""
        found: list[list[Any]] = []
        while f"limit_{len(found) + 1}" in self:
            found.append([self[f"{name}_{len(found) + 1}"] for name in IN_A_ROW])
        return found

    def above(self) -> list[Any]:
        return [f for f in self if f.name != "reason" and not re.fullmatch(rf"({'|'.join(IN_A_ROW)})_\d+", f.name)]

    def text(self) -> ItemText:
        """The item as it was typed; rows that say nothing are none."""
        limits = [LimitText(**dict(zip(IN_A_ROW, said, strict=True))) for _row, said in self.filled()]
        plain: dict[str, Any] = {name: self[name].data or "" for name in ItemText._fields if name != "limits"}
        return ItemText(limits=tuple(limits), **plain)

    def filled(self) -> list[tuple[int, list[str]]]:
        rows = [(place, [f.data or "" for f in fields]) for place, fields in enumerate(self.rows(), 1)]
        return [(place, said) for place, said in rows if any(said)]

    def at_their_rows(self, problems: Sequence[FieldProblem]) -> list[FieldProblem]:
        """`limits 2, limit` counts the rows that say anything; the form also has empty ones between them."""
        places = [place for place, _said in self.filled()] or [1]
        placed = []
        for problem in problems:
            found = re.fullmatch(r"limits (\d+), (\w+)", problem.field)
            placed.append(problem._replace(field=f"{found[2]}_{places[int(found[1]) - 1]}") if found else problem)
        return placed


def item_form(count: int, item: ItemText | None = None) -> ItemForm:
    """With `count` rows for limits, and what stands in `item`."""
    words: dict[str, Text] = {"category": _("Category"), "limit": _("Limit"), "clause": _("Clause")}
    fields: dict[str, Any] = {
        f"{name}_{row}": Line(_("%(field)s, row %(row)s", field=word, row=row), optional=True)
        for row in range(1, min(count, MOST_LIMITS) + 1)
        for name, word in words.items()
    }
    shown: dict[str, Any] = {"severity": Severity.MAJOR.value, "rule": Rule.SIMPLE.value}
    if item:
        shown = item._asdict()
        for row, limit in enumerate(item.limits, 1):
            shown |= {f"{name}_{row}": getattr(limit, name) for name in IN_A_ROW}
    form: ItemForm = type("ItemOfStandard", (ItemForm,), fields)(data=shown)
    form.severity.offer(CODES["severity"])
    form.rule.offer(CODES["rule"])
    return form
