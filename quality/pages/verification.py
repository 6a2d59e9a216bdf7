"""Everything of an agency that waits for its own look: what platforms claimed, and later looks that are due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from werkzeug.datastructures import MultiDict

from quality.captures.models import Capture, Suggestion
from quality.captures.queries import by_clock, pictures_of
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.core import clock as time
from quality.core.words import Text, _
from quality.notices.models import Look, Notice, NoticeItem
from quality.notices.operations.looking import RECHECKS
from quality.notices.queries import looks_due
from quality.notices.second import drawn_claim, is_kept_from, lacks_a_second, looks_since_the_claim
from quality.pages.deadlines import Deadline, deadline
from quality.pages.kinds.notice.listings import Side, number, said, seen
from quality.pages.moments import apart
from quality.pages.rechecks import SOON
from quality.pages.walking import beyond
from quality.pages.words import Tone, word
from quality.pages.worklist import Group, group_of
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.publication.search import visible

A_PAGE = 30
DIGITS = 15  # of an id in an address
CLAIMS, AGAIN = "claims", "again"
WHAT: dict[str, Text] = {CLAIMS: _("What platforms claim"), AGAIN: _("Later looks")}


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told and left out."""

    platform: str = ""
    what: str = ""
    after: int | None = None  # the page after this clock
    before: int | None = None
    not_understood: tuple[str, ...] = ()

    def in_the_address(self) -> dict[str, Any]:
        return {name: value for name, value in (("platform", self.platform), ("what", self.what)) if value}


class Second(StrEnum):
    """How far two looks at one claim have come, for one reader."""

    FIRST = "first"  # nobody has looked yet
    MINE = "mine"  # somebody has; I have not
    OTHERS = "others"  # I have, or more than one has: and another is still needed
    DONE = "done"


class Captured(NamedTuple):
    """What a program met there for this look, as the queue says it."""

    tone: Tone
    says: Text
    because: Text
    picture: str | None


class Waiting(NamedTuple):
    """One listing that waits. `is_again`: it was verified before, and this is a later look (回头看)."""

    item: NoticeItem
    clock: int
    number: str
    group: Group
    deadline: Deadline
    is_again: bool
    is_looked_at: bool  # what is left to do stands on the notice
    second: Second | None
    capture: Captured | None
    to_do: Text
    said: Side
    seen: Side | None  # since the platform last answered
    look: str
    notice: str


TONES = {Suggestion.GONE: Tone.OK, Suggestion.THERE: Tone.BAD, Suggestion.UNSURE: Tone.WAIT}


def captured(item: NoticeItem, one: Capture | None, pictures: Mapping[tuple[int, str], int]) -> Captured | None:
    if one is None:
        return None
    if one.suggests is None or one.sha256 is None:
        why = word("capture_problem", one.problem) if one.problem else ""
        return Captured(Tone.WAIT, _("Not captured"), why, None)
    exhibit = pictures.get((item.id, one.sha256))
    return Captured(
        TONES[one.suggests],
        word("suggestion", one.suggests),
        apart().join(str(word("capture_reason", each)) for each in one.reasons),
        url_for("exhibits.show", kind="notice", number=number(item.notice), exhibit=exhibit) if exhibit else None,
    )


class Page(NamedTuple):
    groups: list[tuple[Group, list[Waiting]]]
    next: int | None
    previous: int | None


def asked_of(args: MultiDict[str, str], platforms: Iterable[str]) -> Asked:
    odd = []
    chosen = {}
    for name, known in (("platform", set(platforms)), ("what", set(WHAT))):
        value = args.get(name, "")
        chosen[name] = value if value in known else ""
        if value and value not in known:
            odd.append(value)
    cursors: dict[str, int | None] = {}
    for name in ("after", "before"):
        text = args.get(name, "")
        fits = text.isascii() and text.isdigit() and len(text) <= DIGITS
        cursors[name] = int(text) if fits else None
        if text and not fits:
            odd.append(text)
    return Asked(
        chosen["platform"],
        chosen["what"],
        cursors["after"],
        cursors["before"],
        tuple(visible(each)[:40] for each in odd),
    )


def platforms_of(session: Session, me: Actor) -> dict[str, str]:
    """The platforms that the agency ever sent a notice to, by their codes."""
    there = sa.select(Notice.id).where(Notice.agency_id == me.organisation_id, Notice.platform_id == Organisation.id)
    asked = sa.select(Organisation.code, Organisation.name).where(there.exists()).order_by(Organisation.name)
    return {code: name for code, name in session.execute(asked)}


def page(session: Session, asked: Asked, me: Actor, limit: int = A_PAGE) -> Page:
    """What waits, the oldest due first, from where a page ended, either way."""
    rows = looks_due(me, time.now() + SOON)
    if asked.platform:
        rows = rows.where(Notice.platform.has(code=asked.platform))
    if asked.what:
        is_again = Clock.rule.in_(RECHECKS)
        rows = rows.where(is_again if asked.what == AGAIN else ~is_again)
    rows = rows.options(
        contains_eager(NoticeItem.notice).joinedload(Notice.platform),
        selectinload(NoticeItem.claims),
        selectinload(NoticeItem.looks).joinedload(Look.by),
        selectinload(Clock.changes),
        joinedload(NoticeItem.finding),
    )
    edge = session.get(Clock, asked.after or asked.before) if asked.after or asked.before else None
    back = edge is not None and asked.after is None
    if edge is not None:
        rows = rows.where(beyond((Clock.due_at, Clock.id), (edge.due_at, edge.id), down=back))
    order = (Clock.due_at.desc(), Clock.id.desc()) if back else (Clock.due_at, Clock.id)
    found = [(item, running) for item, running in session.execute(rows.order_by(*order).limit(limit + 1))]
    has_more, found = len(found) > limit, found[:limit]
    if back:
        found.reverse()
    known = calendar(session)
    there = by_clock(session, [running.id for _item, running in found])
    pictures = pictures_of(session, there.values())
    lines = [
        waiting(session, item, running, known, me)._replace(capture=captured(item, there.get(running.id), pictures))
        for item, running in found
    ]
    groups = [(group, [line for line in lines if line.group is group]) for group in Group]
    return Page(
        groups=[(group, there) for group, there in groups if there],
        next=lines[-1].clock if lines and (back or has_more) else None,
        previous=lines[0].clock if lines and (has_more if back else edge is not None) else None,
    )


def second_look(item: NoticeItem, me: Actor) -> Second | None:
    """None where the claim was not drawn."""
    if drawn_claim(item) is None:
        return None
    if not lacks_a_second(item):
        return Second.DONE
    if not looks_since_the_claim(item):
        return Second.FIRST
    return Second.MINE if is_kept_from(item, me.id) else Second.OTHERS


def waiting(session: Session, item: NoticeItem, running: Clock, known: Any, me: Actor) -> Waiting:
    notice, is_again = number(item.notice), running.rule in RECHECKS
    looked = has_look_since(item, running)
    second = second_look(item, me)
    is_looked_at = looked and second is not Second.MINE and not (is_again and item.looks[-1].gone)
    return Waiting(
        item=item,
        clock=running.id,
        number=notice,
        group=group_of(running),
        deadline=deadline(session, shown(running, time.now()), known),
        is_again=is_again,
        is_looked_at=is_looked_at,
        second=second,
        capture=None,
        to_do=SECOND[second] if second in SECOND else to_do(is_again=is_again, is_looked_at=is_looked_at),
        said=said(item),
        seen=seen(item, me) if looked else None,
        look=url_for("desk.part_sheet", kind="notice", number=notice, part=item.id, name="look"),
        notice=url_for("desk.dossier", kind="notice", number=notice, _anchor=f"listing-{item.id}"),
    )


SECOND: dict[Second | None, Text] = {
    Second.MINE: _("See for yourself: somebody has looked, and what they saw is kept from you until you have"),
    Second.OTHERS: _("You have looked; now another person must"),
}


def has_look_since(item: NoticeItem, running: Clock) -> bool:
    """Whether somebody looked since the clock began, so that only what follows from it is left to do."""
    return bool(item.looks) and item.looks[-1].seen_at > running.started_at


def to_do(*, is_again: bool, is_looked_at: bool) -> Text:
    match is_again, is_looked_at:
        case True, True:
            return _("Reopen the listing: it was found on sale again")
        case True, False:
            return _("Look again whether the listing stays down")
        case False, True:
            return _("Verify the claim or send it back: it was looked at")
        case _:
            return _("See for yourself what the platform says")
