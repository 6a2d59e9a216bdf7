"""What may be written into a certificate and its scope: everything wrong is named at once. Pure but for the words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.standards.names import item_key, method_key, plain

LONGEST = {"certificate_no": 60, "issuer": 200, "item": 200, "method": 200, "category": 100, "remarks": 300}
MOST_LINES = 5_000
LONGEST_REASON = 500


class Head(NamedTuple):
    """What a certificate says but for its scope."""

    certificate_no: str
    issuer: str
    valid_from: date
    valid_until: date


class LineText(NamedTuple):
    item: str
    method: str = ""
    category: str = ""
    remarks: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """By which a reader would take two lines for the same."""
        return item_key(self.item), method_key(self.method), item_key(self.category)


def tidied(head: Head) -> Head:
    return head._replace(certificate_no=plain(head.certificate_no), issuer=plain(head.issuer))


def tidied_line(line: LineText) -> LineText:
    return LineText(*map(plain, line))


def wrong_head(head: Head) -> list[FieldProblem]:
    problems = []
    if not head.certificate_no:
        problems.append(FieldProblem("certificate_no", "missing", _("Enter the number that is printed on it")))
    if not head.issuer:
        problems.append(FieldProblem("issuer", "missing", _("Enter who issued it")))
    if head.valid_until < head.valid_from:
        problems.append(FieldProblem("valid_until", "before_from", _("It cannot end before it begins")))
    return problems + unfit("certificate_no", head.certificate_no) + unfit("issuer", head.issuer)


def wrong_line(line: LineText) -> list[FieldProblem]:
    problems = [] if line.item else [FieldProblem("item", "missing", _("Enter the test item"))]
    for name, said in line._asdict().items():
        problems += unfit(name, said)
    return problems


def wrong_lines(lines: Sequence[LineText], counted: Sequence[int] = ()) -> list[FieldProblem]:
    """`lines 2, item` is the second one's. A line that says what one above it says is wrong too.

    `counted` are the numbers by which whoever wrote them knows the lines, where these are not 1, 2, 3.
    """
    problems: list[FieldProblem] = []
    seen: dict[tuple[str, str, str], int] = {}
    for place, line in enumerate(lines, 1):
        problems += [each._replace(field=f"lines {place}, {each.field}") for each in wrong_line(line)]
        first = seen.setdefault(line.key, place)
        if line.item and first != place:
            text = _("Says the same as line %(first)s: leave one out", first=counted[first - 1] if counted else first)
            problems.append(FieldProblem(f"lines {place}, item", "doubled", text))
    if not lines:
        problems.append(FieldProblem("lines", "missing", _("Name at least one test item")))
    if len(lines) > MOST_LINES:
        problems.append(FieldProblem("lines", "too_many", _("Keep to %(most)s rows at most", most=MOST_LINES)))
    return problems


def wrong_reason(reason: str, field: str = "reason") -> list[FieldProblem]:
    if not reason.strip():
        return [FieldProblem(field, "missing", _("Enter the reason"))]
    if len(reason) > LONGEST_REASON:
        return [FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON))]
    return []


def unfit(field: str, text: str) -> list[FieldProblem]:
    if len(text) > LONGEST[field]:
        return [FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=LONGEST[field]))]
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return [FieldProblem(field, "bad_sign", _("Remove the sign that cannot be shown"))]
    return []
