"""The life of a disposal notice, and of each listing on it: claimed by the platform is not yet verified by us."""

from __future__ import annotations

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.people.actor import Actor
from quality.permissions import Can

(DRAFT, IN_REVIEW, APPROVED, ISSUING, ISSUED, SERVED, ACKNOWLEDGED, ANSWERED, CLOSED, WITHDRAWN, REOPENED) = NoticeStatus
OPEN, CLAIMED, VERIFIED, RETURNED, EXCUSED, ITEM_REOPENED = ItemStatus
Move = Transition[Notice]
ItemMove = Transition[NoticeItem]


def names_a_listing(notice: Notice, actor: Actor) -> Reason | None:
    return None if notice.items else Reason("no_items", _("Name at least one listing"))


def rests_on_standing_findings(notice: Notice, actor: Actor) -> Reason | None:
    for item in notice.items:
        if item.finding.status != "confirmed" or item.finding.verdict != "nonconforming":
            return Reason(
                "finding_not_standing",
                _("The finding on %(listing)s is not confirmed as nonconforming", listing=item.listing_id),
            )
    return None


def was_drafted_by_someone_else(notice: Notice, actor: Actor) -> Reason | None:
    if notice.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must approve"))
    return None


def every_item_was_answered(notice: Notice, actor: Actor) -> Reason | None:
    waiting = [i for i in notice.items if i.status in (OPEN, RETURNED, ITEM_REOPENED)]
    if waiting:
        return Reason("items_unanswered", _("%(count)s listings are not answered yet", count=len(waiting)))
    return None


def every_item_is_verified_or_excused(notice: Notice, actor: Actor) -> Reason | None:
    waiting = [i for i in notice.items if i.status not in (VERIFIED, EXCUSED)]
    if waiting:
        return Reason("items_open", _("%(count)s listings are not verified or excused yet", count=len(waiting)))
    return None


def its_notice_was_served(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status not in (SERVED, ACKNOWLEDGED, ANSWERED, REOPENED):
        return Reason("not_served", _("The notice is not with the platform at present; nothing can be answered"))
    return None


def its_notice_is_open(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status in (CLOSED, WITHDRAWN):
        return Reason("notice_ended", _("The notice is closed or withdrawn; reopen the listing first"))
    return None


def we_saw_it_gone_since_the_claim(item: NoticeItem, actor: Actor) -> Reason | None:
    """Claimed is not verified (DESIGN decision 6): the last look is ours, later than the last claim, and saw it gone."""
    look = item.looks[-1] if item.looks else None
    claim = item.claims[-1] if item.claims else None
    if look is None or (claim is not None and look.seen_at < claim.received_at):
        return Reason("not_seen", _("Look at the listing yourself and add your evidence"))
    return None if look.gone else Reason("still_there", _("Your last look found the listing; send the claim back"))


def we_saw_it_there(item: NoticeItem, actor: Actor) -> Reason | None:
    if not item.looks or item.looks[-1].gone:
        return Reason("not_seen_there", _("Add the evidence of what you found at the listing"))
    return None


def says_why_it_is_excused(item: NoticeItem, actor: Actor) -> Reason | None:
    return None if item.excuse else Reason("no_reason", _("Choose the reason"))


WITH_THE_PLATFORM = {ISSUED, SERVED, ACKNOWLEDGED, ANSWERED, REOPENED}
# fmt: off
#                    move           from                              to            who may                 provided that it
SUBMIT      = Move("submit",      {DRAFT},                          IN_REVIEW,    Can.NOTICE_DRAFT,       [names_a_listing, rests_on_standing_findings], _("Submit for review"))
RETURN      = Move("return",      {IN_REVIEW},                      DRAFT,        Can.NOTICE_APPROVE,     [], _("Return to the drafter"))
APPROVE     = Move("approve",     {IN_REVIEW},                      APPROVED,     Can.NOTICE_APPROVE,     [was_drafted_by_someone_else, rests_on_standing_findings], _("Approve the notice"))
ISSUE       = Move("issue",       {APPROVED},                       ISSUING,      Can.NOTICE_DRAFT,       [rests_on_standing_findings], _("Issue the notice"))
SEALED      = Move("sealed",      {ISSUING},                        ISSUED,       Can.NOTICE_SERVE,       [], _("Seal the document"))
SERVE       = Move("serve",       {ISSUED},                         SERVED,       Can.NOTICE_SERVE,       [], _("Record the proven receipt"))
ACKNOWLEDGE = Move("acknowledge", {SERVED},                         ACKNOWLEDGED, Can.NOTICE_ACKNOWLEDGE, [], _("Acknowledge"))
ANSWER      = Move("answer",      {SERVED, ACKNOWLEDGED, REOPENED}, ANSWERED,     Can.ITEM_ANSWER,        [every_item_was_answered], _("Answer"))
ASK_AGAIN   = Move("ask_again",   {ANSWERED},                       ACKNOWLEDGED, Can.ITEM_VERIFY,        [], _("Ask the platform again"))
CLOSE       = Move("close",       {ANSWERED},                       CLOSED,       Can.NOTICE_CLOSE,       [every_item_is_verified_or_excused], _("Close the notice"))
REOPEN      = Move("reopen",      {CLOSED},                         REOPENED,     Can.ITEM_VERIFY,        [], _("Reopen the notice"))
WITHDRAW    = Move("withdraw",    {DRAFT, IN_REVIEW, APPROVED} | WITH_THE_PLATFORM, WITHDRAWN, Can.NOTICE_APPROVE, [], _("Withdraw the notice"))

CLAIM       = ItemMove("claim",   {OPEN, CLAIMED, RETURNED, ITEM_REOPENED}, CLAIMED, Can.ITEM_ANSWER,     [its_notice_was_served], _("Answer for the listing"))
VERIFY      = ItemMove("verify",  {CLAIMED},                        VERIFIED,     Can.ITEM_VERIFY,        [its_notice_is_open, we_saw_it_gone_since_the_claim], _("Verify"))
SEND_BACK   = ItemMove("send_back", {CLAIMED},                      RETURNED,     Can.ITEM_VERIFY,        [its_notice_is_open, we_saw_it_there], _("Send the claim back"))
EXCUSE      = ItemMove("excuse",  {OPEN, CLAIMED, RETURNED, ITEM_REOPENED}, EXCUSED, Can.ITEM_EXCUSE,     [its_notice_is_open, says_why_it_is_excused], _("Excuse"))
ITEM_REOPEN = ItemMove("reopen",  {VERIFIED, EXCUSED},              ITEM_REOPENED, Can.ITEM_VERIFY,       [we_saw_it_there], _("Reopen the listing"))
# fmt: on

LIFE = Workflow(
    DRAFT,
    [SUBMIT, RETURN, APPROVE, ISSUE, SEALED, SERVE, ACKNOWLEDGE, ANSWER, ASK_AGAIN, CLOSE, REOPEN, WITHDRAW],
)
ITEM_LIFE = Workflow(OPEN, [CLAIM, VERIFY, SEND_BACK, EXCUSE, ITEM_REOPEN])
