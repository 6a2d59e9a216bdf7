"""A proposal as its page and the API say it: who, and in a few words why, or why nobody."""

from __future__ import annotations

from typing import NamedTuple

from quality.core.words import Text, _
from quality.pages.words import word
from quality.purchases.declines import Declined
from quality.purchases.models import Task
from quality.purchases.prices import over_the_cap_by
from quality.purchases.profiles import BuyerThere
from quality.purchases.proposals import Proposal
from quality.purchases.proposing import Proposed


class Row(NamedTuple):
    task: Task
    buyer: str  # the id of who stands in it: who is proposed, or whom somebody chose; "": nobody yet
    why: Text
    is_open: bool  # nobody is proposed
    declined: list[Declined]
    over: int  # fen over the price cap, as the frame lists it


def row_of(task: Task, found: Proposed, typed: str | None) -> Row:
    proposal = found.proposals[task.id]
    chosen = str(proposal.buyer or "") if typed is None else typed
    declined, over = found.declined.get(task.id, []), over_the_cap_by(task)
    return Row(task, chosen, why(proposal, found), proposal.buyer is None, declined, over)


def why(proposal: Proposal, found: Proposed) -> Text:
    """In a sentence: of who is proposed, how much they have and as whom they would buy."""
    buyer = next((each for each in found.buyers if each.person.id == proposal.buyer), None)
    if buyer is None:
        return nobody(proposal)
    cover = found.covers.get(proposal.cover or 0)
    if cover is None:
        return room(buyer)
    told = {"room": room(buyer), "cover": cover.number, "seen": proposal.seen}
    if limit := found.limits.cover_on_platform:
        return _("%(room)s; as %(cover)s, seen on the platform %(seen)s of %(limit)s times", **told, limit=limit)
    return _("%(room)s; as %(cover)s, seen on the platform %(seen)s times", **told)


def room(buyer: BuyerThere) -> Text:
    if buyer.left is None:
        return _("has %(count)s under way", count=buyer.under_way)
    return _("has room for %(left)s of %(week)s this week", left=buyer.left, week=buyer.per_week)


def nobody(proposal: Proposal) -> Text:
    if not proposal.why:
        return _("There is no buyer here; an administrator invites them")
    reasons = [f"{word('no_proposal', code)} {many}" for code, many in sorted(proposal.why.items())]
    return _("Nobody, of %(many)s buyers: %(reasons)s", many=sum(proposal.why.values()), reasons=", ".join(reasons))
