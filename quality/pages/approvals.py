"""The approval of a plan as its page shows it: which edition, by whom, and what is different from the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.strata import edges_called, stratum_called
from quality.campaigns.versions import (
    approval_in_record,
    approved_edition,
    is_as_recorded,
    since_approval,
    since_last_review,
)
from quality.core.words import Text, _
from quality.pages.kinds.shape import Fact
from quality.pages.moments import full_day, moment, short_hash, yuan
from quality.pages.reviewing import Review, review
from quality.pages.timeline import name_for
from quality.pages.words import word
from quality.people.actor import Actor
from quality.web import settings

OF_STRATA = {"by_stratum", "cost_by_stratum", "numbers_below", "stratum", "stratum_size", "stratum_n"}
OF_CODES = {"left_out": "left_out", "bands": "column"}
REVIEWED = {CampaignStatus.DRAFT, CampaignStatus.IN_REVIEW}


class Compared(NamedTuple):
    """What a reviewer reads first. Only one of them where both would say the same.

    `approved` holds the plan against the last one that was approved and taken back, `submitted` against the last
    submission.
    """

    approved: Review | None
    submitted: Review | None


def compared(session: Session, campaign: Campaign) -> Compared:
    """What the plan is compared with, and the differences; nothing where there is nothing to review any more."""
    frames = settings().frames_folder
    if campaign.status not in REVIEWED | {CampaignStatus.APPROVED}:
        return Compared(None, None)
    since = review(
        "plan", since_approval(session, campaign, frames), in_words, is_first=False, called=called_in(campaign)
    )
    if campaign.status == CampaignStatus.APPROVED:
        return Compared(since, None)
    last = since_last_review(session, campaign, frames)
    is_said = since is not None and (last is None or last.edition == since.edition)
    is_first = campaign.status == CampaignStatus.IN_REVIEW
    return Compared(
        since, None if is_said else review("plan", last, in_words, is_first=is_first, called=called_in(campaign))
    )


def approval(session: Session, campaign: Campaign, me: Actor) -> list[Fact]:
    """Of the approval that stands; empty without one."""
    edition = approved_edition(session, campaign)
    if edition is None:
        return unmarked(session, campaign)
    who = name_for(session, edition.approved_by_id, me)
    by = _("version %(edition)s, approved by %(name)s", edition=edition.edition, name=who)
    facts = [Fact(_("Approved"), moment(edition.approved_at), beside=str(by))]
    stands = is_as_recorded(session, campaign, edition)
    if stands is None:
        return facts + unmarked(session, campaign)
    says = _("as it stands in the record") if stands else _("NOT as it stands in the record: have it looked into")
    return [*facts, Fact(_("Hash of the approved plan"), edition.plan_sha256 or "—", is_code=True, beside=str(says))]


def unmarked(session: Session, campaign: Campaign) -> list[Fact]:
    """Said of a plan that is to be frozen, whose approval left no hash in the record."""
    if campaign.status != CampaignStatus.APPROVED or "plan" in approval_in_record(session, campaign):
        return []
    says = _("Approved before the record held a hash: freezing has nothing to compare the plan with. Read it once more")
    return [Fact(_("Hash of the approved plan"), "—", beside=str(says))]


def source_in_words(value: str) -> Text:
    number, _at, edition = value.rpartition(" @")
    return _("%(standard)s, version %(version)s of the library", standard=number, version=edition)


def scores_in_words(value: str) -> Text:
    """Other scores by the same edition are told apart by their file."""
    edition, _at, sha256 = value.partition(" @")
    file = short_hash(sha256)
    if edition == "0":
        return _("by the program's own weights (%(file)s)", file=file)
    return _("by edition %(edition)s of the weights (%(file)s)", edition=edition, file=file)


def day_in_words(value: str) -> Text:
    return full_day(date.fromisoformat(value))


IN_WORDS: Mapping[str, Callable[[str], Text]] = {
    "kind": lambda value: word("campaign_kind", value),
    "method": lambda value: word("allocation", value),
    "numbers_first": lambda value: word("numbers_first", value),
    "bands": edges_called,
    "size": lambda value: word("column", value),
    "strata": lambda value: " × ".join(str(word("column", name)) for name in value.split("/")),
    "stratum": lambda value: _("%(n)s to buy", n=value),
    "item_source": source_in_words,
    "item_rule": lambda value: word("rule", value),
    **dict.fromkeys(("price_cap_fen", "budget_fen", "item_lab_fee"), lambda value: yuan(int(value))),
    "follow_up": lambda _value: _("It may draw again what was sampled lately"),
    "frame": short_hash,
    "scores": scores_in_words,
    "starts_on": day_in_words,
    "ends_on": day_in_words,
}


def called_in(campaign: Campaign) -> Callable[[str, str], Text]:
    """Of what a value is said: a stratum, a band or an item by its name, what is left out by its reason."""

    def called(field: str, name: str) -> Text:
        if field in OF_STRATA:
            return stratum_called(name, campaign.design)
        return word(OF_CODES[field], name) if field in OF_CODES else name

    return called


def in_words(field: str, value: str | None) -> Text:
    """A value of a plan (campaigns/versions.py) as people read it."""
    if value is None or value == "":
        return "—"
    return IN_WORDS[field](value) if field in IN_WORDS else value
