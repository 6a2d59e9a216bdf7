"""Asking, objecting, answering and deciding about an issued notice. Decision 0044.

`ask` is what people, programs and jobs use alike: `ask(session, notice, "…", by=SYSTEM)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import Event, Note
from quality.core.words import _
from quality.core.workflow import hold_still, record
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.notices.answers import MOST_EVIDENCE, SHA256
from quality.notices.models import Excuse, ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.notices.operations.looking import RECHECKS, excuse
from quality.notices.permit import permit
from quality.notices.thread import EntryKind, ThreadEntry, open_objections, side_of
from quality.notices.workflow import EXCUSE
from quality.people.actor import Actor
from quality.permissions import Can

HEARING = "platform_objection"  # the clock in which the agency decides
LONGEST = 4_000  # characters of what is said at once
DEEDS = {  # as the record calls them: `answer` is what a platform does for its listings
    EntryKind.QUESTION: "question",
    EntryKind.OBJECTION: "objection",
    EntryKind.ANSWER: "reply",
}


class Said(NamedTuple):
    """What somebody says: the text, what it is about (None: the whole notice), and files that show it, by sha256."""

    text: str
    item: NoticeItem | None = None
    evidence: Sequence[str] = ()


def ask(
    session: Session,
    notice: Notice,
    text: str,
    item: NoticeItem | None = None,
    *,
    by: Actor,
    evidence: Sequence[str] = (),
) -> ThreadEntry:
    """Ask the other side about an issued notice, or about one listing on it. The system asks for the agency."""
    permit(by, Can.MESSAGE_WRITE, notice)
    said = Said(text, item, evidence)
    return said_already(session, notice, EntryKind.QUESTION, said, by=by) or say(
        session, notice, EntryKind.QUESTION, said, by=by
    )


def object_to(
    session: Session,
    notice: Notice,
    text: str,
    item: NoticeItem | None = None,
    *,
    by: Actor,
    evidence: Sequence[str] = (),
) -> ThreadEntry:
    """The platform objects to what is asked of it: for one listing, or for the whole notice. Nothing is paused."""
    permit(by, Can.MESSAGE_OBJECT, notice)
    said = Said(text, item, evidence)
    if there := said_already(session, notice, EntryKind.OBJECTION, said, by=by):
        return there
    item_id = item.id if item else None
    if any(each.item_id == item_id for each in open_objections(session, notice)):
        told = _("Your objection to this is not decided yet; answer to it if there is more to say")
        raise Refused("objected_already", told)
    entry = say(session, notice, EntryKind.OBJECTION, said, by=by)
    clocks.start(session, entry.item or notice, HEARING, entry.at)
    return entry


def answer_to(
    session: Session, asked: ThreadEntry, text: str, *, by: Actor, evidence: Sequence[str] = ()
) -> ThreadEntry:
    """The other side answers a question, which is settled by it. To an objection both may speak until it is decided."""
    notice = asked.notice
    permit(by, Can.MESSAGE_WRITE, notice)
    says = Said(text, asked.item, evidence)
    if there := said_already(session, notice, EntryKind.ANSWER, says, by=by, root=asked):
        return there
    refuse_what_is_settled(session, asked)
    if asked.kind == EntryKind.QUESTION and asked.side == side_of(by):
        raise Refused("own_question", _("This is your own question; the other side answers it. You may ask another"))
    said = say(session, notice, EntryKind.ANSWER, says, by=by, root=asked)
    if asked.kind == EntryKind.QUESTION:
        asked.settled_at = said.at
        session.flush()
    return said


def decide_objection(
    session: Session,
    objection: ThreadEntry,
    text: str,
    *,
    upheld: bool,
    by: Actor,
    why: Excuse | str | None = None,
) -> ThreadEntry:
    """A reviewer who did not draft the notice says whether the platform is right, with reasons.

    Upheld, every listing that it is about is excused, for the reason `why`. One that was seen to be gone stays so,
    and is not looked at again.
    """
    notice = objection.notice
    permit(by, Can.MESSAGE_DECIDE, notice)
    hold_still(session, notice)
    if objection.kind != EntryKind.OBJECTION:
        raise Refused("not_an_objection", _("This is no objection; there is nothing to decide"))
    refuse_what_is_settled(session, objection)
    if notice.drafted_by_id == by.id:
        raise Refused("same_person", _("Someone other than the drafter of the notice must decide"))
    if upheld and why not in set(Excuse):
        raise Invalid(FieldProblem("why", "missing", _("Choose for what reason nothing more is asked")))
    says = Said(text, objection.item)
    if problems := list(problems_of(notice, says)):
        raise Invalid(*problems)
    said = say(session, notice, EntryKind.DECISION, says, by=by, root=objection, upheld=upheld)
    objection.settled_at = said.at
    subject: Notice | NoticeItem = objection.item or notice
    clocks.stop(session, subject, HEARING, said.at, by=by)
    if upheld and why is not None:
        for item in [objection.item] if objection.item else list(notice.items):
            let_go(session, item, why, said.at, by=by)
    return said


def said_already(
    session: Session, notice: Notice, kind: EntryKind, said: Said, *, by: Actor, root: ThreadEntry | None = None
) -> ThreadEntry | None:
    """The last entry about this notice, which nobody moves meanwhile, if it says the same: it was sent twice."""
    if problems := list(problems_of(notice, said)):
        raise Invalid(*problems)
    hold_still(session, notice)
    newest = sa.select(ThreadEntry).where(ThreadEntry.notice_id == notice.id).order_by(ThreadEntry.id.desc()).limit(1)
    last = session.scalars(newest).one_or_none()
    if last is None or last.kind != kind or last.by_id != by.id:
        return None
    if (last.item, last.root, last.evidence) != (said.item, root, sorted(set(said.evidence))):
        return None
    return last if text_of(session, last) == said.text.strip() else None


def let_go(session: Session, item: NoticeItem, why: Excuse | str, at: datetime, *, by: Actor) -> None:
    """Nothing more is asked of the platform for this listing."""
    if item.status in EXCUSE.sources:
        excuse(session, item, why, by=by)
    elif item.status == ItemStatus.VERIFIED:
        for rule in RECHECKS:
            clocks.stop(session, item, rule, at, by=by, outcome="excused")


def settle_all(session: Session, notice: Notice, at: datetime, *, by: Actor) -> None:
    """The notice stands no more: what was asked waits for nobody."""
    open_ones = sa.update(ThreadEntry).where(ThreadEntry.notice_id == notice.id, ThreadEntry.root_id.is_(None))
    session.execute(open_ones.where(ThreadEntry.settled_at.is_(None)).values(settled_at=at))
    subjects: list[Notice | NoticeItem] = [notice, *notice.items]
    for subject in subjects:
        clocks.stop(session, subject, HEARING, at, by=by, outcome="withdrawn")


def refuse_what_is_settled(session: Session, root: ThreadEntry) -> None:
    session.refresh(root)
    if root.root_id is not None:
        raise Refused("not_a_question", _("This is an answer itself; answer to the question or objection"))
    if root.settled_at is not None:
        raise Refused("settled", _("This is settled: it was answered or decided, or the notice was withdrawn"))


def say(
    session: Session,
    notice: Notice,
    kind: EntryKind,
    said: Said,
    *,
    by: Actor,
    root: ThreadEntry | None = None,
    upheld: bool | None = None,
) -> ThreadEntry:
    """Write it down: an event of the notice with the text as its note, its files as evidence, and the entry."""
    if notice.issued_at is None or notice.status == NoticeStatus.WITHDRAWN:
        raise Refused("not_in_force", _("The notice is not issued, or was withdrawn; nothing is asked about it"))
    action = DEEDS[kind] if upheld is None else "uphold" if upheld else "refuse_objection"
    for sha256 in sorted(set(said.evidence)):
        attach_at(session, notice, said, sha256, by=by)
    with clock.not_before(notice.issued_at, root.at if root else None):
        at = clock.now()
        record(
            session, notice, action, by=by, part=said.item, note=said.text.strip(),
            details={"to": root.seq} if root else None,
        )  # fmt: skip
    entry = ThreadEntry(
        notice_id=notice.id,
        item_id=said.item.id if said.item else None,
        kind=kind,
        side=side_of(by),
        by_id=by.id,
        at=at,
        seq=notice.version,
        root_id=root.id if root else None,
        upheld=upheld,
        evidence=sorted(set(said.evidence)),
    )
    session.add(entry)
    session.flush()
    return entry


def text_of(session: Session, entry: ThreadEntry) -> str | None:
    """What was said; None where it was blanked."""
    told = sa.select(Note.text).join(Event, Event.note_digest == Note.digest).where(Event.seq == entry.seq)
    its_own = told.where(Event.subject_type == Notice.__tablename__, Event.subject_id == entry.notice_id)
    return session.scalars(its_own).one_or_none()


def problems_of(notice: Notice, said: Said) -> Iterable[FieldProblem]:
    if not said.text.strip():
        yield FieldProblem("text", "missing", _("Write what you want to say"))
    if len(said.text) > LONGEST:
        yield FieldProblem("text", "too_long", _("Keep to %(most)s characters", most=LONGEST))
    if said.item is not None and said.item.notice_id != notice.id:
        text = _("There is no listing %(listing)s on this notice", listing=said.item.listing_id)
        yield FieldProblem("listing_id", "unknown_listing", text)
    if len(said.evidence) > MOST_EVIDENCE:
        yield FieldProblem("evidence", "too_many", _("Refer to at most %(most)s files", most=MOST_EVIDENCE))
    for place, sha256 in enumerate(said.evidence, 1):
        if not SHA256.fullmatch(sha256):
            text = _("Refer to a file by its sha256: 64 characters from 0 to 9 and a to f")
            yield FieldProblem(f"evidence {place}", "bad_sha256", text)


def attach_at(session: Session, notice: Notice, said: Said, sha256: str, *, by: Actor) -> None:
    try:
        attach(session, notice, sha256, EvidenceKind.MESSAGE, by=by, part=said.item)
    except Invalid as wrong:
        place = f"evidence {list(said.evidence).index(sha256) + 1}"
        raise Invalid(*(problem._replace(field=place) for problem in wrong.problems)) from wrong
