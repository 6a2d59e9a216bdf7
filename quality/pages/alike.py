"""Listings that are like a tested one, as people decide on them: what is asked of the list, and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict

from quality.core.words import Text, _
from quality.lab.models import Finding
from quality.likeness.matching import Kind, Sure
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import Progress, progress_of, visible_to
from quality.notices.operations.alike import stands_on, stands_open_on
from quality.pages.addresses import outside
from quality.pages.timeline import Names
from quality.pages.walking import beyond
from quality.pages.words import CODES, Tone, word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.publication.search import visible

A_PAGE, A_FEW = 30, 5
DIGITS = 15  # of an id in an address
WAITING, FREE, CONFIRMED, REJECTED = CODES["alike_state"]
ALL = "all"
ORDER = [(kind, sure) for kind in Kind for sure in Sure]  # the product first, and of each the surest
RANK = sa.case(*((sa.and_(Alike.kind == kind, Alike.sure == sure), at) for at, (kind, sure) in enumerate(ORDER)))
STATES: dict[str, sa.ColumnElement[bool]] = {
    WAITING: Alike.decision.is_(None),
    FREE: sa.and_(Alike.decision == Decision.CONFIRMED, ~stands_on().exists(), ~stands_open_on().exists()),
    CONFIRMED: Alike.decision == Decision.CONFIRMED,
    REJECTED: Alike.decision == Decision.REJECTED,
}
TONES = {None: Tone.WAIT, Decision.CONFIRMED: Tone.OK, Decision.REJECTED: Tone.VOID}
FACETS = ("state", "kind", "sure", "platform")


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told and left out."""

    state: str = WAITING
    kind: str = ""
    sure: str = ""
    platform: str = ""
    finding: str = ""
    after: tuple[int, int] | None = None  # the page after this rank and id
    not_understood: tuple[str, ...] = ()

    def in_the_address(self, **other: str) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in (*FACETS, "finding")} | other
        return {name: value for name, value in said.items() if value and (name, value) != ("state", WAITING)}


class Line(NamedTuple):
    """One listing: what it is, why it is taken for the tested one's, and what was said of it."""

    key: int
    version: int
    title: str
    address: str | None
    platform: str
    shop: str
    listing_id: str
    kind: Text
    tone: Tone
    sure: Text
    why: Sequence[str]
    finding: str
    product: str
    state: Text
    state_tone: Tone
    decided_by: Text
    decided_at: datetime | None
    reason: str
    notice: str | None
    may_decide: bool


class Facet(NamedTuple):
    """One way to narrow the list: what may be chosen, with how many there are of each."""

    name: str
    label: Text
    chosen: str
    offered: list[tuple[str, Text]]


class Page(NamedTuple):
    lines: list[Line]
    facets: list[Facet]
    next: str | None


class Elsewhere(NamedTuple):
    """Of one finding, for its dossier."""

    lines: list[Line]
    counts: list[tuple[Text, int, str]]
    progress: Text
    is_done: bool
    all: str


def asked_of(args: MultiDict[str, str], platforms: Iterable[str]) -> Asked:
    known: dict[str, set[str]] = {
        "state": {*STATES, ALL}, "kind": set(Kind), "sure": set(Sure), "platform": set(platforms),
    }  # fmt: skip
    odd, chosen = [], {"state": WAITING}
    for name in FACETS:
        if value := args.get(name, ""):
            if value in known[name]:
                chosen[name] = value
            else:
                odd.append(value)
    after = None
    if text := args.get("after", ""):
        rank, _dash, key = text.partition("-")
        if all(part.isascii() and part.isdigit() and len(part) <= DIGITS for part in (rank, key)):
            after = int(rank), int(key)
        else:
            odd.append(text)
    finding = visible(args.get("finding", ""))[:40]
    return Asked(**chosen, finding=finding, after=after, not_understood=tuple(visible(each)[:40] for each in odd))


def platforms_of(session: Session, me: Actor) -> dict[str, str]:
    """The platforms on which anything was found, by their codes."""
    there = visible_to(me).where(Alike.platform_id == Organisation.id)
    asked = sa.select(Organisation.code, Organisation.name).where(there.exists()).order_by(Organisation.name)
    return {code: name for code, name in session.execute(asked)}


def narrowed(asked: Asked, me: Actor, but: str = "") -> sa.Select[Alike]:
    """`but` is a facet that is left out of account."""
    rows = visible_to(me)
    if asked.finding:
        rows = rows.where(Alike.finding.has(number=asked.finding))
    conditions: dict[str, sa.ColumnElement[bool] | None] = {
        "state": STATES.get(asked.state),
        "kind": Alike.kind == asked.kind if asked.kind else None,
        "sure": Alike.sure == asked.sure if asked.sure else None,
        "platform": Alike.platform.has(code=asked.platform) if asked.platform else None,
    }
    return rows.where(*(held for name, held in conditions.items() if held is not None and name != but))


def page(session: Session, asked: Asked, me: Actor, platforms: Mapping[str, str], limit: int = A_PAGE) -> Page:
    found, last = walked(session, asked, me, limit)
    return Page(lines_of(session, found, me), facets_of(session, asked, me, platforms), last)


def walked(session: Session, asked: Asked, me: Actor, limit: int) -> tuple[list[Alike], str | None]:
    """The surest first, from where a page ended; and where this one does."""
    rows = shown(narrowed(asked, me))
    if asked.after:
        rows = rows.where(beyond((RANK, Alike.id), asked.after, down=False))
    found = list(session.scalars(rows.order_by(RANK, Alike.id).limit(limit + 1)))
    there = found[:limit]
    return there, f"{ORDER.index((there[-1].kind, there[-1].sure))}-{there[-1].id}" if len(found) > limit else None


def shown(rows: sa.Select[Alike]) -> sa.Select[Alike]:
    return rows.options(joinedload(Alike.platform), joinedload(Alike.finding).joinedload(Finding.sample))


def facets_of(session: Session, asked: Asked, me: Actor, platforms: Mapping[str, str]) -> list[Facet]:
    words: dict[str, tuple[Text, Mapping[str, Text]]] = {
        "kind": (_("Taken for"), {each.value: word("item_kind", each.value) for each in Kind}),
        "sure": (_("How surely"), {each.value: word("sure", each.value) for each in Sure}),
        "platform": (_("Platform"), dict(platforms)),
    }
    columns: dict[str, Any] = {"kind": Alike.kind, "sure": Alike.sure, "platform": Organisation.code}
    states = {**{each: word("alike_state", each) for each in STATES}, ALL: _("All")}
    facets = [Facet("state", _("State"), asked.state, list(states.items()))]
    for name, (label, offered) in words.items():
        rows = narrowed(asked, me, but=name).join(Organisation, Organisation.id == Alike.platform_id)
        counted = rows.with_only_columns(columns[name], sa.func.count()).group_by(columns[name])
        many = {str(value): count for value, count in session.execute(counted)}
        choices: list[tuple[str, Text]] = [("", _("All"))]
        choices += [
            (value, _("%(value)s (%(count)s)", value=text, count=many.get(value, 0))) for value, text in offered.items()
        ]
        facets.append(Facet(name, label, getattr(asked, name), choices))
    return facets


def lines_of(session: Session, found: Sequence[Alike], me: Actor) -> list[Line]:
    names = Names(session, {each.decided_by_id for each in found if each.decided_by_id}, me)
    on = on_notices(session, found)
    return [line_of(each, names, on.get(each.id), me) for each in found]


def on_notices(session: Session, found: Sequence[Alike]) -> dict[int, str]:
    """By their ids, the live notice that each stands on: because of its finding, or of another while it is open."""
    keys = [each.id for each in found]
    asked = (on.add_columns(Alike.id).where(Alike.id.in_(keys)) for on in (stands_open_on(), stands_on()))
    return {key: reference for rows in asked for reference, key in session.execute(rows)}


def line_of(each: Alike, names: Names, notice: str | None, me: Actor) -> Line:
    listing, sample = each.listing, each.finding.sample
    state = WAITING if each.decision is None else each.decision.value
    return Line(
        key=each.id,
        version=each.version,
        title=str(listing.get("title") or each.listing_id),
        address=outside(listing.get("url")),
        platform=each.platform.name,
        shop=str(listing.get("shop_name") or ""),
        listing_id=each.listing_id,
        kind=word("item_kind", each.kind),
        tone=Tone.LIVE if each.kind == Kind.SAME_PRODUCT else Tone.IDLE,
        sure=word("sure", each.sure),
        why=each.why,
        finding=each.finding.number,
        product=sample.product_name,
        state=word("alike_state", state),
        state_tone=TONES[each.decision],
        decided_by=names.name(each.decided_by_id) if each.decided_by_id else "",
        decided_at=each.decided_at,
        reason=each.reason,
        notice=notice,
        may_decide=me.stands_over(each) and notice is None,
    )


def elsewhere(session: Session, finding: Finding, me: Actor) -> Elsewhere:
    """What is like its listing: how many, and the surest, those to be decided first."""
    rows = visible_to(me).where(Alike.finding_id == finding.id)
    counted = rows.with_only_columns(Alike.decision, sa.func.count()).group_by(Alike.decision)
    many: dict[str | None, int] = {decision: count for decision, count in session.execute(counted)}
    states = {WAITING: None, CONFIRMED: Decision.CONFIRMED, REJECTED: Decision.REJECTED}
    first = shown(rows).order_by(Alike.decision.is_not(None), RANK, Alike.id).limit(A_FEW)
    progress = progress_of(session, Finding.id == finding.id)
    return Elsewhere(
        lines=lines_of(session, session.scalars(first).all(), me),
        counts=[
            (word("alike_state", name), many.get(decision, 0), queue(state=name, finding=finding.number))
            for name, decision in states.items()
        ],
        progress=progress_in_words(progress),
        is_done=progress.waiting == 0,
        all=queue(state=ALL, finding=finding.number),
    )


def queue(*, state: str, finding: str) -> str:
    return url_for("alike.queue", state=state, finding=finding)


def progress_in_words(progress: Progress) -> Text:
    if progress.waiting:
        return _("Looked through %(looked)s of %(frames)s frames", looked=progress.looked, frames=progress.frames)
    if progress.left_out:
        return _("All frames looked through; %(count)s weaker likenesses were left out", count=progress.left_out)
    return _("All frames looked through")


def progress_of_all(progress: Progress) -> Text:
    """Of many findings: what is counted are looks, each of a finding in a frame."""
    if progress.waiting:
        return _(
            "%(looked)s of %(looks)s looks are made, each of a finding in a frame",
            looked=progress.looked,
            looks=progress.frames,
        )
    return progress_in_words(progress)
