"""What was said about a notice, for programs of either side: read, asked, objected, answered and decided."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Paging, after, plain, wear
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked as read_query
from quality.api.reading import sent
from quality.api.shapes import LARGEST, Line, Moment, Organisation, Page, Paragraph, Sent, Told, organisation
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.operations import open_as_platform
from quality.notices.answers import MOST_EVIDENCE
from quality.notices.conversation import Spoken, mark_read, messages, one_entry
from quality.notices.models import Excuse, Notice, NoticeItem
from quality.notices.operations import answer_to, ask, decide_objection, object_to
from quality.notices.operations.talking import text_of
from quality.notices.thread import EntryKind, Side, ThreadEntry
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can, Sees


class MessageTold(Told):
    """Something that one side said. It is never changed; its text may be blanked."""

    id: int = Field(description="An answer names it in `to`")
    kind: str = Field(description="`question`, `objection`, `answer`, `decision`")
    side: str = Field(description="`agency` or `platform`: who said it")
    by: Organisation
    at: Moment
    listing_id: str | None = Field(description="Null: about the whole notice")
    to: int | None = Field(description="The question or objection that it answers or decides")
    text: str | None = Field(description="Null where it was blanked")
    evidence: list[str] = Field(description="SHA-256 of its files: `GET …/evidence`")
    waits_for: str | None = Field(description="Of a question or objection: the side whose word is awaited")
    upheld: bool | None = Field(description="Of a decision")
    is_new: bool = Field(description="Said by the other side since this key last read")


class MessageSent(Sent):
    kind: Line = Field(description="What it is", json_schema_extra={"enum": list(EntryKind)})
    text: Paragraph
    listing_id: Line | None = Field(None, description="Of a question or objection: the listing; left out: all of them")
    to: int | None = Field(None, ge=1, le=LARGEST, description="Of an answer or decision: `id` of what it is about")
    evidence: list[Line] = Field([], description=f"SHA-256 of files you sent to /evidence, at most {MOST_EVIDENCE}")
    upheld: bool | None = Field(None, description="Of a decision")
    why: Line | None = Field(None, description=f"Of a decision that upholds: {', '.join(Excuse)}")


def add_messages(made: Door, found: Collection, at: str) -> None:
    """`GET` and `POST /{collection}/{number}/{at}`."""

    @takes(query=Paging)
    def read(number: str) -> ResponseReturnValue:
        """Reading it marks it as read for this key; by a platform it is an opening, like reading the notice."""
        session, notice, wanted = db.session(), found.found(number), read_query(Paging)
        if me.sees is Sees.PLATFORM:
            open_as_platform(session, notice, by=me)
        before = after(wanted.cursor) or None
        there, more = messages(session, notice, me, count=wanted.limit, before=before)
        page = Page[MessageTold](items=[message(each, notice) for each in there], next=str(more) if more else None)
        mark_read(session, notice, me)
        return told(page)

    @takes(body=MessageSent)
    def write(number: str) -> ResponseReturnValue:
        """The same as the last message, sent again, is answered with it and not said twice."""
        session, notice = db.session(), found.found(number)
        require_for(notice)
        entry = said(session, notice, sent(MessageSent))
        return told(message(Spoken(entry, text_of(session, entry), is_new=False), notice), 201)

    rule, name = f"/{found.name}/<number>/{at}", plain(found)
    reading = wear(acting, read, f"messages_of_{name}")
    made.get(rule, summary="What was said about it, the newest first", responses={200: Page[MessageTold]})(reading)
    writing = once(wear(needs(Can.MESSAGE_WRITE, once_found=True), write, f"say_about_{name}"))
    made.post(rule, summary="Ask, object, answer or decide", responses={201: MessageTold})(writing)


def message(each: Spoken, notice: Notice) -> MessageTold:
    entry = each.entry
    return MessageTold(
        id=entry.id,
        kind=entry.kind,
        side=entry.side,
        by=organisation(notice.platform if entry.side is Side.PLATFORM else notice.agency),
        at=entry.at,
        listing_id=entry.item.listing_id if entry.item else None,
        to=entry.root_id,
        text=each.text,
        evidence=entry.evidence,
        waits_for=entry.waits_for,
        upheld=entry.upheld,
        is_new=each.is_new,
    )


def said(session: Session, notice: Notice, given: MessageSent) -> ThreadEntry:
    kind = next((each for each in EntryKind if each.value == given.kind), None)
    if kind is None:
        known = ", ".join(EntryKind)
        raise Invalid(FieldProblem("kind", "unknown", _("Choose one of these kinds: %(known)s", known=known)))
    if kind in {EntryKind.QUESTION, EntryKind.OBJECTION}:
        deed = ask if kind is EntryKind.QUESTION else object_to
        return deed(session, notice, given.text, listing(notice, given), by=me, evidence=given.evidence)
    if given.to is None:
        raise Invalid(FieldProblem("to", "missing", _("Name the question or objection that this is about")))
    root = one_entry(session, notice, given.to)
    if kind is EntryKind.ANSWER:
        return answer_to(session, root, given.text, by=me, evidence=given.evidence)
    if given.upheld is None:
        raise Invalid(FieldProblem("upheld", "missing", _("Say whether the objection is upheld")))
    return decide_objection(session, root, given.text, upheld=given.upheld, why=given.why, by=me)


def listing(notice: Notice, given: MessageSent) -> NoticeItem | None:
    if given.listing_id is None:
        return None
    item = next((each for each in notice.items if each.listing_id == given.listing_id), None)
    if item is None:
        text = _("There is no listing %(listing)s on this notice", listing=given.listing_id)
        raise Invalid(FieldProblem("listing_id", "unknown_listing", text))
    return item
