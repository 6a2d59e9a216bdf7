"""The listings of a notice as its page shows them: what the platform says of each, and beside it what we saw."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, object_session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from quality.core.words import Text, _
from quality.evidence.models import Exhibit
from quality.lab.models import Finding
from quality.notices.contents import as_known
from quality.notices.models import Claim, Look, Notice, NoticeItem
from quality.notices.second import is_kept_from, looks_told
from quality.notices.workflow import own_proofs_since
from quality.pages.judging import Row, overtaken, weights_of
from quality.pages.kinds.notice.history import Entry, claimed, histories
from quality.pages.kinds.shape import link
from quality.pages.moments import moment
from quality.pages.words import STATUSES, Status, Tone, status_of_item, word
from quality.people.actor import Actor
from quality.permissions import Can, Sees

URGENT = ("returned", "reopened", "open", "claimed", "excused", "verified")  # first what needs an answer
TO_LOOK_AT = ("claimed", *(each for each in URGENT if each != "claimed"))  # and to an agency, first what needs a look


class Side(NamedTuple):
    """One side of a listing: said by the platform, or seen by us."""

    tone: Tone
    says: Text
    lines: list[Text]


class Listing(NamedTuple):
    item: NoticeItem
    place: int
    status: Status
    shown: dict[str, Any]
    failed: list[Row]
    said: Side
    seen: Side
    history: list[Entry]  # all that was ever said and seen of it
    origin: list[tuple[str, str]]  # the cases that it comes from, with their addresses, for who may read them


def number(notice: Notice) -> str:
    return notice.number or notice.reference


def said(item: NoticeItem) -> Side:
    claim = item.claims[-1] if item.claims else None
    if claim is None:
        return Side(Tone.WAIT, _("No answer yet"), [])
    lines = [_("said %(moment)s", moment=moment(claim.received_at)), *claimed(claim)]
    return Side(Tone.SAID, word("outcome", claim.outcome), lines)


def seen(item: NoticeItem, me: Actor) -> Side:
    if is_kept_from(item, me.id) and me.sees is Sees.AGENCY:
        return Side(Tone.WAIT, _("Kept until you have looked"), [_("Drawn for a second look: somebody has looked")])
    looks = looks_told(item, me.id)
    look = looks[-1] if looks else None
    if look is None:
        return Side(Tone.WAIT, _("Not looked at yet"), [])
    lines: list[Text] = [_("looked %(moment)s", moment=moment(look.seen_at))]
    if look.reason:
        lines.append(look.reason)
    if item.excuse:
        lines.append(word("excuse", item.excuse))
    if not look.gone:
        return Side(Tone.BAD, _("Still on sale"), lines)
    if STATUSES["notice_item"][item.status].tone is Tone.SEEN:
        return Side(Tone.SEEN, _("Verified: gone"), lines)
    return Side(Tone.OK, _("Was gone when we looked"), lines)


def listings(session: Session, notice: Notice, me: Actor) -> dict[int, Listing]:
    """By the ids of their items, first what waits for this reader."""
    known = as_known(session, notice.items)
    results = {key: (said["results"], said["first_results"]) for key, said in known.items()}
    decides = me.sees is not Sees.PLATFORM  # how the agency weighs an item is nothing that a platform answers for
    weights = weights_of(session, notice.agency_id, *chain(*results.values())) if decides else {}
    told = histories(session, notice, me)
    found = [
        Listing(
            item,
            place,
            status_of_item(item.status, notice.status),
            known[item.id],
            [row for row in overtaken(*results[item.id], weights) if row.is_bad],
            said(item),
            seen(item, me),
            told[item.id],
            origin(item, me),
        )
        for place, item in enumerate(notice.items, 1)
    ]
    order = TO_LOOK_AT if decides else URGENT
    found.sort(key=lambda listing: order.index(listing.item.status))
    return {listing.item.id: listing for listing in found}


def origin(item: NoticeItem, me: Actor) -> list[tuple[str, str]]:
    finding = item.finding
    sample = finding.sample.number
    links = [(finding.number, link(me, Can.FINDING_READ, "finding", finding.number))]
    links.append((sample, link(me, Can.SAMPLE_READ, "sample", sample)))
    return [(text, address) for text, address in links if address]


def kept_from(notice: Notice, me: Actor) -> set[int]:
    """The pictures of a first look, until this reader has looked too."""
    session = object_session(notice)
    assert session is not None, "it was read"
    drawn = sa.select(NoticeItem).join(NoticeItem.claims).where(NoticeItem.notice_id == notice.id, Claim.is_drawn)
    return {
        proof.id
        for item in session.scalars(drawn.distinct())
        if is_kept_from(item, me.id)
        for proof in own_proofs_since(item, item.claims[-1].received_at)
    }


def named(item: NoticeItem) -> str:
    return title_in(item.snapshot)


def title_in(snapshot: Mapping[str, Any]) -> str:
    return str(snapshot["listing"]["title"] or snapshot["product"]["name"])


def read_what_was_said(session: Session, notice: Notice) -> None:
    """Its listings with their claims, looks, findings and proofs, each read once, however many there are.

    They are hung on the notice: what nobody holds, the session forgets and asks for again.
    """
    asked = sa.select(NoticeItem).where(NoticeItem.notice_id == notice.id).order_by(NoticeItem.id)
    asked = asked.options(
        selectinload(NoticeItem.claims),
        selectinload(NoticeItem.looks).joinedload(Look.by),
        selectinload(NoticeItem.exhibits).joinedload(Exhibit.holding),
        joinedload(NoticeItem.finding).joinedload(Finding.sample),
    )
    set_committed_value(notice, "items", list(session.scalars(asked)))
