"""A word that a person typed, as one of a few."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

Kind = TypeVar("Kind", bound=StrEnum)


def one_of(kinds: type[Kind], word: str, field: str) -> Kind:
    try:
        return kinds(word)
    except ValueError:
        known = ", ".join(kinds)
        raise Invalid(FieldProblem(field, "unknown", _("Write one of: %(known)s", known=known))) from None
