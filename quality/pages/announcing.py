"""An announcement's words on the desk: what stands, what waits, what is different, and the page before it is public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core import clock
from quality.core.db import canonical
from quality.documents.models import DocumentKind, Language
from quality.documents.press import Paper
from quality.documents.queries import latest_asked, latest_of
from quality.pages.moments import language_now
from quality.pages.reviewing import Difference, difference
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.announcing import Figures, cannot_be_approved, cannot_stand, figures_now
from quality.publication.texts import AnnouncementTemplate, AnnouncementText, as_frozen, last_text, standing_text
from quality.publication.wording import differences

MOST = 50  # words that wait, on one page


def changes_of(old: Mapping[str, str] | None, new: Mapping[str, str]) -> list[Difference]:
    """Of a text, or of a template, language by language: by the rule by which notices are compared."""
    return [difference("announcement_text", each, lambda _field, value: value or "—") for each in differences(old, new)]


def words_page(session: Session, campaign: Campaign, me: Actor) -> dict[str, Any]:
    """What the page of an announcement's words draws."""
    standing, last = standing_text(session, campaign.id), last_text(session, campaign.id)
    waiting = last if last is not None and last.is_waiting else None
    refusal = (cannot_be_approved(waiting, me) or cannot_stand(session, waiting)) if waiting else None
    behind = last if last is not None and last.is_behind else None
    before = standing or behind or earlier_than(session, waiting)
    return {
        "campaign": campaign,
        "is_closed": campaign.status == CampaignStatus.CLOSED,
        "standing": standing,
        "waiting": waiting,
        "behind": behind,
        "before": before,
        "changed": changes_of(before.says, waiting.says) if waiting and before else [],
        "refusal": refusal.text if refusal else None,
        "may_write": me.can(Can.RESULT_PROPOSE) and me.stands_over(campaign),
        "may_approve": me.can(Can.RESULT_APPROVE) and me.stands_over(campaign),
    }


def earlier_than(session: Session, text: AnnouncementText | None) -> AnnouncementText | None:
    """The last edition before it that stood once."""
    if text is None:
        return None
    of = sa.select(AnnouncementText).where(AnnouncementText.campaign_id == text.campaign_id)
    of = of.where(AnnouncementText.edition < text.edition, AnnouncementText.approved_at.is_not(None))
    return session.scalars(of.order_by(AnnouncementText.edition.desc()).limit(1)).one_or_none()


def texts_that_wait(session: Session, me: Actor) -> list[AnnouncementText]:
    """Of the own agency: those for another person, and those behind their figures in whose place none was written."""
    later = aliased(AnnouncementText)
    another = sa.select(later.id).where(
        later.campaign_id == AnnouncementText.campaign_id, later.edition > AnnouncementText.edition
    )
    waits = sa.and_(AnnouncementText.approved_at.is_(None), AnnouncementText.ended_at.is_(None))
    asked = sa.select(AnnouncementText).where(AnnouncementText.agency_id == me.organisation_id)
    asked = asked.where(sa.or_(waits, sa.and_(AnnouncementText.is_behind, ~another.exists())))
    asked = asked.options(joinedload(AnnouncementText.campaign), joinedload(AnnouncementText.drafted_by))
    return list(session.scalars(asked.order_by(AnnouncementText.drafted_at, AnnouncementText.id).limit(MOST)))


def templates_that_wait(session: Session, me: Actor) -> list[AnnouncementTemplate]:
    """There is one of each kind of campaign at most."""
    asked = sa.select(AnnouncementTemplate).where(AnnouncementTemplate.agency_id == me.organisation_id)
    asked = asked.where(AnnouncementTemplate.approved_at.is_(None), AnnouncementTemplate.ended_at.is_(None))
    return list(session.scalars(asked.options(joinedload(AnnouncementTemplate.drafted_by))))


def words_now(session: Session, campaign: Campaign) -> dict[str, Any] | None:
    """The words of the announcement that holds now, whether its PDF is made yet or not: as they were frozen with it."""
    asked = latest_asked(session, campaign, DocumentKind.ANNOUNCEMENT)
    if asked is None or asked.withdrawn_at is not None:
        return None
    said: dict[str, Any] | None = asked.says.get("text")
    return said


def sealed_in_each(session: Session, campaign: Campaign) -> dict[str, Any]:
    found = {language: latest_of(session, campaign, DocumentKind.ANNOUNCEMENT, language) for language in Language}
    return {language.value: document for language, document in found.items() if document}


def text_to_preview(session: Session, campaign: Campaign) -> AnnouncementText | None:
    """What waits, else what stands."""
    last = last_text(session, campaign.id)
    return last if last is not None and last.is_waiting else standing_text(session, campaign.id)


def paper_to_preview(session: Session, campaign: Campaign, language: Language) -> Paper:
    """The announcement as it would be printed now, with the words that wait; it bears no code."""
    figures: Figures = figures_now(session, campaign)
    text = text_to_preview(session, campaign)
    says = figures.says | ({"text": as_frozen(text)} if text else {})
    last = latest_asked(session, campaign, DocumentKind.ANNOUNCEMENT)
    return Paper(
        DocumentKind.ANNOUNCEMENT, language, code="", number=campaign.number, agency=campaign.agency.name,
        edition=(last.edition if last else 0) + 1, dated=clock.now(), says=json.loads(canonical(says)),
    )  # fmt: skip


def language_asked(asked: str | None) -> Language:
    return Language(asked) if asked in set(Language) else Language(language_now())
