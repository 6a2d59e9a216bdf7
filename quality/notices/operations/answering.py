"""A platform answers, listing by listing: what it says is written down as its claim, and believed by nobody yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as clock_queries
from quality.clocks.calendar import Calendar
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.core.workflow import perform
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.notices.answers import OutcomeEntry, problems_of
from quality.notices.editions import asked_since, refuse_superseded
from quality.notices.models import Claim, ItemStatus, Notice, NoticeItem, Outcome
from quality.notices.permit import permit
from quality.notices.practice import practice_of
from quality.notices.second import is_drawn
from quality.notices.workflow import ANSWER, CLAIM
from quality.people.actor import Actor
from quality.permissions import Can

MOST = 1_000  # answers in one call
SETTLED = (ItemStatus.VERIFIED, ItemStatus.EXCUSED)
NOT_ASKED_AGAIN = {"asked_again_at": None, "asked_again_in": None}  # facts of a listing


class Answered(NamedTuple):
    """What became of one answer. `code` and `reason` say why not; `problems` name the fields that were wrong."""

    listing_id: str
    ok: bool
    code: str = ""
    reason: Text | str = ""
    status: ItemStatus | None = None
    version: int | None = None
    problems: tuple[FieldProblem, ...] = ()


def answer(
    session: Session, notice: Notice, outcomes: Sequence[OutcomeEntry], *, by: Actor, edition: int | None = None
) -> list[Answered]:
    """Write down each answer that can be, and say of every other why not, in the order they came.

    `edition` is the one that was read: nothing is written down where another is in force since. One bad answer does
    not lose the others. The same answer again changes nothing. When no listing waits any more, the notice is answered
    in the same transaction.
    """
    permit(by, Can.ITEM_ANSWER, notice)
    if not 1 <= len(outcomes) <= MOST:
        raise Invalid(FieldProblem("outcomes", "how_many", _("Send 1 to %(most)s answers at once", most=MOST)))
    hold(session, notice)
    refuse_superseded(session, notice, edition)
    first_of = {entry.listing_id: entry for entry in reversed(outcomes)}
    calendar = clock_queries.calendar(session)
    results = []
    for entry in outcomes:
        if first_of[entry.listing_id] != entry:
            results.append(no(entry, "doubled", _("This listing stands twice with different answers; send it once")))
        else:
            results.append(answer_one(session, notice, entry, by=by, calendar=calendar))
    if ANSWER.refusal(notice, by) is None:
        move_on(session, notice, by=by)
    items = {item.listing_id: item for item in notice.items}
    return [
        result._replace(status=item.status, version=item.version) if (item := items.get(result.listing_id)) else result
        for result in results
    ]


def hold(session: Session, notice: Notice) -> None:
    """Lock the notice for the whole answer, before the first savepoint.

    On SQLite a savepoint before the first write would be the transaction itself, and its release a commit.
    """
    session.execute(sa.update(Notice).where(Notice.id == notice.id).values(version=Notice.version))
    session.expire_all()


def answer_one(session: Session, notice: Notice, entry: OutcomeEntry, *, by: Actor, calendar: Calendar) -> Answered:
    try:
        item = listing_of(session, notice, entry)
        if not has_been_said(item, entry):
            with session.begin_nested():
                claim(session, item, entry, by=by, calendar=calendar)
    except Invalid as wrong:
        session.expire_all()  # the savepoint took back what was read since
        first = wrong.problems[0]
        return no(entry, first.code, first.text, wrong.problems)
    except Refused as refused:
        session.expire_all()
        return no(entry, refused.code, refused.reason)
    return Answered(entry.listing_id, ok=True)


def no(entry: OutcomeEntry, code: str, reason: Text, problems: Sequence[FieldProblem] = ()) -> Answered:
    return Answered(entry.listing_id, ok=False, code=code, reason=reason, problems=tuple(problems))


def listing_of(session: Session, notice: Notice, entry: OutcomeEntry) -> NoticeItem:
    """By itself: each answer makes the session forget what it has read, and a notice may name a thousand."""
    asked = sa.select(NoticeItem).where(NoticeItem.notice_id == notice.id, NoticeItem.listing_id == entry.listing_id)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise Invalid(no_such_listing(entry))
    return found


def no_such_listing(entry: OutcomeEntry) -> FieldProblem:
    text = _("There is no listing %(listing)s on this notice", listing=entry.listing_id)
    return FieldProblem("listing_id", "unknown_listing", text)


def has_been_said(item: NoticeItem, entry: OutcomeEntry) -> bool:
    """Whether the last claim says the same, and was not sent back since: a second call after a lost answer."""
    last = item.claims[-1] if item.claims else None
    if last is None or item.status in (ItemStatus.RETURNED, ItemStatus.REOPENED):
        return False
    said = (last.outcome, last.acted_at, last.reason, last.units_sold, last.swept, last.evidence)
    says = (entry.outcome, entry.acted_at, entry.reason.strip(), entry.units_sold, list(entry.swept), proofs(entry))
    return said == says


def why_not(item: NoticeItem, entry: OutcomeEntry, *, now: datetime) -> Invalid | Refused | None:
    """What keeps this answer from being taken down, beside what the move itself asks. Nothing is written."""
    if problems := problems_of(entry, issued_at=asked_since(item) or now, now=now):
        return Invalid(*problems)
    if item.status in SETTLED:
        return Refused("wrong_status", _("This listing is settled: nothing is left to answer for it"))
    return None


def proofs(entry: OutcomeEntry) -> list[str]:
    return sorted(set(entry.evidence))


def claim(session: Session, item: NoticeItem, entry: OutcomeEntry, *, by: Actor, calendar: Calendar) -> None:
    """The platform says this of one listing. Our time to see for ourselves begins, anew with every claim."""
    now = clock.now()
    if wrong := why_not(item, entry, now=now):
        raise wrong
    perform(session, item, CLAIM, by=by, details={"outcome": entry.outcome}, facts=NOT_ASKED_AGAIN)
    clocks.stop(session, item, item.notice.removal_rule, now, by=by)
    digest, practice = item.notice.digest, practice_of(session, item.agency_id)
    said = Claim(
        item_id=item.id,
        outcome=Outcome(entry.outcome),
        acted_at=entry.acted_at,
        reason=entry.reason.strip(),
        units_sold=entry.units_sold,
        swept=list(entry.swept),
        evidence=proofs(entry),
        received_at=now,
        by_id=by.id,
        second_look_percent=practice.second_look_percent if practice else 0,
    )
    session.add(said)
    session.flush()
    said.is_drawn = is_drawn(digest, said.id, said.second_look_percent)
    for sha256 in proofs(entry):
        try:
            attach(session, item.notice, sha256, EvidenceKind.PLATFORM_PROOF, by=by, part=item)
        except Invalid as wrong:
            place = f"evidence {list(entry.evidence).index(sha256) + 1}"
            raise Invalid(*(problem._replace(field=place) for problem in wrong.problems)) from wrong
    clocks.stop(session, item, "verify_claim", now, by=by, outcome="superseded")
    clocks.start(session, item, "verify_claim", now, calendar=calendar)


def move_on(session: Session, notice: Notice, *, by: Actor) -> None:
    now = clock.now()
    perform(session, notice, ANSWER, by=by)
    clocks.stop(session, notice, notice.removal_rule, now, by=by)
    clocks.stop(session, notice, "acknowledge", now, by=by, outcome="answered")
