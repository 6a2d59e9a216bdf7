"""Test items that were taken from the library: they say what it said in that edition, and keep saying it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.people.actor import Actor
from quality.standards.queries import (
    Source,
    by_number,
    categories_of,
    limits_for,
    one_edition,
    sources,
)


class Taken(NamedTuple):
    """A row of a plan as the library fills it in."""

    item: str
    limit: str
    method: str
    rule: str
    clause: str
    standard_limit_id: int


class Planned(Protocol):
    """An item of a plan, typed or kept."""

    @property
    def item(self) -> str: ...
    @property
    def limit(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def standard_limit_id(self) -> int | None: ...


def take(session: Session, actor: Actor, number: str, category: str) -> list[Taken]:
    """What a standard asks of a category, item by item, as its newest edition has it."""
    standard = by_number(session, actor, number)
    if standard is None:
        text = _("There is no such standard in your library; look under Standards")
        raise Invalid(FieldProblem("from_standard", "unknown_standard", text))
    edition = one_edition(session, standard)
    found = sources(session, [limit.id for limit in limits_for(edition, category)])
    if not found:
        named = "、".join(each for each in categories_of(edition) if each)[:300]
        text = _("The standard has no limit for it. Its categories: %(names)s", names=named or "—")
        raise Invalid(FieldProblem("from_category", "unknown_category", text))
    return [
        Taken(
            source.item.item,
            source.text,
            source.item.method,
            source.item.rule,
            source.clause,
            source.limit.id,
        )
        for source in found.values()
    ]


def wrong_sources(session: Session, items: Sequence[Planned], agency_id: int | None) -> list[FieldProblem]:
    """What names the library must say what it says; else it would be quoted for what it never said."""
    found = sources(session, (item.standard_limit_id for item in items))
    problems = []
    for row, item in enumerate(items, 1):
        if item.standard_limit_id is None:
            continue
        source = found.get(item.standard_limit_id)
        if source is None or source.standard.agency_id != agency_id:
            text = _("This is not of your library: clear the row and type it by hand")
            problems.append(FieldProblem(f"items {row}, item", "unknown_source", text))
            continue
        for field, said in (("item", source.item.item), ("limit", source.text), ("rule", source.item.rule)):
            if getattr(item, field) != said:
                text = _(
                    "%(standard)s says %(said)s here. Keep it, or clear the row and type it by hand in another",
                    standard=source.standard.number,
                    said=said,
                )
                problems.append(FieldProblem(f"items {row}, {field}", "other_than_source", text))
    return problems


def sources_of(session: Session, items: Iterable[Planned]) -> dict[int, Source]:
    """By the id of the limit that an item was taken from."""
    return sources(session, (item.standard_limit_id for item in items))
