"""What is different between two submissions of the same thing, kept as plain text: what a reviewer reads first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One difference. `old` None: it was added; `new` None: it was taken away. Values are as they were kept."""

    field: str
    old: str | None
    new: str | None
    of: str = ""  # which test item, stratum or listing


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
