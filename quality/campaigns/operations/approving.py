"""Approving a plan as it was submitted, and taking the approval back before anything was frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.campaigns.versions import approved_editions, changes, digest_of, under_review
from quality.campaigns.workflow import APPROVE, CANCEL, IN_REVIEW, REOPEN
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform
from quality.documents.operations import withdraw_all
from quality.people.actor import Actor


def approve(
    session: Session, campaign: Campaign, *, by: Actor, frames: Path, version: int | None = None, note: str = ""
) -> None:
    """Approve plan and frame. The edition is marked, and its sha256 stands in the record: nobody changes it unseen.

    What was approved before and taken back, and is approved again as it was, the record calls so.
    """
    read = campaign.version if version is None else version
    if campaign.status != IN_REVIEW or APPROVE.not_permitted(campaign, by):
        perform(session, campaign, APPROVE, by=by, version=read, note=note)
        return  # nobody comes here: it is refused, in the words that are right after a look at what is true now
    before = session.scalars(approved_editions(campaign).limit(1)).one_or_none()
    edition = under_review(session, campaign, frames)
    approved: dict[str, Any] = {"edition": edition.edition, "plan": digest_of(edition.plan)}
    if before is not None and not list(changes(before.plan, edition.plan)):
        approved["unchanged_since"] = before.edition
    perform(session, campaign, APPROVE, by=by, version=read, note=note, details=approved)
    edition.approved_at, edition.approved_by_id, edition.plan_sha256 = clock.now(), by.id, approved["plan"]
    session.flush()


def cancel(session: Session, campaign: Campaign, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """Give a campaign up before it is drawn. What was printed from its plan does not hold any more."""
    perform(session, campaign, CANCEL, by=by, version=version, note=note)
    withdraw_all(session, campaign, by=by)


def reopen(session: Session, campaign: Campaign, *, by: Actor, why: str, version: int | None = None) -> None:
    """Give an approved plan back to its drafter, before it is frozen. `why` is what they read.

    It is the reviewer's to take back, for it was the reviewer's to give: a coordinator who wants to change the plan
    asks for it. What was printed from the plan does not hold any more.
    """
    if not why.strip():
        raise Invalid(FieldProblem("note", "missing", _("Say why the approval is taken back")))
    perform(session, campaign, REOPEN, by=by, version=version, note=why, facts={"approved_by_id": None})
    withdraw_all(session, campaign, by=by)
