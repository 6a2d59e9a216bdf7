"""What changed since the last submission, in the reader's words: what a reviewer of a plan or a notice reads first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from quality.core.differences import Change
from quality.core.words import Text, _
from quality.pages.words import word


class Difference(NamedTuple):
    """One line: added, removed or changed."""

    what: Text
    of: str
    how: Text
    old: Text
    new: Text


class Review(NamedTuple):
    """What a case is compared with, and the differences. `edition` 0: this is its first submission."""

    edition: int
    submitted_at: datetime | None
    differences: list[Difference]


FIRST = Review(0, None, [])


def differences(kind: str, changes: Iterable[Change], in_words: Callable[[str, str | None], Text]) -> list[Difference]:
    """`kind` names the fields among the codes of pages/words; `in_words` says a field's value."""
    return [
        Difference(
            word(kind, each.field), each.of, how(each), in_words(each.field, each.old), in_words(each.field, each.new)
        )
        for each in changes
    ]


def how(change: Change) -> Text:
    if change.old is None:
        return _("added")
    return _("removed") if change.new is None else _("changed")
