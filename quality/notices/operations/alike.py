"""Listings that are like a tested one: a person says whether they are, and those that are go on notices of their own.

What is decided stands in the record of the finding, and is decided under its lock: who drafts takes it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused, Stale
from quality.core.words import Reason, _
from quality.core.workflow import record
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.likeness.models import Alike, Decision
from quality.notices.editions import named_by_a_proposal
from quality.notices.models import ItemKind, ItemStatus, Notice, NoticeItem, NoticeStatus, stands_on_a_notice
from quality.notices.permit import permit
from quality.notices.workflow import stands_as_nonconforming
from quality.people.actor import Actor
from quality.permissions import Can

LONGEST_REASON = 500
ENDED = (NoticeStatus.CLOSED, NoticeStatus.WITHDRAWN)
SETTLED = (ItemStatus.VERIFIED, ItemStatus.EXCUSED)
DEEDS = {Decision.CONFIRMED: "confirm_alike", Decision.REJECTED: "reject_alike"}


class Choice(NamedTuple):
    """A listing that is decided on, and which version of it was seen."""

    alike: Alike
    version: int


def decide(
    session: Session, chosen: Sequence[Choice], decision: Decision | str, *, by: Actor, reason: str = ""
) -> None:
    """Say of listings whether they are the tested one's product or its seller's: of all of them, or of none.

    Who decided, when and why is kept with each, and stands in its finding's record. It can be decided otherwise
    until the listing stands on a notice.
    """
    permit(by, Can.ALIKE_DECIDE)
    for choice in chosen:
        permit(by, Can.ALIKE_DECIDE, choice.alike)
    assert by.id is not None, "only people decide"
    if problems := list(wrong_decision(chosen, decision, reason)):
        raise Invalid(*problems)
    deciding, now = Decision(decision), clock.now()
    by_finding: dict[int, dict[int, int]] = {}  # the versions seen, by finding and listing
    for alike, version in chosen:
        by_finding.setdefault(alike.finding_id, {})[alike.id] = version
    for finding_id, seen in sorted(by_finding.items()):
        finding = session.get_one(Finding, finding_id)
        details = {"alike": sorted(seen)}
        record(session, finding, DEEDS[deciding], by=by, note=reason.strip(), details=details)
        if deciding == Decision.CONFIRMED and (no := stands_as_nonconforming(finding)):
            raise Refused.because(no)
        for alike in session.scalars(sa.select(Alike).where(Alike.id.in_(seen)).order_by(Alike.id)):
            refuse_to_decide(session, alike, seen[alike.id], deciding)
            alike.version, alike.decision, alike.reason = alike.version + 1, deciding, reason.strip()
            alike.decided_by_id, alike.decided_at = by.id, now
        session.flush()


def wrong_decision(chosen: Sequence[Choice], decision: str, reason: str) -> list[FieldProblem]:
    problems = []
    if not chosen:
        problems.append(FieldProblem("chosen", "missing", _("Choose at least one listing")))
    if decision not in set(Decision):
        known = ", ".join(Decision)
        problems.append(FieldProblem("decision", "unknown_decision", _("Choose one of: %(known)s", known=known)))
    if decision == Decision.REJECTED and not reason.strip():
        text = _("Say why these listings are other goods or another seller's")
        problems.append(FieldProblem("reason", "missing", text))
    if len(reason.strip()) > LONGEST_REASON:
        problems.append(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON)))
    return problems


def refuse_to_decide(session: Session, alike: Alike, seen: int, decision: Decision) -> None:
    if alike.version != seen:
        stale = Stale(status=alike.decision, version=alike.version)
        stale.more = {"listing": alike.listing_id}
        raise stale
    if alike.decision == decision:
        text = _("%(listing)s was decided so already", listing=alike.listing_id)
        raise Refused("decided_already", text)
    if reference := on_notice(session, alike):
        named = {"listing": alike.listing_id, "notice": reference}
        text = _("%(listing)s stands on notice %(notice)s; take it off there first", **named)
        raise Refused("on_notice", text)


def stands_on(alike: type[Alike] = Alike) -> sa.Select[str]:
    """The live notices, by reference, that the listing stands on because of its finding: for a query over `Alike`."""
    return (
        sa.select(Notice.reference)
        .join(NoticeItem)
        .where(NoticeItem.finding_id == alike.finding_id, NoticeItem.listing_id == alike.listing_id)
        .where(NoticeItem.kind != ItemKind.TESTED, Notice.platform_id == alike.platform_id)
        .where(stands_on_a_notice())
    )


def stands_open_on(alike: type[Alike] = Alike) -> sa.Select[str]:
    """The same, on which it waits to be taken down, whatever for: it was tested itself, or is like another one."""
    return (
        sa.select(Notice.reference)
        .join(NoticeItem)
        .where(NoticeItem.listing_id == alike.listing_id, NoticeItem.status.not_in(SETTLED))
        .where(Notice.platform_id == alike.platform_id, Notice.agency_id == alike.agency_id)
        .where(Notice.status.not_in(ENDED))
    )


def on_notice(session: Session, alike: Alike) -> str | None:
    asked = stands_on().where(Alike.id == alike.id)
    return session.scalars(asked.limit(1)).first()


def cannot_be_put_on(session: Session, alike: Alike, *, but: int | None = None) -> Reason | None:
    """Why a listing may not go on a notice now. None: nobody tested it, somebody confirmed it, and it is on none.

    `but`: the notice whose own next edition may name it.
    """
    if alike.decision != Decision.CONFIRMED:
        text = _("%(listing)s is not confirmed as alike; decide on it first", listing=alike.listing_id)
        return Reason("not_confirmed", text)
    asked = (each.where(Alike.id == alike.id).limit(1) for each in (stands_on(), stands_open_on()))
    there = next((found for each in asked if (found := session.scalars(each).first())), None)
    if reference := there or named_by_a_proposal(session, alike.agency_id, "alike", alike.id, but=but):
        text = _("%(listing)s stands on notice %(notice)s already", listing=alike.listing_id, notice=reference)
        return Reason("already_on_notice", text)
    return None


def waiting_for_a_notice(actor: Actor) -> sa.Select[Alike]:
    """Confirmed listings of the own agency that may go on a notice, of findings that stand. In no order."""
    return (
        sa.select(Alike)
        .join(Alike.finding)
        .where(Alike.agency_id == actor.organisation_id, Alike.decision == Decision.CONFIRMED)
        .where(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
        .where(~stands_on().exists(), ~stands_open_on().exists())
    )
