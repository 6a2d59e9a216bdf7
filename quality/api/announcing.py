"""The words of announcements: an agency's templates, and the text of each, written by one and approved by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.campaigns import CAMPAIGNS
from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import JustAMove, Moment, Page, Sent, Told, Version, WithAReason
from quality.campaigns.models import CampaignKind
from quality.core.db import db
from quality.core.errors import Refused
from quality.core.words import _
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.publication import announcing as words
from quality.publication.texts import AnnouncementTemplate, AnnouncementText, last_text, standing_text
from quality.publication.wording import LONGEST, LONGEST_FILLED, PLACEHOLDERS

announcing = door("announcing", tag="announcements", about="The words of announcements, and their templates")
DOORS = [announcing]
NAMES = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)


class BothTold(Told):
    zh: str
    en: str


class WordsTold(Told):
    id: int
    edition: int
    version: int
    says: BothTold
    drafted_by: str
    drafted_at: Moment
    approved_by: str | None
    approved_at: Moment | None
    ended_at: Moment | None = Field(description="Put away, taken off, or behind its figures")


class WordingTold(WordsTold):
    kind: str = Field(description="Of campaigns: `probability` or `risk_targeted`")
    is_offered: bool


class AnnouncementTextTold(WordsTold):
    campaign: str
    sha256: str = Field(description="Over `says` as canonical JSON; the announcement's own record names it")
    is_behind: bool = Field(description="Taken off by itself: what is announced changed")


class AnnouncementTold(Told):
    """`waiting` is for a second person; `standing` is what everybody reads."""

    waiting: AnnouncementTextTold | None
    standing: AnnouncementTextTold | None
    begins_with: BothTold | None = Field(description="The template, filled in with the figures of now")


class WordingSent(Sent):
    kind: CampaignKind = Field(strict=False, description="Of campaigns: `probability` or `risk_targeted`")
    zh: str = Field(max_length=LONGEST, description=f"Filled in are {NAMES}; any other placeholder is 422")
    en: str = Field(max_length=LONGEST)
    version: Version | None = Field(None, description="Of the edition that waits, to draft it anew")


class AnnouncementTextSent(Sent):
    zh: str = Field(max_length=LONGEST_FILLED, description=f"As it is to stand; {NAMES} are filled in")
    en: str = Field(max_length=LONGEST_FILLED)
    version: Version | None = Field(None, description="Of the text that waits, to write it anew")


def of_each(one: AnnouncementTemplate | AnnouncementText) -> dict[str, Any]:
    kept = ("id", "edition", "version", "drafted_at", "approved_at", "ended_at")
    said: dict[str, Any] = {name: getattr(one, name) for name in kept}
    by = one.approved_by
    return said | {
        "says": BothTold(zh=one.says["zh"], en=one.says["en"]),
        "drafted_by": one.drafted_by.name,
        "approved_by": by.name if by else None,
    }


def template_told(one: AnnouncementTemplate) -> WordingTold:
    now = words.template_in_force(db.session(), one.agency_id, one.kind)
    return WordingTold(**of_each(one), kind=one.kind, is_offered=now.id == one.id)


def text_told(one: AnnouncementText | None) -> AnnouncementTextTold | None:
    if one is None:
        return None
    return AnnouncementTextTold(
        **of_each(one), campaign=one.campaign.number, sha256=one.sha256, is_behind=one.is_behind
    )


# --- templates ---


@announcing.get("/announcement-templates", summary="Every edition", responses={200: Page[WordingTold]})
@needs(Can.RESULT_READ)
@takes()
def list_announcement_templates() -> ResponseReturnValue:
    session = db.session()
    offered = {words.template_in_force(session, me.organisation_id, kind).id for kind in CampaignKind}
    items = [
        WordingTold(**of_each(each), kind=each.kind, is_offered=each.id in offered)
        for each in words.templates_of(session, me)
    ]
    return told(Page[WordingTold](items=items, next=None))


@announcing.post(
    "/announcement-templates",
    summary="Draft an edition for campaigns of a kind",
    responses={201: WordingTold},
)
@once
@needs(Can.RESULT_PROPOSE)
@takes(body=WordingSent)
def draft_announcement_template() -> ResponseReturnValue:
    """Another person approves it; until then the edition before it is offered."""
    given = sent(WordingSent)
    says = {"zh": given.zh, "en": given.en}
    made = words.propose_template(db.session(), given.kind, says, by=me, version=given.version)
    return told(template_told(made), 201)


@announcing.post("/announcement-templates/<int:wording>/approve", summary="Approve it", responses={200: WordingTold})
@once
@needs(Can.RESULT_APPROVE, once_found=True)
@takes(body=JustAMove)
def approve_announcement_template(wording: int) -> ResponseReturnValue:
    one = words.one_template(db.session(), me, wording)
    require_for(one)
    words.approve_template(db.session(), one, by=me, version=sent(JustAMove).version)
    return told(template_told(one))


@announcing.post("/announcement-templates/<int:wording>/refuse", summary="Put it away", responses={200: WordingTold})
@once
@needs(Can.RESULT_READ, once_found=True)
@takes(body=WithAReason)
def refuse_announcement_template(wording: int) -> ResponseReturnValue:
    one = words.one_template(db.session(), me, wording)
    require_for(one)
    given = sent(WithAReason)
    words.refuse_template(db.session(), one, given.note, by=me, version=given.version)
    return told(template_told(one))


# --- the text of one ---


@announcing.get(
    "/campaigns/<number>/announcement", summary="The words of its announcement", responses={200: AnnouncementTold}
)
@acting
def announcement_told(number: str) -> ResponseReturnValue:
    return told(texts_told(CAMPAIGNS.found(number)))


def texts_told(campaign: Any) -> AnnouncementTold:
    session = db.session()
    last = last_text(session, campaign.id)
    begins: BothTold | None = None
    if campaign.status == "closed":
        figures = words.figures_now(session, campaign)
        begins = BothTold(**words.begun_with(session, campaign, figures)[0])
    return AnnouncementTold(
        waiting=text_told(last if last is not None and last.is_waiting else None),
        standing=text_told(standing_text(session, campaign.id)),
        begins_with=begins,
    )


@announcing.post("/campaigns/<number>/announcement", summary="Propose its words", responses={201: AnnouncementTold})
@once
@needs(Can.RESULT_PROPOSE, once_found=True)
@takes(body=AnnouncementTextSent)
def propose_announcement(number: str) -> ResponseReturnValue:
    """Another person approves them. What is announced by then must be what was filled in."""
    campaign = CAMPAIGNS.found(number)
    require_for(campaign)
    given = sent(AnnouncementTextSent)
    says = {"zh": given.zh, "en": given.en}
    words.propose_text(db.session(), campaign, says, by=me, version=given.version)
    return told(texts_told(campaign), 201)


@announcing.post(
    "/campaigns/<number>/announcement/approve",
    summary="Have the announcement say it",
    responses={200: AnnouncementTold},
)
@once
@needs(Can.RESULT_APPROVE, once_found=True)
@takes(body=JustAMove)
def approve_announcement(number: str) -> ResponseReturnValue:
    campaign = CAMPAIGNS.found(number)
    require_for(campaign)
    text = that(last_text(db.session(), campaign.id))
    words.approve_text(db.session(), text, by=me, version=sent(JustAMove).version)
    return told(texts_told(campaign))


@announcing.post(
    "/campaigns/<number>/announcement/refuse", summary="Put the words away that wait", responses={200: AnnouncementTold}
)
@once
@needs(Can.RESULT_READ, once_found=True)
@takes(body=WithAReason)
def refuse_announcement(number: str) -> ResponseReturnValue:
    return ended(number, last_text)


@announcing.post(
    "/campaigns/<number>/announcement/take_off",
    summary="Take the words off the announcement",
    responses={200: AnnouncementTold},
)
@once
@needs(Can.RESULT_APPROVE, once_found=True)
@takes(body=WithAReason)
def take_words_off(number: str) -> ResponseReturnValue:
    return ended(number, standing_text)


def ended(number: str, find: Callable[[Session, int], AnnouncementText | None]) -> ResponseReturnValue:
    session, campaign = db.session(), CAMPAIGNS.found(number)
    require_for(campaign)
    given = sent(WithAReason)
    words.end_text(session, that(find(session, campaign.id)), given.note, by=me, version=given.version)
    return told(texts_told(campaign))


def that(found: AnnouncementText | None) -> AnnouncementText:
    if found is None:
        raise Refused("no_text", _("No words are written for this announcement"))
    return found
