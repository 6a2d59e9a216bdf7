"""Reads of the library. A library is an agency's own: nobody else sees it, the agency above neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from quality.core.errors import NotFound
from quality.people.actor import Actor
from quality.permissions import Can
from quality.standards.contents import limit_with_unit, one_number, one_spelling
from quality.standards.models import Edition, Severity, Standard, StandardItem, StandardLimit

IS_NEWEST = sa.and_(Standard.id == Edition.standard_id, Standard.edition == Edition.edition)
LARGEST = 2**31 - 1  # that a key can be


def with_limits() -> ExecutableOption:
    """To be made here would configure all tables so far in the middle of a start, and again at its end."""
    return selectinload(Edition.items).selectinload(StandardItem.limits)


def visible_to(actor: Actor) -> sa.Select[Standard]:
    mine = Standard.agency_id == actor.organisation_id if actor.can(Can.STANDARD_READ) else sa.false()
    return sa.select(Standard).where(mine).order_by(Standard.number)


def one_visible(session: Session, actor: Actor, key: int) -> Standard:
    found = session.scalars(visible_to(actor).where(Standard.id == min(key, LARGEST))).one_or_none()
    if found is None or key > LARGEST:
        raise NotFound(str(key))
    return found


def by_number(session: Session, actor: Actor, number: str) -> Standard | None:
    return session.scalars(visible_to(actor).where(Standard.number == one_number(number))).one_or_none()


def listed(session: Session, actor: Actor, typed: str = "", after: str = "", limit: int = 30) -> Sequence[Edition]:
    """The newest editions in the order of their numbers, one more than `limit` if the list goes on.

    `typed` stands in the number, the title, or the name of a test item.
    """
    asked = sa.select(Edition).join(Standard, IS_NEWEST)
    asked = asked.where(Standard.id.in_(visible_to(actor).order_by(None).with_only_columns(Standard.id)))
    asked = asked.where(Standard.number > after).order_by(Standard.number).limit(limit + 1)
    if typed:
        items = sa.select(StandardItem.edition_id).where(
            StandardItem.item.contains(typed, autoescape=True) | StandardItem.aliases.contains(typed, autoescape=True)
        )
        named = Standard.number.contains(one_number(typed), autoescape=True)
        asked = asked.where(named | Edition.title.contains(typed, autoescape=True) | Edition.id.in_(items))
    asked = asked.options(joinedload(Edition.standard), joinedload(Edition.author), selectinload(Edition.items))
    return session.scalars(asked).all()


def headings_of(session: Session, standard: Standard) -> Sequence[Edition]:
    """Every edition without what it says, the newest first."""
    return session.scalars(
        sa.select(Edition).where(Edition.standard_id == standard.id).order_by(Edition.edition.desc())
    ).all()


def item_name(session: Session, standard: Standard, key: int) -> str:
    """What an item of any edition was called."""
    asked = sa.select(StandardItem.item).join(Edition, Edition.id == StandardItem.edition_id)
    name = session.scalars(
        asked.where(StandardItem.id == min(key, LARGEST), Edition.standard_id == standard.id)
    ).one_or_none()
    if name is None or key > LARGEST:
        raise NotFound(str(key))
    return name


def one_edition(session: Session, standard: Standard, edition: int | None = None) -> Edition:
    """The newest, or the one that is asked for."""
    wanted = standard.edition if edition is None else min(max(edition, 0), LARGEST)
    asked = sa.select(Edition).where(Edition.standard_id == standard.id, Edition.edition == wanted)
    found = session.scalars(asked.options(with_limits(), joinedload(Edition.author))).one_or_none()
    if found is None:
        raise NotFound(str(edition))
    return found


def whole_library(session: Session, actor: Actor) -> Sequence[Edition]:
    """The newest edition of every standard, with all that it says."""
    asked = sa.select(Edition).join(Standard, IS_NEWEST)
    asked = asked.where(Standard.id.in_(visible_to(actor).order_by(None).with_only_columns(Standard.id)))
    asked = asked.order_by(Standard.number).options(joinedload(Edition.standard), with_limits())
    return session.scalars(asked).all()


def newest(session: Session, standards: Iterable[Standard]) -> Sequence[Edition]:
    """Of each its newest edition, with all that it says."""
    asked = sa.select(Edition).join(Standard, IS_NEWEST).where(Standard.id.in_({each.id for each in standards}))
    return session.scalars(asked.options(with_limits())).all()


def numbers_there(session: Session, actor: Actor, numbers: Iterable[str]) -> dict[str, Standard]:
    asked = visible_to(actor).where(Standard.number.in_(set(numbers)))
    return {each.number: each for each in session.scalars(asked)}


# --- what a campaign takes ---


def limits_for(edition: Edition, category: str) -> list[StandardLimit]:
    """One limit an item: that of the category, else the one for every product."""
    wanted, found = one_spelling(category).casefold(), []
    for item in edition.items:
        by_category = {each.category.casefold(): each for each in item.limits}
        if limit := by_category.get(wanted) or by_category.get(""):
            found.append(limit)
    return found


def categories_of(edition: Edition) -> list[str]:
    return list(dict.fromkeys(each.category for item in edition.items for each in item.limits))


def categories_in_library(session: Session, agency_id: int, most: int) -> list[str]:
    """For which the agency's standards have limits, in any edition."""
    asked = (
        sa.select(StandardLimit.category)
        .join(StandardItem)
        .join(Edition)
        .join(Standard)
        .where(Standard.agency_id == agency_id, StandardLimit.category != "")
    )
    return list(session.scalars(asked.distinct().limit(most)))


class Source(NamedTuple):
    """Where a limit of a campaign comes from: which standard, as it stood in which edition, and what else that said."""

    limit: StandardLimit
    item: StandardItem
    edition: Edition
    standard: Standard

    @property
    def is_newest(self) -> bool:
        return self.edition.edition == self.standard.edition

    @property
    def text(self) -> str:
        """The limit as a campaign takes it."""
        return limit_with_unit(self.limit.limit, self.item.unit)

    @property
    def clause(self) -> str:
        return "，".join(filter(None, (self.standard.number, self.limit.clause)))

    def told(self) -> dict[str, Any]:
        """As it is kept with a judgement and goes into what is sealed."""
        return {
            "number": self.standard.number,
            "version": str(self.edition.edition),
            "published": self.edition.published,
            "category": self.limit.category,
            "clause": self.limit.clause,
        }


def numbers_known(session: Session, actor: Actor, most: int) -> list[tuple[str, str]]:
    """Number and title, for lists to choose from."""
    asked = sa.select(Standard.number, Edition.title).join(Edition, IS_NEWEST)
    mine = Standard.id.in_(visible_to(actor).order_by(None).with_only_columns(Standard.id))
    return [
        (number, title) for number, title in session.execute(asked.where(mine).order_by(Standard.number).limit(most))
    ]


def sources(session: Session, limits: Iterable[int | None]) -> dict[int, Source]:
    """By the id of the limit. What may be seen is what it is taken into."""
    asked = (
        sa.select(StandardLimit, StandardItem, Edition, Standard)
        .join(StandardItem, StandardItem.id == StandardLimit.item_id)
        .join(Edition, Edition.id == StandardItem.edition_id)
        .join(Standard, Standard.id == Edition.standard_id)
        .where(StandardLimit.id.in_({limit for limit in limits if limit is not None}))
    )
    return {row[0].id: Source(*row) for row in session.execute(asked)}


# --- what a judgement kept ---


class Weighed(NamedTuple):
    """A test item in the version of the library by which a result was judged."""

    number: str
    version: str
    item: str


def severities(session: Session, agency_id: int | None, asked_of: Iterable[Weighed]) -> dict[Weighed, Severity]:
    """How much each weighs. A version never changes, so that it says today what it said to the judgement."""
    wanted = set(asked_of)
    if not wanted:
        return {}
    asked = (
        sa.select(Standard.number, Edition.edition, StandardItem.item, StandardItem.severity)
        .join(Edition, Edition.standard_id == Standard.id)
        .join(StandardItem, StandardItem.edition_id == Edition.id)
        .where(
            Standard.agency_id == agency_id,
            Standard.number.in_({each.number for each in wanted}),
            StandardItem.item.in_({each.item for each in wanted}),
        )
    )
    found = {Weighed(number, str(edition), item): weight for number, edition, item, weight in session.execute(asked)}
    return {each: found[each] for each in wanted & found.keys()}
