"""The life of a campaign: planned by one person, approved by another, frozen before the seed exists, drawn once."""

from __future__ import annotations

from quality.campaigns.models import Campaign, CampaignStatus, CapRaise, CapRaiseStatus
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.people.actor import Actor
from quality.permissions import Can

DRAFT, IN_REVIEW, APPROVED, FROZEN, DRAWN, IN_FIELD, CLOSED, CANCELLED = CampaignStatus
Move = Transition[Campaign]


def has_test_items(campaign: Campaign, actor: Actor) -> Reason | None:
    return None if campaign.items else Reason("no_items", _("Name at least one test item with its limit"))


def has_a_frame(campaign: Campaign, actor: Actor) -> Reason | None:
    return None if campaign.frame_sha256 else Reason("no_frame", _("Import the sampling frame first"))


def was_planned_by_someone_else(campaign: Campaign, actor: Actor) -> Reason | None:
    if campaign.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must approve"))
    return None


def names_a_number_that_does_not_exist_yet(campaign: Campaign, actor: Actor) -> Reason | None:
    if campaign.public_event_at is None or campaign.public_event_at <= clock.now():
        return Reason("number_exists", _("Name a public number that will only be drawn in the future"))
    return None


def its_public_number_is_out(campaign: Campaign, actor: Actor) -> Reason | None:
    if campaign.public_event_at is None or campaign.public_event_at > clock.now():
        return Reason("number_not_out", _("The public number is not out yet; the draw waits for it"))
    return None


CHANGED_BY = {  # how a plan comes to be a draft again, or what can be done where it cannot
    IN_REVIEW: _("Only a draft can be changed; have it returned first"),
    APPROVED: _("Only a draft can be changed; have its approval taken back first"),
    FROZEN: _("Plan and frame are frozen and cannot be changed any more; until the draw the campaign can be cancelled "
              "and planned anew. A higher price cap can be asked for on the campaign's page"),
    DRAWN: _("Plan and frame were frozen before the draw and cannot be changed any more. A higher price cap can be asked "
             "for on the campaign's page; what still costs more is reported as unobtainable, and a reserve of its "
             "stratum takes its place"),
    CLOSED: _("The campaign has ended: nothing of its plan can be changed any more"),
}  # fmt: skip
CHANGED_BY |= {IN_FIELD: CHANGED_BY[DRAWN], CANCELLED: CHANGED_BY[CLOSED]}


def refuse_unless_draft(campaign: Campaign) -> None:
    if campaign.status != DRAFT:
        raise Refused("wrong_status", CHANGED_BY[campaign.status])


# fmt: off
#                 move       from                                   to          who may               provided that it
SUBMIT = Move("submit",  {DRAFT},                               IN_REVIEW,  Can.CAMPAIGN_PLAN,    [has_test_items, has_a_frame], _("Submit for review"))
APPROVE = Move("approve", {IN_REVIEW},                          APPROVED,   Can.CAMPAIGN_APPROVE, [was_planned_by_someone_else], _("Approve plan and frame"), signs="approved_by_id")
RETURN = Move("return",  {IN_REVIEW},                           DRAFT,      Can.CAMPAIGN_APPROVE, [],                            _("Return to the drafter"))
FREEZE = Move("freeze",  {APPROVED},                            FROZEN,     Can.CAMPAIGN_DRAW,    [names_a_number_that_does_not_exist_yet], _("Freeze and commit"))
DRAW   = Move("draw",    {FROZEN},                              DRAWN,      Can.CAMPAIGN_DRAW,    [its_public_number_is_out],    _("Draw"))
START  = Move("start",   {DRAWN},                               IN_FIELD,   Can.CAMPAIGN_PLAN,    [],                            _("Start buying"))
CLOSE  = Move("close",   {IN_FIELD},                            CLOSED,     Can.CAMPAIGN_PLAN,    [],                            _("Close the campaign"))
REOPEN = Move("reopen",  {APPROVED},                            DRAFT,      Can.CAMPAIGN_APPROVE, [],                            _("Take the approval back"))
CANCEL = Move("cancel",  {DRAFT, IN_REVIEW, APPROVED, FROZEN},  CANCELLED,  Can.CAMPAIGN_APPROVE, [],                            _("Cancel the campaign"))
# fmt: on

ASKED, GRANTED, REFUSED, TAKEN_BACK = CapRaiseStatus
RAISED_IN = frozenset({FROZEN, DRAWN, IN_FIELD})  # before, the plan itself is changed; after, nothing is bought


def was_asked_for_by_someone_else(asked: CapRaise, actor: Actor) -> Reason | None:
    if asked.asked_by_id == actor.id:
        return Reason("same_person", _("Someone other than the person who asked must decide"))
    return None


def its_campaign_still_buys(asked: CapRaise, actor: Actor) -> Reason | None:
    if asked.campaign.status not in RAISED_IN:
        return Reason("campaign_ended", _("The campaign has ended: nothing is bought by this cap any more"))
    return None


CapMove = Transition[CapRaise]
# fmt: off
GRANT     = CapMove("grant",     {ASKED}, GRANTED,    Can.CAMPAIGN_APPROVE, [was_asked_for_by_someone_else, its_campaign_still_buys], _("Grant the higher price cap"), signs="decided_by_id")
REFUSE    = CapMove("refuse",    {ASKED}, REFUSED,    Can.CAMPAIGN_APPROVE, [was_asked_for_by_someone_else], _("Refuse it"), signs="decided_by_id")
TAKE_BACK = CapMove("take_back", {ASKED}, TAKEN_BACK, Can.CAMPAIGN_PLAN,    [],                              _("Ask for it no more"), signs="decided_by_id")
# fmt: on

CAP_LIFE = Workflow(ASKED, [GRANT, REFUSE, TAKE_BACK])
LIFE = Workflow(DRAFT, [SUBMIT, APPROVE, RETURN, FREEZE, DRAW, START, CLOSE, REOPEN, CANCEL])
