"""A worklist of candidates: listings that a search found and people decide on, many at once.

What is asked of such a list, how it is narrowed, walked and counted stands here; which candidates there are, and what
a line says beyond what all of them say, in `alike.py` and `radar.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.interfaces import ORMOption
from werkzeug.datastructures import MultiDict

from quality.core.words import Text, _
from quality.likeness.models import Alike
from quality.pages.addresses import outside
from quality.pages.timeline import Names
from quality.pages.walking import beyond
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.publication.search import visible
from quality.radar.models import Hit

DIGITS = 15  # of an id in an address
SIGNS = 40  # of what was typed into an address
ALL = "all"
C = TypeVar("C", bound=Alike | Hit)


class Way(NamedTuple):
    """One way to narrow a list: what may be chosen, and what a row has of it."""

    label: Text
    offered: Mapping[str, Text]
    has: sa.SQLColumnExpression[Any]


@dataclass(frozen=True)
class Candidates(Generic[C]):
    """Which candidates a list is of, and by what they are narrowed and ordered."""

    model: type[C]
    visible_to: Callable[[Actor], sa.Select[C]]
    words: str  # what its states are called
    waits: str  # the state that is shown where none is asked for
    states: Mapping[str, sa.ColumnElement[bool]]
    ways: Mapping[str, Way]  # beside the state and the platform
    rank: sa.SQLColumnExpression[int]  # the surest is 0
    rank_of: Callable[[C], int]
    loads: Sequence[ORMOption]  # what a line says of it
    typed: Mapping[str, Callable[[str], sa.ColumnElement[bool]]] = field(default_factory=dict)


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told and left out."""

    said: Mapping[str, str]  # by the names in the address, without what is shown where nothing is asked for
    state: str
    after: tuple[int, int] | None = None  # the page after this rank and id
    not_understood: tuple[str, ...] = ()

    def in_the_address(self) -> dict[str, Any]:
        return dict(self.said)


class Facet(NamedTuple):
    """One way to narrow the list: what may be chosen, with how many there are of each."""

    name: str
    label: Text
    chosen: str
    offered: list[tuple[str, Text]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One listing: what it is taken for and why, and what was said of it."""

    key: int
    seen: str  # by which it is decided on as it stands here
    title: str
    address: str | None
    platform: str
    shop: str
    listing_id: str
    kind: Text
    tone: Tone
    sure: Text
    why: Sequence[str]
    product: str
    found_at: datetime
    state: Text
    state_tone: Tone
    decided_by: Text
    decided_at: datetime | None
    reason: str
    may_decide: bool


def told_of(each: Alike | Hit, names: Names) -> dict[str, Any]:
    """What a line says of every candidate."""
    return {
        "key": each.id,
        "title": str(each.listing.get("title") or each.listing_id),
        "address": outside(each.listing.get("url")),
        "platform": each.platform.name,
        "shop": str(each.listing.get("shop_name") or ""),
        "listing_id": each.listing_id,
        "sure": word("sure", each.sure),
        "why": each.why,
        "found_at": each.found_at,
        "decided_by": names.name(each.decided_by_id) if each.decided_by_id else "",
        "decided_at": each.decided_at,
        "reason": each.reason,
    }


def names_for(session: Session, found: Iterable[Alike | Hit], me: Actor) -> Names:
    """Who decided, for one reader."""
    return Names(session, {each.decided_by_id for each in found if each.decided_by_id}, me)


def platforms_of(session: Session, of: Candidates[C], me: Actor) -> dict[str, str]:
    """The platforms on which anything was found, by their codes."""
    there = of.visible_to(me).where(of.model.platform_id == Organisation.id)
    asked = sa.select(Organisation.code, Organisation.name).where(there.exists()).order_by(Organisation.name)
    return {code: name for code, name in session.execute(asked)}


def asked_of(of: Candidates[C], args: MultiDict[str, str], platforms: Iterable[str]) -> Asked:
    known = {
        "state": {*of.states, ALL},
        **{name: set(way.offered) for name, way in of.ways.items()},
        "platform": set(platforms),
    }
    odd, said = list[str](), dict[str, str]()
    for name, offered in known.items():
        if value := args.get(name, ""):
            if value in offered:
                said[name] = value
            else:
                odd.append(value)
    after = None
    if text := args.get("after", ""):
        rank, _dash, key = text.partition("-")
        if all(is_number(part) for part in (rank, key)):
            after = int(rank), int(key)
        else:
            odd.append(text)
    said |= {name: text for name in of.typed if (text := visible(args.get(name, ""))[:SIGNS])}
    state = said.get("state", of.waits)
    if state == of.waits:
        said.pop("state", None)
    return Asked(said, state, after, tuple(visible(each)[:SIGNS] for each in odd))


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS


def narrowed(of: Candidates[C], asked: Asked, me: Actor, but: str = "") -> sa.Select[C]:
    """`but` is a facet that is left out of account."""
    conditions = {
        "state": of.states.get(asked.state),
        **{name: way.has == asked.said[name] for name, way in of.ways.items() if name in asked.said},
        **{name: holds(asked.said[name]) for name, holds in of.typed.items() if name in asked.said},
    }
    if "platform" in asked.said:
        conditions["platform"] = of.model.platform.has(code=asked.said["platform"])
    return of.visible_to(me).where(*(each for name, each in conditions.items() if each is not None and name != but))


def walked(session: Session, of: Candidates[C], asked: Asked, me: Actor, limit: int) -> tuple[list[C], str | None]:
    """The surest first, from where a page ended; and where this one does."""
    rows = narrowed(of, asked, me).options(*of.loads)
    keys = (of.rank, of.model.id)
    if asked.after:
        rows = rows.where(beyond(keys, asked.after, down=False))
    found = list(session.scalars(rows.order_by(*keys).limit(limit + 1)))
    there = found[:limit]
    return there, f"{of.rank_of(there[-1])}-{there[-1].id}" if len(found) > limit else None


def facets_of(
    session: Session, of: Candidates[C], asked: Asked, me: Actor, platforms: Mapping[str, str]
) -> list[Facet]:
    states = {**{each: word(of.words, each) for each in of.states}, ALL: _("All")}
    facets = [Facet("state", _("State"), asked.state, list(states.items()))]
    for name, way in {**of.ways, "platform": Way(_("Platform"), dict(platforms), Organisation.code)}.items():
        rows = narrowed(of, asked, me, but=name).join(Organisation, Organisation.id == of.model.platform_id)
        counted: sa.Select[Any, int] = rows.with_only_columns(way.has.label("value"), sa.func.count()).group_by("value")
        many = {str(value): count for value, count in session.execute(counted)}
        choices: list[tuple[str, Text]] = [("", _("All"))]
        choices += [
            (value, _("%(value)s (%(count)s)", value=text, count=many.get(value, 0)))
            for value, text in way.offered.items()
        ]
        facets.append(Facet(name, way.label, asked.said.get(name, ""), choices))
    return facets
