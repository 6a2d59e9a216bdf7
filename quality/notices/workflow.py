"""The life of a disposal notice, and of each listing on it: claimed by the platform is not yet verified by us."""

from __future__ import annotations

from datetime import datetime

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.evidence.models import EvidenceKind, Exhibit
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import EditionKind, Excuse, ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.notices.second import looked_before_deciding, two_saw_it_gone
from quality.notices.thread import every_objection_was_decided
from quality.people.actor import Actor
from quality.permissions import Can

(DRAFT, IN_REVIEW, APPROVED, ISSUING, ISSUED, SERVED, ACKNOWLEDGED, ANSWERED, CLOSED, WITHDRAWN, REOPENED) = (
    NoticeStatus
)
OPEN, CLAIMED, VERIFIED, RETURNED, EXCUSED, ITEM_REOPENED = ItemStatus
A_FEW = 3  # listings that a refusal names
WAITING = (RETURNED, ITEM_REOPENED, OPEN)  # for an answer: first what came back
WITH_THE_PLATFORM = {ISSUED, SERVED, ACKNOWLEDGED, ANSWERED, REOPENED}
Move = Transition[Notice]
ItemMove = Transition[NoticeItem]


def names_a_listing(notice: Notice, actor: Actor) -> Reason | None:
    return None if notice.items else Reason("no_items", _("Name at least one listing"))


def names_more_than_one_listing(notice: Notice, actor: Actor) -> Reason | None:
    if len(notice.items) > 1:
        return None
    return Reason("last_listing", _("The last listing stays on the notice; have the notice withdrawn instead"))


def stands_as_nonconforming(finding: Finding) -> Reason | None:
    if finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        return Reason(
            "finding_not_standing", _("Finding %(number)s is not confirmed as nonconforming", number=finding.number)
        )
    return None


def rests_on_standing_findings(notice: Notice, actor: Actor) -> Reason | None:
    reasons = (stands_as_nonconforming(item.finding) for item in notice.items)
    return next((reason for reason in reasons if reason), None)


def was_drafted_by_someone_else(notice: Notice, actor: Actor) -> Reason | None:
    if notice.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must approve"))
    return None


def every_item_was_answered(notice: Notice, actor: Actor) -> Reason | None:
    waiting = [i for i in notice.items if i.status in WAITING]
    if waiting:
        return Reason("items_unanswered", _("Listings not answered yet: %(count)s", count=len(waiting)))
    return None


def no_edition_is_under_way(notice: Notice, actor: Actor) -> Reason | None:
    if notice.proposed is None:
        return None
    return Reason("edition_under_way", _("A next edition is drafted; have it issued or dropped first"))


def its_withdrawal_was_drafted_by_someone_else(notice: Notice, actor: Actor) -> Reason | None:
    """What was issued two persons stood for, and so two take it back: one drafts that, another approves it."""
    if notice.issued_at is None:
        return None
    drafted = notice.proposed
    if drafted is None or drafted.kind is not EditionKind.WITHDRAWAL:
        return Reason(
            "withdrawal_not_drafted",
            _("It was issued: a coordinator drafts the withdrawal first, with the reason that the platform reads"),
        )
    if drafted.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must approve"))
    return None


def every_item_is_verified_or_excused(notice: Notice, actor: Actor) -> Reason | None:
    waiting = [i for i in notice.items if i.status not in (VERIFIED, EXCUSED)]
    if not waiting:
        return None
    named = "、".join(f"{title_of(item)} {item.listing_id}" for item in waiting[:A_FEW])
    more = len(waiting) - A_FEW
    text = (
        _("Not verified or excused yet: %(listings)s, and %(more)s more", listings=named, more=more)
        if more > 0
        else _("Not verified or excused yet: %(listings)s", listings=named)
    )
    return Reason("items_open", text)


def called(item: NoticeItem) -> str:
    """A listing as people tell it from others: its title, its shop, its id."""
    return " · ".join(filter(None, (title_of(item), item.snapshot["listing"]["shop"], item.listing_id)))


def title_of(item: NoticeItem) -> str:
    return str(item.snapshot["listing"]["title"] or item.snapshot["product"]["name"])


def its_notice_was_served(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status not in (SERVED, ACKNOWLEDGED, ANSWERED, REOPENED):
        return Reason("not_served", _("The notice is not with the platform at present; nothing can be answered"))
    return None


def its_notice_is_open(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status in (CLOSED, WITHDRAWN):
        return Reason("notice_ended", _("The notice is closed or withdrawn; reopen the listing first"))
    return None


def its_notice_was_not_withdrawn(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status == WITHDRAWN:
        return Reason("notice_withdrawn", _("The notice is withdrawn; draft a new one"))
    return None


def it_was_not_withdrawn(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.excuse == Excuse.WITHDRAWN:
        return Reason("listing_withdrawn", _("This listing was taken off the notice; draft a new one"))
    return None


def its_notice_was_issued(item: NoticeItem, actor: Actor) -> Reason | None:
    if item.notice.status not in WITH_THE_PLATFORM | {CLOSED}:
        return Reason("not_issued", _("The notice is not issued, or is withdrawn; there is nothing to look after"))
    return None


def we_saw_it_gone_since_the_claim(item: NoticeItem, actor: Actor) -> Reason | None:
    """Claimed is not verified (DESIGN decision 6): the last look is ours, later than the last claim, and saw it gone.

    It is proved by a file of our own that came after the claim too: no picture of the platform's, none from before.
    """
    look = item.looks[-1] if item.looks else None
    since = item.claims[-1].received_at
    if look is not None and look.seen_at < since:
        return Reason("seen_too_early", _("The last look was before the platform answered; look again"))
    if look is None or not own_proofs_since(item, since):
        return Reason("not_seen", _("Look at the listing yourself and add your evidence"))
    return None if look.gone else Reason("still_there", _("Your last look found the listing; send the claim back"))


def we_saw_it_there(item: NoticeItem, actor: Actor) -> Reason | None:
    """The last look found it, since the platform last answered and since we last settled the listing."""
    look = item.looks[-1] if item.looks else None
    answered = item.claims[-1].received_at if item.claims else None
    if look is None or look.gone or any(look.seen_at < moment for moment in (answered, item.settled_at) if moment):
        return Reason("not_seen_there", _("Add the evidence of what you found at the listing"))
    return None


def own_proofs_since(item: NoticeItem, moment: datetime) -> list[Exhibit]:
    """What the agency itself added as proof of a look at this listing, from `moment` on."""
    return [
        exhibit
        for exhibit in item.exhibits
        if exhibit.kind == EvidenceKind.LOOK
        and exhibit.holding.organisation_id == item.agency_id
        and exhibit.at >= moment
    ]


def says_why_it_is_excused(item: NoticeItem, actor: Actor) -> Reason | None:
    return None if item.excuse else Reason("no_reason", _("Choose the reason"))


# fmt: off
#                    move           from                              to            who may                 provided that it
SUBMIT      = Move("submit",      {DRAFT},                          IN_REVIEW,    Can.NOTICE_DRAFT,       [names_a_listing, rests_on_standing_findings], _("Submit for review"))
APPROVE     = Move("approve",     {IN_REVIEW},                      APPROVED,     Can.NOTICE_APPROVE,     [was_drafted_by_someone_else, rests_on_standing_findings], _("Approve the notice"), signs="approved_by_id")
RETURN      = Move("return",      {IN_REVIEW},                      DRAFT,        Can.NOTICE_APPROVE,     [], _("Return to the drafter"))
ISSUE       = Move("issue",       {APPROVED},                       ISSUING,      Can.NOTICE_DRAFT,       [rests_on_standing_findings], _("Issue the notice"))
SEALED      = Move("sealed",      {ISSUING},                        ISSUED,       Can.NOTICE_SERVE,       [], _("Seal the document"))
SERVE       = Move("serve",       {ISSUED},                         SERVED,       Can.NOTICE_SERVE,       [], _("Record the proven receipt"))
ACKNOWLEDGE = Move("acknowledge", {SERVED},                         ACKNOWLEDGED, Can.NOTICE_ACKNOWLEDGE, [], _("Acknowledge"))
ANSWER      = Move("answer",      {SERVED, ACKNOWLEDGED, REOPENED}, ANSWERED,     Can.ITEM_ANSWER,        [every_item_was_answered], _("Answer"))
ASK_AGAIN   = Move("ask_again",   {ANSWERED},                       ACKNOWLEDGED, Can.ITEM_VERIFY,        [], _("Ask the platform again"))
CLOSE       = Move("close",       {SERVED, ACKNOWLEDGED, ANSWERED, REOPENED}, CLOSED,       Can.NOTICE_CLOSE,       [every_item_is_verified_or_excused, every_objection_was_decided, no_edition_is_under_way], _("Close the notice"))
REOPEN      = Move("reopen",      {CLOSED},                         REOPENED,     Can.ITEM_VERIFY,        [], _("Reopen the notice"))
WITHDRAW    = Move("withdraw",    {DRAFT, IN_REVIEW, APPROVED} | WITH_THE_PLATFORM, WITHDRAWN, Can.NOTICE_APPROVE, [its_withdrawal_was_drafted_by_someone_else], _("Withdraw the notice"))
ADDED       = Move("added",       {ANSWERED},                       ACKNOWLEDGED, Can.NOTICE_SERVE,       [], _("Ask for listings that were added"))

CLAIM       = ItemMove("claim",   {OPEN, CLAIMED, RETURNED, ITEM_REOPENED}, CLAIMED, Can.ITEM_ANSWER,     [its_notice_was_served], _("Answer for the listing"))
VERIFY      = ItemMove("verify",  {CLAIMED},                        VERIFIED,     Can.ITEM_VERIFY,        [its_notice_is_open, looked_before_deciding, we_saw_it_gone_since_the_claim, two_saw_it_gone], _("Verify"))
SEND_BACK   = ItemMove("send_back", {CLAIMED},                      RETURNED,     Can.ITEM_VERIFY,        [its_notice_is_open, looked_before_deciding, we_saw_it_there], _("Send the claim back"))
EXCUSE      = ItemMove("excuse",  {OPEN, CLAIMED, RETURNED, ITEM_REOPENED}, EXCUSED, Can.ITEM_EXCUSE,     [its_notice_is_open, its_notice_was_issued, says_why_it_is_excused], _("Excuse"))
ITEM_REOPEN = ItemMove("reopen",  {VERIFIED, EXCUSED},              ITEM_REOPENED, Can.ITEM_VERIFY,       [its_notice_was_not_withdrawn, it_was_not_withdrawn, we_saw_it_there], _("Reopen the listing"))
TAKE_BACK   = ItemMove("take_back", set(ItemStatus),                EXCUSED,      Can.NOTICE_SERVE,       [says_why_it_is_excused], _("Take the listing back"))
# fmt: on

LIFE = Workflow(
    DRAFT,
    [SUBMIT, APPROVE, RETURN, ISSUE, SEALED, SERVE, ACKNOWLEDGE, ANSWER, ASK_AGAIN, CLOSE, REOPEN, WITHDRAW, ADDED],
)
ITEM_LIFE = Workflow(OPEN, [CLAIM, VERIFY, SEND_BACK, EXCUSE, ITEM_REOPEN, TAKE_BACK])
