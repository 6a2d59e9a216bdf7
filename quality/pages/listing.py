"""A list of cases: what is asked of it stands in the address, and it goes on where a page ended, either way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.campaigns.models import Campaign
from quality.campaigns.queries import visible_to as visible_campaigns
from quality.core.words import Text, _
from quality.pages.kinds import Kind, kinds_for
from quality.pages.words import CODES, STATUSES
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.publication.search import LONGEST, visible
from quality.search.jobs import INDEXED
from quality.search.queries import about, can_be_looked_for

A_PAGE, A_FEW = 30, 10
DIGITS = 15  # of an id in an address
CAMPAIGNS = 100  # that a filter offers, the newest first
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9:-]{3,60}")


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told and left out."""

    statuses: tuple[str, ...] = ()
    typed: str = ""
    campaign: str = ""
    platform: str = ""
    stage: str = ""  # of a portion in its laboratory
    before: int | None = None  # the page of older ones than this id
    after: int | None = None  # the page of newer ones
    not_understood: tuple[str, ...] = ()

    def narrowed(self) -> tuple[tuple[str, str], ...]:
        return ("campaign", self.campaign), ("platform", self.platform), ("stage", self.stage)

    def in_the_address(self) -> dict[str, Any]:
        every = {"status": list(self.statuses), "q": self.typed, **dict(self.narrowed())}
        return {name: value for name, value in every.items() if value}


class Page(NamedTuple):
    rows: list[Any]
    older: int | None
    newer: int | None


class Active(NamedTuple):
    """A filter in force, and the address without it."""

    label: Text
    value: Text
    without: str


def asked_of(kind: Kind, args: MultiDict[str, str]) -> Asked:
    known = STATUSES[kind.name]
    statuses = [status for status in args.getlist("status") if status]
    odd = [status for status in statuses if status not in known]
    cursors: dict[str, int | None] = {}
    for name in ("before", "after"):
        text = args.get(name, "")
        fits = text.isascii() and text.isdigit() and len(text) <= DIGITS
        cursors[name] = int(text) if fits else None
        if text and not fits:
            odd.append(text)
    return Asked(
        statuses=tuple(status for status in known if status in statuses),
        typed=visible(args.get("q", ""))[:LONGEST],
        campaign=args.get("campaign", "")[:40],
        platform=args.get("platform", "")[:16],
        stage=args.get("stage", "")[:16],
        not_understood=tuple(visible(each)[:40] for each in odd),
        **cursors,
    )


def listed(session: Session, kind: Kind, asked: Asked, me: Actor, limit: int = A_PAGE) -> Page:
    """The newest cases that match, or those before or after the one that the last page ended with."""
    rows = kind.visible_to(me).options(*kind.shown_with).order_by(None)
    key = kind.model.id
    if asked.statuses:
        rows = rows.where(kind.model.status.in_(asked.statuses))
    if asked.typed:
        rows = rows.where(matches(session, kind, asked.typed))
    for name, value in asked.narrowed():
        if value and name in kind.narrowed_by:
            rows = rows.where(kind.narrowed_by[name](value))
    if asked.after is not None:
        upward = list(session.scalars(rows.where(key > asked.after).order_by(key).limit(limit + 1)))
        found = upward[:limit][::-1]
        return Page(found, found[-1].id if found else None, found[0].id if len(upward) > limit else None)
    if asked.before is not None:
        rows = rows.where(key < asked.before)
    down = list(session.scalars(rows.order_by(key.desc()).limit(limit + 1)))
    found = down[:limit]
    newer = found[0].id if found and asked.before is not None else None
    return Page(found, found[-1].id if len(down) > limit else None, newer)


def matches(session: Session, kind: Kind, typed: str) -> sa.ColumnElement[bool]:
    """By its whole number, or, where there is an index, by product, shop and listing."""
    found = [kind.model.id.in_(numbered(session, kind, typed.upper()))] if kind.numbers else []
    if kind.titled is not None:
        found.append(kind.titled.contains(typed, autoescape=True))
    if kind.model in INDEXED:
        found.append(about(session, kind.model, typed))
    return sa.or_(*found) if found else sa.false()


def numbered(session: Session, kind: Kind, number: str) -> Sequence[int]:
    """Looked up by the index of each number first: beside another condition a planner would walk the table."""
    asked = (sa.select(kind.model.id).where(column == number) for column in kind.numbers)
    return session.scalars(sa.union(*asked)).all()


def active(kind: Kind, asked: Asked, offered: Mapping[str, Mapping[str, Text]]) -> list[Active]:
    def without(name: str) -> str:
        kept = {other: value for other, value in asked.in_the_address().items() if other != name}
        return url_for("desk.cases", kind=kind.name, **kept)

    words = {"campaign": _("Campaign"), "platform": _("Platform"), "stage": _("Stage")}
    found = []
    if asked.statuses:
        said = "、".join(str(STATUSES[kind.name][status].word) for status in asked.statuses)
        found.append(Active(_("Status"), said, without("status")))
    if asked.typed:
        found.append(Active(_("Search"), asked.typed, without("q")))
    for name, value in asked.narrowed():
        if value and name in kind.narrowed_by:
            found.append(Active(words[name], offered[name].get(value, value), without(name)))
    return found


def offered(session: Session, kind: Kind, me: Actor) -> dict[str, dict[str, Text]]:
    """What the filters of this kind let choose from."""
    lists: dict[str, dict[str, Text]] = {}
    if "campaign" in kind.narrowed_by and me.can(Can.CAMPAIGN_READ):
        asked = visible_campaigns(me).with_only_columns(Campaign.number, Campaign.title).limit(CAMPAIGNS)
        lists["campaign"] = {number: title for number, title in session.execute(asked)}
    if "platform" in kind.narrowed_by:
        houses = sa.select(Organisation.code, Organisation.name).where(Organisation.kind == OrganisationKind.PLATFORM)
        lists["platform"] = {code: name for code, name in session.execute(houses.order_by(Organisation.name))}
    if "stage" in kind.narrowed_by:
        lists["stage"] = dict(CODES["stage"])
    return lists


class Found(NamedTuple):
    kind: Kind
    rows: Sequence[Any]
    has_more: bool


def found_everywhere(session: Session, typed: str, me: Actor) -> list[Found]:
    """Of each kind that `me` reads, the newest that match."""
    found = []
    for kind in kinds_for(me):
        if NUMBER.fullmatch(typed.upper()) or can_be_looked_for(typed):
            page = listed(session, kind, Asked(typed=typed), me, A_FEW)
            if page.rows:
                found.append(Found(kind, page.rows, page.older is not None))
    return found
