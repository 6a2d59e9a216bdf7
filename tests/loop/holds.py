"""What must hold after every deed of the loop: looked for in the rows themselves, beside what a storm is judged by."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from quality.clocks.models import Clock, ClockRung
from quality.core.clock import BEIJING
from quality.core.events import Event
from quality.delivery.models import Medium, Message, MessageType, Receipt
from quality.delivery.payload import notice_for_platform
from quality.notices.models import REMOVAL_RULES, Claim, ItemStatus, Notice, NoticeItem, Outcome
from tests.loop.watcher import Watcher
from tests.storm.invariants import CHECKS
from tests.storm.invariants.ground import Place

AS_IN_A_STORM = (
    "status", "steps", "verified", "second", "drawn", "closed", "numbers", "clocks", "time", "onward", "dead",
)  # fmt: skip
BACK = (ItemStatus.RETURNED, ItemStatus.REOPENED)
Due = dict[int, tuple[datetime, datetime]]  # by clock: when it began, and when it is due


def what_is_wrong(place: Place, watcher: Watcher, rung_at: datetime) -> Iterator[str]:
    for name in AS_IN_A_STORM:
        yield from (f"{CHECKS[name].says}: {offender}" for offender in CHECKS[name].find(place))
    yield from served_by_no_first_proof(place, watcher)
    yield from given_time_unheard(place, watcher)
    yield from ran_out_in_silence(place, rung_at)
    yield from claimed_what_cannot_be(place)
    yield from platform_reads_otherwise(place, watcher)


def served_by_no_first_proof(place: Place, watcher: Watcher) -> Iterator[str]:
    """From the first proven receipt, by a proof that is kept, and never from another afterwards."""
    for notice in place.session.scalars(sa.select(Notice).where(Notice.served_at.is_not(None))):
        assert notice.served_at
        proofs = watcher.proofs[notice.id]
        if not proofs:
            yield f"{notice.number} is served, and nobody of its platform received it"
            continue
        first = watcher.served.setdefault(notice.id, min(proofs))
        kept = place.session.scalar(sa.select(sa.func.min(Receipt.received_at)).where(Receipt.notice_id == notice.id))
        began = place.session.scalar(
            sa.select(sa.func.min(Clock.started_at)).where(
                Clock.subject_type == "notice", Clock.subject_id == notice.id, Clock.rule == notice.removal_rule
            )
        )
        if not notice.served_at == first == kept == began:
            yield f"{notice.number} is served from {notice.served_at}, received {first}, kept {kept}, runs from {began}"


def given_time_unheard(place: Place, watcher: Watcher) -> Iterator[str]:
    back = sa.select(NoticeItem.id).where(NoticeItem.status.in_(BACK), NoticeItem.asked_again_in.is_(None))
    for key in place.session.scalars(back):
        if key not in watcher.heard:
            yield f"item {key} has its time, and its platform is not proved to know that it went back"


def ran_out_in_silence(place: Place, rung_at: datetime) -> Iterator[str]:
    """What ran out by the last time that the job looked stands in the record, as does what was stopped too late."""
    told = {
        int(event.details["clock"])
        for event in place.session.scalars(sa.select(Event).where(Event.action == "overdue"))
    }
    for clock in place.session.scalars(sa.select(Clock)):
        ran_out = clock.due_at <= rung_at and clock.paused_at is None if clock.is_running else clock.is_overdue(rung_at)
        if ran_out and clock.overdue_recorded_at is None:
            yield f"{clock.rule} of {clock.subject_type}:{clock.subject_id} ran out at {clock.due_at} in silence"
        if clock.overdue_recorded_at is not None and clock.id not in told:
            yield f"{clock.rule} of {clock.subject_type}:{clock.subject_id} is overdue, and no event says so"
    early = sa.select(ClockRung.clock_id).where(ClockRung.reached_at > ClockRung.recorded_at)
    yield from (f"a step of clock {key} was taken before its moment" for key in place.session.scalars(early))


def claimed_what_cannot_be(place: Place) -> Iterator[str]:
    for claim in place.session.scalars(sa.select(Claim).where(Claim.acted_at.is_not(None))):
        assert claim.acted_at
        issued = claim.item.notice.issued_at
        if claim.acted_at > claim.received_at:
            yield f"claim {claim.id} tells of the future"
        if claim.outcome == Outcome.REMOVED and (issued is None or claim.acted_at < issued):
            yield f"claim {claim.id} tells of a removal before the notice"


def platform_reads_otherwise(place: Place, watcher: Watcher) -> Iterator[str]:
    """What a platform's program reads is what stands in the rows, the days by which it must answer too."""
    due = {
        (clock.subject_type, clock.subject_id): clock.due_at.astimezone(BEIJING).isoformat()
        for clock in place.session.scalars(
            sa.select(Clock).where(Clock.rule.in_(REMOVAL_RULES), Clock.stopped_at.is_(None))
        )
    }
    for notice in place.session.scalars(sa.select(Notice).where(Notice.issued_at.is_not(None))):
        if watcher.read.get(notice.id) == notice.version:
            continue
        watcher.read[notice.id] = notice.version
        read = notice_for_platform(place.session, notice, "http://127.0.0.1")
        theirs = [due.get(("notice", notice.id)), *(due.get(("notice_item", item.id)) for item in notice.items)]
        said: dict[str, Any] = {
            "number": notice.number,
            "status": notice.status,
            "version": notice.version,
            "due_at": min(filter(None, theirs), default=None),
        }
        wrong = {name: (read[name], value) for name, value in said.items() if read[name] != value}
        for item, told in zip(notice.items, read["items"], strict=True):
            by = due.get(
                ("notice_item" if item.status in BACK else "notice", item.id if item.status in BACK else notice.id)
            )
            waits = item.status in BACK or item.status == ItemStatus.OPEN
            expected = (
                item.listing_id,
                item.status,
                by if waits else None,
                item.claims[-1].outcome if item.claims else None,
            )
            found = (told["listing_id"], told["status"], told["due_at"], (told["claim"] or {}).get("outcome"))
            if found != expected:
                wrong[item.listing_id] = (found, expected)
        if wrong:
            yield f"{notice.number} reads otherwise than it stands: {wrong}"


# --- once the job has told what there is to tell ---

WORDS = {"send_back": MessageType.RETURNED, "reopen": MessageType.REOPENED}
ENDS = {"sealed": MessageType.ISSUED, "close": MessageType.CLOSED, "withdraw": MessageType.CLOSED}


def not_told(place: Place) -> Iterator[str]:
    """Each thing that happened to a notice since it was issued was told its own platform once, as it stood then."""
    session = place.session
    for notice in session.scalars(sa.select(Notice).where(Notice.issued_at.is_not(None))):
        events = session.scalars(
            sa.select(Event).where(Event.subject_type == "notice", Event.subject_id == notice.id).order_by(Event.seq)
        ).all()
        stood = dict[int, str]()
        happened = Counter[tuple[str, str]]()
        for event in events:
            last = str(event.new_status) if event.new_status and not event.part else stood.get(event.seq - 1, "")
            stood[event.seq] = last
            if word := WORDS.get(event.action) if event.part else ENDS.get(event.action):
                happened[word, f"event:{event.seq}"] += 1
        told = Counter[tuple[str, str]]()
        for message in session.scalars(
            sa.select(Message).where(Message.notice_id == notice.id, Message.medium == Medium.WEBHOOK)
        ):
            if message.type != MessageType.REMINDER:
                told[message.type, message.cause] += 1
            said = json.loads(message.body)["data"]
            if message.platform_id != notice.platform_id or said["number"] != notice.number:
                yield f"message {message.id} tells another platform, or of another notice"
            if said["status"] != (then := stood[said["version"]]):
                yield f"message {message.id} says {said['status']} of version {said['version']}, which was {then}"
        if told != happened:
            yield f"{notice.number}: happened {happened - told} and was not told, told {told - happened}, which did not"


def backward(place: Place, before: Due, *, may_move: bool) -> Iterator[str]:
    """No clock begins anew, and what is granted is never less, but where a calendar was entered."""
    for clock in place.session.scalars(sa.select(Clock)):
        began, due = before.get(clock.id, (clock.started_at, clock.due_at))
        if clock.started_at != began or (clock.due_at < due and not may_move):
            yield f"{clock.rule} of {clock.subject_type}:{clock.subject_id} went from {began}–{due} to {clock.due_at}"
        before[clock.id] = (clock.started_at, clock.due_at)
