"""What was taken down and may be on sale again, as people decide on it: what is asked of the list, and its lines."""

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
from quality.likeness.matching import Sure
from quality.notices.models import ItemStatus, NoticeItem
from quality.pages.addresses import outside
from quality.pages.timeline import Names
from quality.pages.walking import beyond
from quality.pages.words import CODES, Tone, word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.publication.search import visible
from quality.radar.models import Hit, Said, Swept
from quality.radar.queries import swept_by, visible_to, waiting_for

A_PAGE, SWEEPS = 30, 10
MOST = 100  # that are counted
DIGITS = 15  # of an id in an address
OPEN, ALL = "open", "all"
STATES: dict[str, sa.ColumnElement[bool]] = {
    OPEN: Hit.decision.is_(None),
    **{said.value: Hit.decision == said for said in Said},
}
MEANT: dict[str, sa.ColumnElement[bool]] = {"itself": sa.and_(Hit.is_itself), "goods": ~Hit.is_itself}
TONES = {None: Tone.WAIT, Said.SAME: Tone.BAD, Said.OTHER: Tone.VOID, Said.GONE: Tone.SEEN}
FACETS = ("state", "meant", "sure", "platform")
assert set(CODES["radar_state"]) == set(STATES)


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told and left out."""

    state: str = OPEN
    meant: str = ""
    sure: str = ""
    platform: str = ""
    after: tuple[int, int] | None = None  # the page after this rank and id
    not_understood: tuple[str, ...] = ()

    def in_the_address(self, **other: str) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in FACETS} | other
        return {name: value for name, value in said.items() if value and (name, value) != ("state", OPEN)}


class Line(NamedTuple):
    """One listing: what it is, what it is taken for and why, and what was said of it."""

    key: int
    item: int
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
    notice: str
    verified_at: datetime | None
    found_at: datetime
    state: Text
    state_tone: Tone
    decided_by: Text
    decided_at: datetime | None
    reason: str
    may_decide: bool
    look: str | None  # where what is seen at its address is written down
    may_reopen: bool  # what follows from that, on the notice


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
    sweeps: Sequence[Swept]
    waiting: int  # frames that have yet to be compared


def asked_of(args: MultiDict[str, str], platforms: Iterable[str]) -> Asked:
    known: dict[str, set[str]] = {
        "state": {*STATES, ALL},
        "meant": set(MEANT),
        "sure": set(Sure),
        "platform": set(platforms),
    }
    odd, chosen = [], {"state": OPEN}
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
    return Asked(**chosen, after=after, not_understood=tuple(visible(each)[:40] for each in odd))


def platforms_of(session: Session, me: Actor) -> dict[str, str]:
    """The platforms on which anything was found, by their codes."""
    there = visible_to(me).where(Hit.platform_id == Organisation.id)
    asked = sa.select(Organisation.code, Organisation.name).where(there.exists()).order_by(Organisation.name)
    return {code: name for code, name in session.execute(asked)}


def narrowed(asked: Asked, me: Actor, but: str = "") -> sa.Select[Hit]:
    """`but` is a facet that is left out of account."""
    conditions: dict[str, sa.ColumnElement[bool] | None] = {
        "state": STATES.get(asked.state),
        "meant": MEANT.get(asked.meant),
        "sure": Hit.sure == asked.sure if asked.sure else None,
        "platform": Hit.platform.has(code=asked.platform) if asked.platform else None,
    }
    return visible_to(me).where(*(held for name, held in conditions.items() if held is not None and name != but))


def page(session: Session, asked: Asked, me: Actor, platforms: Mapping[str, str]) -> Page:
    found, last = walked(session, asked, me, A_PAGE)
    facets = facets_of(session, asked, me, platforms)
    return Page(lines_of(session, found, me), facets, last, swept_by(session, me, SWEEPS), waiting_for(session, me))


def walked(session: Session, asked: Asked, me: Actor, limit: int) -> tuple[list[Hit], str | None]:
    """The surest first, from where a page ended; and where this one does."""
    rows = narrowed(asked, me).options(
        joinedload(Hit.platform),
        joinedload(Hit.item).joinedload(NoticeItem.notice),
        joinedload(Hit.item).joinedload(NoticeItem.finding).joinedload(Finding.sample),
        joinedload(Hit.swept).joinedload(Swept.campaign),
    )
    if asked.after:
        rows = rows.where(beyond((Hit.rank, Hit.id), asked.after, down=False))
    found = list(session.scalars(rows.order_by(Hit.rank, Hit.id).limit(limit + 1)))
    there = found[:limit]
    return there, f"{there[-1].rank}-{there[-1].id}" if len(found) > limit else None


def facets_of(session: Session, asked: Asked, me: Actor, platforms: Mapping[str, str]) -> list[Facet]:
    words: dict[str, tuple[Text, Mapping[str, Text], Any]] = {
        "meant": (
            _("Taken for"),
            {each: word("radar_meant", each) for each in MEANT},
            sa.case((Hit.is_itself, "itself"), else_="goods"),
        ),
        "sure": (_("How surely"), {each.value: word("sure", each.value) for each in Sure}, Hit.sure),
        "platform": (_("Platform"), dict(platforms), Organisation.code),
    }
    states = {**{each: word("radar_state", each) for each in STATES}, ALL: _("All")}
    facets = [Facet("state", _("State"), asked.state, list(states.items()))]
    for name, (label, offered, column) in words.items():
        rows = narrowed(asked, me, but=name).join(Organisation, Organisation.id == Hit.platform_id)
        counted = rows.with_only_columns(column.label("value"), sa.func.count()).group_by("value")
        many = {str(value): count for value, count in session.execute(counted)}
        choices: list[tuple[str, Text]] = [("", _("All"))]
        choices += [
            (value, _("%(value)s (%(count)s)", value=text, count=many.get(value, 0))) for value, text in offered.items()
        ]
        facets.append(Facet(name, label, getattr(asked, name), choices))
    return facets


def lines_of(session: Session, found: Sequence[Hit], me: Actor) -> list[Line]:
    names = Names(session, {each.decided_by_id for each in found if each.decided_by_id}, me)
    return [line_of(each, names, me) for each in found]


def line_of(hit: Hit, names: Names, me: Actor) -> Line:
    listing, item = hit.listing, hit.item
    may_look = hit.is_itself and me.can(Can.ITEM_VERIFY) and me.stands_over(hit)
    is_back = hit.decision == Said.SAME and item.status == ItemStatus.VERIFIED
    return Line(
        key=hit.id,
        item=hit.item_id,
        title=str(listing.get("title") or hit.listing_id),
        address=outside(listing.get("url")),
        platform=hit.platform.name,
        shop=str(listing.get("shop_name") or ""),
        listing_id=hit.listing_id,
        kind=word("radar_meant", "itself" if hit.is_itself else "goods"),
        tone=Tone.LIVE if hit.is_itself else Tone.IDLE,
        sure=word("sure", hit.sure),
        why=hit.why,
        product=item.finding.sample.product_name,
        notice=number_of(hit),
        verified_at=item.settled_at,
        found_at=hit.found_at,
        state=word("radar_state", state_of(hit)),
        state_tone=TONES[hit.decision],
        decided_by=names.name(hit.decided_by_id) if hit.decided_by_id else "",
        decided_at=hit.decided_at,
        reason=hit.reason,
        may_decide=hit.decision is None and me.stands_over(hit),
        look=look_form(hit) if may_look and hit.decision is None else None,
        may_reopen=may_look and is_back,
    )


def state_of(hit: Hit) -> str:
    return OPEN if hit.decision is None else hit.decision.value


def number_of(hit: Hit) -> str:
    return hit.item.notice.number or hit.item.notice.reference


def look_form(hit: Hit) -> str:
    return url_for("desk.part_sheet", kind="notice", number=number_of(hit), part=hit.item_id, name="look")


def hits_waiting(session: Session, me: Actor) -> int:
    """For who decides: how many of the own agency's wait, up to 100."""
    if not me.can(Can.ALIKE_DECIDE):
        return 0
    own = visible_to(me).where(Hit.agency_id == me.organisation_id, Hit.decision.is_(None))
    few = own.with_only_columns(Hit.id).limit(MOST).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(few)).one()
