"""Cover identities as they are written down: many at once, as they stand in a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Form, Line, Paragraph
from quality.pages.words import word
from quality.purchases.covers import Retiring
from quality.purchases.operations.covers import NewCover

COLUMNS = ("account", "recipient", "address", "telephone")
BETWEEN = re.compile(r"\t|;|；")
ROW = re.compile(r"covers (\d+), (\w+)")
CALLED: dict[str, Text] = {
    "account": _("Account"),
    "recipient": _("Name on the parcel"),
    "address": _("Sent to"),
    "telephone": _("Telephone given"),
}


class CoversForm(Form):
    lines = Paragraph(
        _("Account, name on the parcel, address, telephone number"),
        _(
            "One identity a line, the four parted by tabs, as they are pasted from a table, or by semicolons. "
            "A place may stay empty."
        ),
        rows=6,
    )
    platform = Choice(_("Platform"), _("Of all of these. Empty: any"), optional=True)
    buyer = Choice(_("Buyer"), _("Whose these are. Empty: any buyer of the agency"), optional=True)
    region = Line(_("Region"), _("Where they receive, as frames call it"), optional=True)


class RetiringForm(Form):
    reason = Choice(_("Why it is not used any more"))


def retiring_form(sent: Any = None) -> RetiringForm:
    form = RetiringForm(sent)
    form.reason.offer({code.value: word("retiring", code.value) for code in Retiring})
    return form


def covers_form(sent: Any, platforms: Mapping[str, str], buyers: Mapping[str, str]) -> CoversForm:
    form = CoversForm(sent)
    form.platform.offer(platforms)
    form.buyer.offer(buyers)
    return form


def rows_of(form: CoversForm) -> tuple[list[NewCover], list[int]]:
    """What is typed, and the line of each. A line with more than the four is told by `too_many`."""
    rows, places = [], []
    for place, line in enumerate((form.lines.data or "").splitlines(), start=1):
        if line.strip():
            cells = [cell.strip() for cell in BETWEEN.split(line)]
            told = dict(zip(COLUMNS, [*cells, "", "", ""], strict=False))
            of_all = {name: form[name].data or "" for name in ("platform", "buyer", "region")}
            rows.append(NewCover(**told, **of_all))
            places.append(place)
    return rows, places


def too_many(form: CoversForm) -> list[FieldProblem]:
    return [
        FieldProblem("lines", "too_many_fields", _("Line %(line)s has more than four places", line=place))
        for place, line in enumerate((form.lines.data or "").splitlines(), start=1)
        if len(BETWEEN.split(line.rstrip())) > len(COLUMNS)
    ]


def by_line(problems: Iterable[FieldProblem], places: list[int]) -> list[FieldProblem]:
    """What is wrong with a row is said of the line that it was typed in."""
    said = []
    for each in problems:
        found = ROW.fullmatch(each.field)
        if found and found[2] in CALLED:
            line, what = places[int(found[1]) - 1], CALLED[found[2]]
            text: Text = _("Line %(line)s, %(what)s: %(why)s", line=line, what=what, why=each.text)
            said.append(FieldProblem("lines", each.code, text))
        elif found:
            said.append(FieldProblem(found[2], each.code, each.text))
        else:
            said.append(FieldProblem("lines" if each.field == "covers" else each.field, each.code, each.text))
    return said
