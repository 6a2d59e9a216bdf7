"""The words of announcements: templates that an agency edits, and the text of one, written, approved and taken off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Reason, _
from quality.core.workflow import begin, record
from quality.documents.operations import BOTH
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.permissions import Can
from quality.publication.contents import announcement
from quality.publication.copies import sha256_of
from quality.publication.counting import count
from quality.publication.figures import counted_of, ended_on
from quality.publication.operations import ask_for_announcement
from quality.publication.texts import AnnouncementTemplate, AnnouncementText, last_text, standing_text
from quality.publication.wording import (
    LANGUAGES,
    SHIPPED,
    figures_in,
    fill,
    problems_of_template,
    problems_of_text,
    still_holds,
    written,
)
from quality.purchases.models import Task
from quality.web import settings

MOST = 200  # editions that are read at once
Texts = Mapping[str, str]  # by language


class InForce(NamedTuple):
    """What who writes a text begins with. `id` None: the shipped one."""

    id: int | None
    edition: int
    says: Texts


# --- templates ---


def templates_of(session: Session, actor: Actor) -> list[AnnouncementTemplate]:
    """Every edition of the own agency, by the kind of campaign, the newest first."""
    if not actor.can(Can.RESULT_READ):
        return []
    of = sa.select(AnnouncementTemplate).where(AnnouncementTemplate.agency_id == actor.organisation_id)
    of = of.options(joinedload(AnnouncementTemplate.drafted_by), joinedload(AnnouncementTemplate.approved_by))
    order = (AnnouncementTemplate.kind, AnnouncementTemplate.edition.desc())
    return list(session.scalars(of.order_by(*order).limit(MOST)))


def one_template(session: Session, actor: Actor, key: int) -> AnnouncementTemplate:
    found = next((each for each in templates_of(session, actor) if each.id == key), None)
    if found is None:
        raise NotFound(str(key))
    return found


def template_in_force(
    session: Session, agency_id: int | None, kind: CampaignKind, before: int | None = None
) -> InForce:
    """The newest that is approved, of those `before` this edition; else the one that comes with the program."""
    of = sa.select(AnnouncementTemplate).filter_by(agency_id=agency_id, kind=kind)
    of = of.where(AnnouncementTemplate.approved_at.is_not(None))
    if before is not None:
        of = of.where(AnnouncementTemplate.edition < before)
    found = session.scalars(of.order_by(AnnouncementTemplate.edition.desc()).limit(1)).one_or_none()
    return InForce(found.id, found.edition, found.says) if found else InForce(None, 0, SHIPPED[kind])


def propose_template(
    session: Session, kind: CampaignKind, says: Texts, *, by: Actor, version: int | None = None
) -> AnnouncementTemplate:
    """The next edition, or what waits drafted anew. `version`: of that, as it was read; None: none was seen."""
    permit(by, Can.RESULT_PROPOSE)
    assert by.id is not None and by.organisation_id is not None, "a person of an agency drafts"
    said = tidy(says)
    if problems := problems_of_template(said, kind):
        raise Invalid(*problems)
    session.execute(sa.select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update())
    if said == template_in_force(session, by.organisation_id, kind).says:
        raise Invalid(FieldProblem("zh", "nothing_changed", _("This says what the edition in force says")))
    of = sa.select(AnnouncementTemplate).filter_by(agency_id=by.organisation_id, kind=kind)
    last = session.scalars(of.order_by(AnnouncementTemplate.edition.desc()).limit(1)).one_or_none()
    if last is None or not last.is_waiting:
        made = AnnouncementTemplate(
            agency_id=by.organisation_id, kind=kind, edition=(last.edition if last else 0) + 1, says=said,
            drafted_by_id=by.id, drafted_at=clock.now(),
        )  # fmt: skip
        begin(session, made, by=by, details={"kind": kind, "edition": made.edition})
        return made
    facts = {"says": said, "drafted_by_id": by.id, "drafted_at": clock.now()}
    record(session, last, "revise", by=by, version=-1 if version is None else version, facts=facts)
    return last


def approve_template(session: Session, one: AnnouncementTemplate, *, by: Actor, version: int | None = None) -> None:
    """Who writes a text begins with this edition from now on."""
    permit(by, Can.RESULT_APPROVE, one)
    if no := cannot_be_approved(one, by):
        raise Refused.because(no)
    facts = {"approved_by_id": by.id, "approved_at": clock.now()}
    record(session, one, "approve", by=by, version=version, facts=facts)


def refuse_template(
    session: Session, one: AnnouncementTemplate, note: str, *, by: Actor, version: int | None = None
) -> None:
    permit(by, Can.RESULT_APPROVE if by.can(Can.RESULT_APPROVE) else Can.RESULT_PROPOSE, one)
    if not one.is_waiting:
        raise Refused.because(DECIDED)
    record(session, one, "refuse", by=by, version=version, note=note, facts={"ended_at": clock.now()})


DECIDED = Reason("decided_already", _("This edition was decided on already"))


def cannot_be_approved(one: AnnouncementTemplate | AnnouncementText, actor: Actor) -> Reason | None:
    if one.is_waiting and one.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than who wrote it must approve"))
    return None if one.is_waiting else DECIDED


def tidy(says: Texts) -> dict[str, str]:
    return {language: said_plainly(says.get(language) or "") for language in LANGUAGES}


def said_plainly(text: str) -> str:
    """As it was typed, with the line ends of one kind and no blanks at the ends."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n"))


# --- the text of one announcement ---


class Figures(NamedTuple):
    """What the announcement says as things stand, and what of it stands for the placeholders, by language."""

    says: dict[str, Any]
    values: dict[str, dict[str, str]]

    @property
    def with_the_day(self) -> dict[str, dict[str, str]]:
        """For a text that is written today."""
        today = day_of(clock.now())
        return {language: {**self.values[language], "day": written(today, language)} for language in LANGUAGES}


def figures_now(session: Session, campaign: Campaign) -> Figures:
    """From what was counted of the closed campaign and the copies in force; nothing is written."""
    if campaign.status != CampaignStatus.CLOSED:
        raise Refused("not_closed", _("A campaign is announced once it is closed"))
    counted = counted_of(session, campaign.number) or count(session, campaign, ended_on(session, campaign))
    says = announcement(session, campaign, counted, settings().statistics_least)
    return Figures(says, figures_in(says, agency=campaign.agency.name, number=campaign.number))


def begun_with(session: Session, campaign: Campaign, figures: Figures) -> tuple[Texts, InForce]:
    """The template in force, filled in; where nothing is filled in what was typed stands."""
    template = template_in_force(session, campaign.agency_id, campaign.kind)
    return filled(template.says, figures), template


def filled(says: Texts, figures: Figures) -> dict[str, str]:
    values = figures.with_the_day
    return {language: fill(says[language], values[language]) for language in LANGUAGES}


def propose_text(
    session: Session, campaign: Campaign, says: Texts, *, by: Actor, version: int | None = None
) -> AnnouncementText:
    """The next edition of the text, or what waits written anew; placeholders that were typed are filled in.

    `version`: of the one that waits, as it was read; None: none was.
    """
    permit(by, Can.RESULT_PROPOSE, campaign)
    assert by.id is not None, "only people propose"
    figures = figures_now(session, campaign)
    said = filled(tidy(says), figures)
    template = template_in_force(session, campaign.agency_id, campaign.kind)
    if problems := list(problems_of_text(said, campaign.kind, figures.with_the_day, buyers_of(session, campaign))):
        raise Invalid(*problems)
    session.execute(sa.select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    standing, last = standing_text(session, campaign.id), last_text(session, campaign.id)
    if standing and standing.says == said and still_holds(standing.rests_on, figures.values):
        raise Invalid(FieldProblem("zh", "nothing_changed", _("This says what the text in force says")))
    facts = {
        "says": said, "sha256": sha256_of(said), "rests_on": figures.values, "template_id": template.id,
        "drafted_by_id": by.id, "drafted_at": clock.now(),
    }  # fmt: skip
    if last is None or not last.is_waiting:
        edition = (last.edition if last else 0) + 1
        made = AnnouncementText(campaign_id=campaign.id, agency_id=campaign.agency_id, edition=edition, **facts)
        begin(session, made, by=by, details={"edition": edition, "sha256": made.sha256})
        return made
    record(
        session, last, "revise", by=by, version=-1 if version is None else version,
        details={"sha256": facts["sha256"]}, facts=facts,
    )  # fmt: skip
    return last


def buyers_of(session: Session, campaign: Campaign) -> set[str]:
    """Whose names no text may hold."""
    of = sa.select(Person.name).join(Task, Task.buyer_id == Person.id).where(Task.campaign_id == campaign.id)
    return set(session.scalars(of.distinct()))


def approve_text(session: Session, text: AnnouncementText, *, by: Actor, version: int | None = None) -> None:
    """From now on the announcement says it, on its page and as a new edition on paper."""
    permit(by, Can.RESULT_APPROVE, text)
    if no := cannot_be_approved(text, by) or cannot_stand(session, text):
        raise Refused.because(no)
    facts = {"approved_by_id": by.id, "approved_at": clock.now()}
    if earlier := standing_text(session, text.campaign_id):
        record(session, earlier, "give_way", by=by, facts={"ended_at": clock.now()})
    record(session, text, "approve", by=by, version=version, details={"sha256": text.sha256}, facts=facts)
    ask_for_announcement(session, text.campaign, BOTH, by=by)


def cannot_stand(session: Session, text: AnnouncementText) -> Reason | None:
    if still_holds(text.rests_on, figures_now(session, text.campaign).values):
        return None
    said = _("The figures changed since it was written: write it anew, with those of now")
    return Reason("figures_changed", said)


def end_text(session: Session, text: AnnouncementText, note: str, *, by: Actor, version: int | None = None) -> None:
    """Put away what waits, by either side; or take off what stands in the announcement, by a reviewer."""
    decides = by.can(Can.RESULT_APPROVE) or not text.is_waiting
    permit(by, Can.RESULT_APPROVE if decides else Can.RESULT_PROPOSE, text)
    if text.ended_at is not None:
        raise Refused.because(DECIDED)
    stood = not text.is_waiting
    record(session, text, "take_off" if stood else "refuse", by=by, version=version, note=note,
           facts={"ended_at": clock.now()})  # fmt: skip
    if stood:
        ask_for_announcement(session, text.campaign, BOTH, by=by)
