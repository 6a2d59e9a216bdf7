"""Submissions of the same thing, kept as plain text, and what is different between two: what a reviewer reads first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session


class Change(NamedTuple):
    """One difference. `old` None: it was added; `new` None: it was taken away. Values are as they were kept."""

    field: str
    old: str | None
    new: str | None
    of: str = ""  # which test item, stratum or listing


class Reviewed(NamedTuple):
    """What is different from the submission before, and when that was."""

    edition: int
    submitted_at: datetime
    changes: list[Change]


def next_edition(session: Session, editions: sa.Select[Any]) -> int:
    """Of `editions`, the newest first."""
    last = session.scalars(editions.limit(1)).one_or_none()
    return last.edition + 1 if last else 1


def since_last_review(
    session: Session, editions: sa.Select[Any], *, is_draft: bool, compared: Callable[[Any], Iterable[Change]]
) -> Reviewed | None:
    """Of a draft, against what was last submitted and returned; later, against the submission before that.

    `editions` has the newest first; `compared` holds one of them against what stands now. None for a first one.
    """
    last = list(session.scalars(editions.limit(2)))
    before = last[0] if is_draft and last else last[1] if len(last) > 1 else None
    return Reviewed(before.edition, before.submitted_at, list(compared(before))) if before else None


def field_by_field(old: Mapping[str, Any], new: Mapping[str, Any], but: Set[str] = frozenset()) -> Iterator[Change]:
    """In the order in which they are kept."""
    for field in new:
        if field not in but and old.get(field) != new[field]:
            yield Change(field, old.get(field), new[field])


def by_name(field: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Among things of one sort that have names."""
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Change(field, old.get(name), new.get(name), name)


def part_by_part(
    kind: str,
    old: Mapping[str, Mapping[str, str | None]],
    new: Mapping[str, Mapping[str, str | None]],
    fields: Sequence[str],
    *,
    shown: str,
) -> Iterator[Change]:
    """Among things of one sort that have names and several `fields`; one that came or went is told by field `shown`."""
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield Change(kind, old[name][shown], None, name)
        elif name not in old:
            yield Change(kind, None, new[name][shown], name)
        else:
            for field in fields:
                if old[name].get(field) != new[name].get(field):
                    yield Change(f"{kind}_{field}", old[name].get(field), new[name].get(field), name)


# --- within one text ---

WORDS = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)*|\s+|.", re.DOTALL)  # 汉字 have no spaces between words: one by one
LONGEST = 4_000  # words; beyond it the comparison takes too long for a page
ALIKE = 0.3  # texts that share less than this are two texts, and are shown whole
NEAR = 12  # words that are kept beside a change
GAP = "…"


class Piece(NamedTuple):
    text: str
    is_changed: bool


def pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts, cut at what is different; long stretches that stay are shortened to what stands beside a change."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return [Piece(old, True)], [Piece(new, True)]
    compared = SequenceMatcher(None, before, after, autojunk=False)
    if compared.ratio() < ALIKE:
        return [Piece(old, True)], [Piece(new, True)]
    left: list[Piece] = []
    right: list[Piece] = []
    for stays, i, j, k, m in runs(compared.get_opcodes()):
        if stays:
            is_last = j == len(before) and m == len(after)
            kept = Piece(shortened(before[i:j], is_first=i == k == 0, is_last=is_last), False)
            left.append(kept)
            right.append(kept)
        else:
            left.append(Piece("".join(before[i:j]), True))
            right.append(Piece("".join(after[k:m]), True))
    return [each for each in left if each.text], [each for each in right if each.text]


def runs(steps: Iterable[tuple[str, int, int, int, int]]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Of difflib's steps: stretches that stay, and changes. One word that stays between changes is part of them."""
    cut = [(tag == "equal" and (j - i > 1 or i == k == 0), i, j, k, m) for tag, i, j, k, m in steps]
    for stays, group in groupby(cut, key=itemgetter(0)):
        run = list(group)
        yield stays, run[0][1], run[-1][2], run[0][3], run[-1][4]


def shortened(words: list[str], *, is_first: bool, is_last: bool) -> str:
    """A stretch that stays, down to the words beside the changes before and after it."""
    head, tail = 0 if is_first else NEAR, 0 if is_last else NEAR
    if len(words) <= head + tail + NEAR:
        return "".join(words)
    return "".join(words[:head]) + GAP + ("".join(words[-tail:]) if tail else "")
