"""What may be typed about a purchase: each function names what is wrong with one field, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from quality.core import clock
from quality.core.errors import FieldProblem
from quality.core.words import Text, _


def text(field: str, value: str, *, most: int, ask: Text | None) -> Iterator[FieldProblem]:
    """`ask` says what to enter; without it the field may stay empty."""
    if ask is not None and not value.strip():
        yield FieldProblem(field, "missing", ask)
    if len(value) > most:
        yield FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=most))
    if any(not (c.isprintable() or c in "\n\t\u3000") for c in value):
        yield FieldProblem(field, "unprintable", _("Remove the characters that cannot be printed"))


def whole(field: str, value: int, *, least: int, most: int) -> Iterator[FieldProblem]:
    if not least <= value <= most:
        text = _("Enter a whole number from %(least)s to %(most)s", least=least, most=most)
        yield FieldProblem(field, "out_of_range", text)


def moment(field: str, value: datetime, *, earliest: datetime | None, before: Text) -> Iterator[FieldProblem]:
    """A moment that has come, not before the minute of `earliest`, as forms know minutes only; `before` names it."""
    if value.tzinfo is None:
        yield FieldProblem(field, "no_time_zone", _("Name the time zone of this moment"))
    elif value > clock.now():
        yield FieldProblem(field, "in_the_future", _("This moment lies in the future; enter it when it has come"))
    elif earliest is not None and value < earliest.replace(second=0, microsecond=0):
        yield FieldProblem(field, "too_early", before)
