"""What parties say in public to a result: a platform in its own name, the agency for one that wrote on paper."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.moves import add_sheet
from quality.api.platform import NOTICES, notices
from quality.api.reading import sent
from quality.api.samples import FINDINGS, ReplyTold, findings
from quality.api.shapes import Line, Moment, Page, Paragraph, Sent, Version
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.lab.models import Finding
from quality.notices.models import Notice, NoticeItem
from quality.objections.models import Party
from quality.pages.forms.sheet import unchanged
from quality.people.access import acting, me, needs, require_for
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.replies import replies_to, write

LIMIT = "At most 2,000 characters, without personal data"


class ReplyEntered(Sent):
    version: Version
    party: Party
    received_at: Moment = Field(description="By the agency, on paper")
    statement: Paragraph = Field(description=f"Word for word. {LIMIT}")


class ReplyWritten(Sent):
    listing_id: Line = Field(description="Of the notice: the reply is to the result that it rests on")
    statement: Paragraph = Field(description=f"Shown word for word, or refused with a reason. {LIMIT}")


class OwnReply(ReplyTold):
    listing_id: str


def enter(session: Session, finding: Finding, given: ReplyEntered, by: Actor) -> None:
    unchanged(session, finding, given.version)
    write(session, finding, given.party, given.statement, by=by, received_at=given.received_at)


def own_replies(session: Session, notice: Notice) -> list[OwnReply]:
    """Of the results behind this notice, each once: at the listing that was tested, or the first that names it."""
    named: dict[int, NoticeItem] = {}
    for item in notice.items:
        named.setdefault(item.finding_id, item)
    kept = set(ReplyTold.model_fields)
    return [
        OwnReply(listing_id=item.listing_id, **{name: getattr(reply, name) for name in kept})
        for item in named.values()
        for reply in replies_to(session, item.finding)
        if reply.party == Party.PLATFORM
    ]


@notices.get(
    "/platform/notices/<number>/replies",
    summary="What you said in public to the results behind it",
    responses={200: Page[OwnReply]},
)
@acting
def list_replies(number: str) -> ResponseReturnValue:
    return told(Page[OwnReply](items=own_replies(db.session(), NOTICES.found(number)), next=None))


@notices.post(
    "/platform/notices/<number>/replies",
    summary="Say in public what you have to say to a result",
    responses={201: OwnReply},
)
@once
@needs(Can.REPLY_WRITE, once_found=True)
@takes(body=ReplyWritten)
def reply_in_public(number: str) -> ResponseReturnValue:
    session, notice = db.session(), NOTICES.found(number)
    require_for(notice)
    given = sent(ReplyWritten)
    item = next((each for each in notice.items if each.listing_id == given.listing_id), None)
    if item is None:
        raise Invalid(FieldProblem("listing_id", "unknown", _("There is no such listing on this notice")))
    made = write(session, item.finding, Party.PLATFORM, given.statement, by=me)
    kept = {name: getattr(made, name) for name in ReplyTold.model_fields}
    return told(OwnReply(listing_id=item.listing_id, **kept), 201)


add_sheet(findings, FINDINGS, "reply", ReplyEntered, enter)
DOORS: list[Door] = []  # its addresses are among those of notices and findings
