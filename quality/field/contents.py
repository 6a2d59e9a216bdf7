"""What a telephone says in a piece: what is to be done, of which task, and when it was done by its own clock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.said import Said, heard

MOST_FIELDS = 60
LONGEST = 20_000  # characters of a field
LONGEST_NUMBER = 40
LONGEST_NAME = 32


class Does(StrEnum):
    EVIDENCE = "evidence"
    MOVE = "move"
    HAND_OVER = "hand_over"


class Contents(NamedTuple):
    does: Does
    about: str  # number of a task or a sample
    name: str  # of the move, or the kind of evidence
    fields: dict[str, list[str]]  # as a form sends them
    version: int | None  # of the case, as the telephone last knew it
    said: Said  # of the file, and of the clock

    @property
    def said_at(self) -> datetime | None:
        """When it was done, by the telephone's clock."""
        return self.said.taken_at or self.said.phone_now


def read(told: dict[str, Any]) -> Contents:
    """Raises `Invalid` where it is nothing that can be done."""
    try:
        does = Does(told.get("does") or "")
    except ValueError:
        raise nothing_to_do() from None
    name = told.get("kind") if does is Does.EVIDENCE else told.get("name") or does.value
    about, version = told.get("task") or "", told.get("version")
    if not is_text(name, LONGEST_NAME) or not is_text(about, LONGEST_NUMBER):
        raise nothing_to_do()
    if version is not None and not (isinstance(version, int) and 0 <= version < 10**9):
        raise nothing_to_do()
    return Contents(does, str(about), str(name), fields_of(told.get("fields") or {}), version, heard(told))


def is_text(given: Any, most: int) -> bool:
    return isinstance(given, str) and len(given) <= most and given.isprintable()


def fields_of(given: Any) -> dict[str, list[str]]:
    """Each field's values; a form sends one or several."""
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise nothing_to_do()
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) and len(each) <= LONGEST for each in values):
            raise nothing_to_do()
        found[str(name)] = values
    return found


def nothing_to_do() -> Invalid:
    text = _("The telephone sent something that this program does not know; open the page of the task and do it there")
    return Invalid(FieldProblem("piece", "unknown_piece", text))
