"""What changed since the last submission, in the reader's words: what a reviewer of a plan or a notice reads first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from quality.core.differences import Change, Piece, Reviewed, pieces
from quality.core.words import Text, _
from quality.pages.words import word

MOST = 200  # differences on a page: a plan may have thousands of strata
OF_CODES = {"left_out"}  # fields by names that are codes of their own (pages/words)
NOWHERE = "—"
LONG = 16  # characters of either value, from which only what is different in them is marked


class Difference(NamedTuple):
    """One line: added, removed or changed. Of long texts both are cut at what is different."""

    what: Text
    of: str
    how: Text
    old: list[Piece]
    new: list[Piece]


class Review(NamedTuple):
    """What a case is compared with, and the differences. `edition` 0: this is its first submission."""

    edition: int
    submitted_at: datetime | None
    differences: list[Difference]
    more: int = 0  # differences beyond these


FIRST = Review(0, None, [])


def as_it_is_called(_field: str, name: str) -> Text:
    return name


def review(
    kind: str,
    found: Reviewed | None,
    in_words: Callable[[str, str | None], Text],
    *,
    is_first: bool,
    called: Callable[[str, str], Text] = as_it_is_called,
) -> Review | None:
    """`kind` names the fields among the codes of pages/words; `in_words` says a field's value, and `called` of what it
    is, where that is a code.

    None where nothing was submitted yet, and nothing is (`is_first`) under review.
    """
    if found is None:
        return FIRST if is_first else None
    lines = [
        difference(kind, each, in_words)._replace(of=str(called(each.field, each.of))) for each in found.changes[:MOST]
    ]
    return Review(found.edition, found.submitted_at, lines, len(found.changes) - len(lines))


def difference(kind: str, change: Change, in_words: Callable[[str, str | None], Text]) -> Difference:
    old, new = (str(in_words(change.field, value)) for value in (change.old, change.new))
    is_long = change.old and change.new and max(len(old), len(new)) > LONG
    cut = pieces(old, new) if is_long else ([Piece(old, False)], [Piece(new, False)])
    of = str(word(change.field, change.of)) if change.field in OF_CODES else change.of
    return Difference(word(kind, change.field), of, how(change), *cut)


def said_otherwise(change: Change) -> Difference:
    """Of a field that is called, and says, what people read. Also what came or went whole counts as different."""
    old, new = change.old or "", change.new or ""
    if old and new and max(len(old), len(new)) > LONG:
        return Difference(change.field, change.of, how(change), *pieces(old, new))
    return Difference(
        change.field, change.of, how(change), *([Piece(each or NOWHERE, bool(each))] for each in (old, new))
    )


def how(change: Change) -> Text:
    if change.old is None:
        return _("added")
    return _("removed") if change.new is None else _("changed")
