"""What was said about a notice as its page draws it: who, about what, how it stands, and what I may say to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind
from quality.notices.conversation import Spoken, conversation, new_to, waiting_questions
from quality.notices.models import Notice, NoticeStatus
from quality.notices.thread import EntryKind, Side, ThreadEntry, side_of
from quality.notices.workflow import called
from quality.pages.exhibits import Tile, tiles
from quality.pages.kinds import KINDS
from quality.pages.timeline import Names
from quality.pages.words import Tone
from quality.people.actor import Actor
from quality.permissions import Can

ON_THE_NOTICE = 3  # of what is settled, the last ones: the rest is a page of its own

# fmt: off
KIND_WORDS: dict[EntryKind, Text] = {
    EntryKind.QUESTION:  _("Question"),
    EntryKind.OBJECTION: _("Objection to the notice"),
    EntryKind.ANSWER:    _("Reply"),
    EntryKind.DECISION:  _("Decision"),
}
DO: dict[EntryKind, Text] = {
    EntryKind.QUESTION:  _("Ask a question"),
    EntryKind.OBJECTION: _("Object"),
    EntryKind.ANSWER:    _("Reply"),
    EntryKind.DECISION:  _("Decide the objection"),
}
WAITS = {
    (EntryKind.QUESTION,  Side.AGENCY):   _("Waits for the agency's answer"),
    (EntryKind.QUESTION,  Side.PLATFORM): _("Waits for the platform's answer"),
    (EntryKind.OBJECTION, Side.AGENCY):   _("Waits for a reviewer's decision"),
}
# fmt: on


class Way(NamedTuple):
    """Something that I may say here, and where its form is."""

    label: Text
    address: str


class Line(NamedTuple):
    id: int
    what: Text
    who: Text
    entry: ThreadEntry
    text: str | None
    is_new: bool
    is_theirs: bool  # said by others than the agency: drawn dashed
    files: list[Tile]


class Talk(NamedTuple):
    """A question or an objection with what was said to it. `tone` and `stands` say how it stands."""

    line: Line
    about: Text
    tone: Tone
    stands: Text
    answers: list[Line]
    ways: list[Way]


class Panel(NamedTuple):
    talks: list[Talk]
    new: int
    ways: list[Way]
    address: str
    has_more: bool


def may_speak(notice: Notice, me: Actor) -> bool:
    in_force = notice.issued_at is not None and notice.status != NoticeStatus.WITHDRAWN
    return in_force and me.can(Can.MESSAGE_WRITE) and me.stands_over(notice)


def beginnings(notice: Notice, me: Actor) -> list[EntryKind]:
    """With what I may begin."""
    if not may_speak(notice, me):
        return []
    return [EntryKind.QUESTION, *([EntryKind.OBJECTION] if me.can(Can.MESSAGE_OBJECT) else [])]


def replies(entry: ThreadEntry, notice: Notice, me: Actor) -> list[EntryKind]:
    """What I may say to a question or an objection as it stands."""
    if not entry.is_open or not may_speak(notice, me):
        return []
    is_own = entry.kind == EntryKind.QUESTION and entry.side == side_of(me)
    hears = entry.kind == EntryKind.OBJECTION and me.can(Can.MESSAGE_DECIDE) and notice.drafted_by_id != me.id
    return [*([] if is_own else [EntryKind.ANSWER]), *([EntryKind.DECISION] if hears else [])]


def address(notice: Notice, **asked: object) -> str:
    return url_for("talk.said", number=notice.number, **asked)  # type: ignore[arg-type]


def way(notice: Notice, kind: EntryKind, to: int | None = None) -> Way:
    return Way(DO[kind], address(notice, say=kind.value, to=to, _anchor="say"))


def stands(spoken: Spoken) -> tuple[Tone, Text]:
    entry = spoken.entry
    if entry.waits_for:
        return Tone.WAIT, WAITS[entry.kind, entry.waits_for]
    ruling = next((each.entry.upheld for each in spoken.answers if each.entry.upheld is not None), None)
    if ruling is not None:
        return (Tone.OK, _("Upheld")) if ruling else (Tone.BAD, _("Objection refused"))
    return (Tone.OK, _("Replied")) if spoken.answers else (Tone.VOID, _("Ended with the notice"))


def talks(session: Session, notice: Notice, me: Actor, found: Sequence[Spoken]) -> list[Talk]:
    every = [each for spoken in found for each in (spoken, *spoken.answers)]
    names = Names(session, {each.entry.by_id for each in every if each.entry.by_id}, me)
    proofs: dict[str, Tile] = {}
    if any(each.entry.evidence for each in every):
        shown = tiles(session, KINDS["notice"], notice, me)
        proofs = {each.exhibit.holding.sha256: each for each in shown if each.exhibit.kind == EvidenceKind.MESSAGE}

    def line(each: Spoken) -> Line:
        entry = each.entry
        return Line(
            entry.id,
            KIND_WORDS[entry.kind],
            names.name(entry.by_id) if entry.by_id else notice.agency.name,
            entry,
            each.text,
            each.is_new,
            entry.side is Side.PLATFORM,
            [proofs[sha256] for sha256 in entry.evidence if sha256 in proofs],
        )

    return [
        Talk(
            line(each),
            called(each.entry.item) if each.entry.item else _("The whole notice"),
            *stands(each),
            [line(answer) for answer in each.answers],
            [way(notice, kind, each.entry.id) for kind in replies(each.entry, notice, me)],
        )
        for each in found
    ]


def panel(session: Session, notice: Notice, me: Actor) -> Panel | None:
    """On the page of the notice: what was said last, and what I may say. None before it is issued."""
    if notice.issued_at is None:
        return None
    found, older = conversation(session, notice, me, count=ON_THE_NOTICE)
    ways = [way(notice, kind) for kind in beginnings(notice, me)]
    if not found and not ways:
        return None
    return Panel(
        talks(session, notice, me, found), new_to(session, notice, me), ways, address(notice), older is not None
    )


class Waiting(NamedTuple):
    number: str
    address: str
    who: str
    about: Text


def questions_for(session: Session, me: Actor) -> list[Waiting]:
    """On the first page: what the other side asks and nobody has answered."""
    return [
        Waiting(
            str(each.notice.number),
            way(each.notice, EntryKind.ANSWER, each.id).address,
            (each.notice.platform if each.side is Side.PLATFORM else each.notice.agency).name,
            called(each.item) if each.item else "",
        )
        for each in waiting_questions(session, me)
    ]
