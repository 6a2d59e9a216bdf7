"""All listings of a platform that wait for its answer, over all its notices, and one answer for many of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from quality.clocks.calendar import Calendar
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.core import clock as time
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.delivery.several import answer_several
from quality.evidence.models import EvidenceKind
from quality.notices.answers import MOST_UNITS, OutcomeEntry
from quality.notices.editions import not_in_force
from quality.notices.models import ItemStatus, Notice, NoticeItem, Outcome
from quality.notices.queries import OWN, WHOLE, due, listings_waiting, visible_to
from quality.pages.deadlines import Deadline, deadline
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Files, Form, Moment, Paragraph
from quality.pages.forms.fields import shown as showable
from quality.pages.forms.sheet import field_of, put_beside
from quality.pages.walking import beyond
from quality.pages.words import STATUSES, Status, word
from quality.people.actor import Actor

A_PAGE = 50
DIGITS = 15  # of an id in an address
KEY = (2, 3)  # parts; a page of before there were editions names none


class Line(NamedTuple):
    """A listing that waits. `key` names it, and the version and the edition of its notice in which it was seen."""

    item: NoticeItem
    key: str
    number: str
    status: Status
    deadline: Deadline | None  # None: no receipt is proven yet
    address: str


class Page(NamedTuple):
    lines: list[Line]
    next: int | None
    notice: str  # the only notice whose listings are shown, if it was asked for


class ManyAnswered(Form):
    """One answer for all that are chosen."""

    outcome = Choice(_("What became of the listings"))
    acted_at = Moment(_("Done at"), _("Beijing time; for listings that you removed"), optional=True)
    reason = Paragraph(_("Reason"), _("Needed where you refuse"), optional=True, rows=2)
    evidence = Files(_("Evidence"), _("Screenshots or records that show it, for all that you choose"), optional=True)


def form_of(sent: Any = None) -> ManyAnswered:
    form = ManyAnswered(sent)
    form.outcome.offer({outcome.value: word("outcome", outcome.value) for outcome in Outcome})
    return form


def page(session: Session, me: Actor, after: int | None = None, notice: str = "", limit: int = A_PAGE) -> Page:
    """The first due first, behind the listing `after`."""
    asked = listings_waiting(me).add_columns(WHOLE, OWN)
    if notice:
        asked = asked.where(Notice.number == notice)
    edge = session.execute(listings_waiting(me).where(NoticeItem.id == after)).first() if after else None
    if edge is not None:
        asked = asked.where(beyond((due(), NoticeItem.id), (edge[1], after), down=False))
    asked = asked.order_by(due(), NoticeItem.id).limit(limit + 1)
    asked = asked.options(
        contains_eager(NoticeItem.notice).joinedload(Notice.agency),
        selectinload(WHOLE.changes),
        selectinload(OWN.changes),
    )
    rows = list(session.execute(asked))
    known = calendar(session) if rows else Calendar()
    lines = [
        line(session, item, whole if item.status == ItemStatus.OPEN else own, known)
        for item, _due, whole, own in rows[:limit]
    ]
    return Page(lines, lines[-1].item.id if len(rows) > limit else None, notice)


def line(session: Session, item: NoticeItem, running: Clock | None, known: Calendar) -> Line:
    number = str(item.notice.number)
    return Line(
        item=item,
        key=f"{item.id}:{item.version}:{item.notice.edition}",
        number=number,
        status=STATUSES["notice_item"][item.status],
        deadline=deadline(session, shown(running, time.now()), known) if running else None,
        address=url_for("desk.dossier", kind="notice", number=number, _anchor=f"listing-{item.id}"),
    )


class Wrong(NamedTuple):
    """What keeps one of the chosen from being answered for."""

    called: str
    text: Text
    field: str = ""  # of the form, where the mistake stands in one


class Seen(NamedTuple):
    version: int
    edition: int | None = None  # of the notice


class Sent(NamedTuple):
    """The chosen listings by their ids, each as it was seen; and what was typed and ticked."""

    chosen: Mapping[int, Seen]
    units: Mapping[int, str]  # sold, of the chosen and of the others of the page
    ticked: Collection[int] = ()  # one by one; all others that are chosen came by `every`
    every: str = ""

    def all_of(self, lines: Sequence[Line]) -> bool:
        """The tick for all stands while it means what was seen: a listing that came meanwhile was not chosen."""
        return bool(self.every) and all(line.item.id in self.chosen for line in lines)

    def marked(self, lines: Sequence[Line]) -> Collection[int]:
        return self.ticked if self.all_of(lines) else self.chosen


def sent_of(args: Any) -> Sent:
    """`17:3:2` is listing 17 as its version 3 was seen, on edition 2. What is no such thing was typed by nobody."""
    ticked, every = keys_of(args.getlist("chosen")), args.get("every", "")
    chosen = keys_of(args.getlist("shown")) if every else ticked
    typed = {name.removeprefix("units-"): value for name, value in args.items() if name.startswith("units-")}
    units = {int(key): showable(value).strip() for key, value in typed.items() if is_number(key)}
    return Sent(chosen, units, ticked, every)


def keys_of(sent: Sequence[str]) -> dict[int, Seen]:
    parts = [each.split(":") for each in sent]
    fit = [part for part in parts if len(part) in KEY and all(map(is_number, part))]
    return {int(key): Seen(*map(int, seen)) for key, *seen in fit[: 4 * A_PAGE]}


def is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= DIGITS


def answer(session: Session, form: ManyAnswered, sent: Sent, *, by: Actor) -> tuple[int, list[Wrong]]:
    """Say the same of all that were chosen: how many were recorded, and what is wrong with the others.

    What was said before, exactly so, counts as recorded: a form that is sent twice changes nothing.
    """
    found = chosen_of(session, sent, by)
    wrong = gone(session, sent, found, by)
    try:
        proofs = taken_in(session, form.evidence.data, EvidenceKind.PLATFORM_PROOF, by=by)
    except Invalid as no:
        form.evidence.errors = [str(problem.text) for problem in no.problems]
        return 0, wrong
    said: list[tuple[NoticeItem, OutcomeEntry]] = []
    for key, item in found.items():
        problem, units = units_of(sent.units.get(key, ""))
        if problem := problem or changed(item, sent.chosen[key]):
            wrong.append(Wrong(called(item), problem))
        else:
            said.append((item, entry_of(form, item, units, proofs)))
    names = [called(item) for item, _entry in said]
    answered = answer_several(session, [(item.notice, entry) for item, entry in said], by=by)
    for name, result in zip(names, answered, strict=True):
        loose = put_beside(form, result.problems) if result.problems else [] if result.ok else [result.reason]
        about = [Wrong(name, problem.text, field_of(problem.field)) for problem in result.problems]
        wrong += about or [Wrong(name, text) for text in loose]
    return sum(result.ok for result in answered), wrong


GONE = _("This listing does not wait for your answer any more")
CHANGED = _("Somebody else changed this listing after you opened the page; look at it again")


def changed(item: NoticeItem, seen: Seen) -> Text | None:
    problem = not_in_force(item.notice, seen.edition)
    return problem.text if problem else None if item.version == seen.version else CHANGED


def chosen_of(session: Session, sent: Sent, by: Actor) -> dict[int, NoticeItem]:
    """Of the chosen, those that still wait for this platform."""
    asked = listings_waiting(by).where(NoticeItem.id.in_(sent.chosen))
    asked = asked.options(contains_eager(NoticeItem.notice), joinedload(NoticeItem.finding))
    return {item.id: item for item, _due in session.execute(asked.order_by(due(), NoticeItem.id))}


def gone(session: Session, sent: Sent, found: Collection[int], by: Actor) -> list[Wrong]:
    """Of the chosen, those that wait no more, by name where this platform may see them."""
    keys = [key for key in sent.chosen if key not in found]
    theirs = visible_to(by).with_only_columns(Notice.id)
    asked = sa.select(NoticeItem).where(NoticeItem.id.in_(keys), NoticeItem.notice_id.in_(theirs))
    names = {item.id: called(item) for item in session.scalars(asked.options(joinedload(NoticeItem.notice)))}
    return [Wrong(names.get(key, str(key)), GONE) for key in keys]


def units_of(typed: str) -> tuple[Text | None, int | None]:
    if not typed:
        return None, None
    if not typed.isdecimal() or int(typed[:DIGITS]) > MOST_UNITS:
        return _("Enter how many units were sold, 0 or more"), None
    return None, int(typed)


def entry_of(form: ManyAnswered, item: NoticeItem, units: int | None, proofs: Sequence[str]) -> OutcomeEntry:
    return OutcomeEntry(
        item.listing_id,
        form.outcome.data or "",
        acted_at=form.acted_at.data,
        reason=form.reason.data or "",
        units_sold=units,
        evidence=proofs,
    )


def called(item: NoticeItem) -> str:
    return f"{item.snapshot['listing']['title'] or item.listing_id} ({item.notice.number})"
