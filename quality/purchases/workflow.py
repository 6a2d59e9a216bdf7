"""The life of a sampling task, of the sample it brings, and of the sample's two portions."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Can
from quality.purchases.checklists import Step
from quality.purchases.custody import has_open_gap, steps_of
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus, Task, TaskStatus
from quality.purchases.waivers import UNDER_WAY, lacks

PLANNED, ASSIGNED, ORDERED, SHIPPED, RECEIVED, SEALED, UNOBTAINABLE, TRANSFERRED, CANCELLED = TaskStatus
TaskMove = Transition[Task]
SampleMove = Transition[Sample]
PortionMove = Transition[Portion]


def has_a_buyer(task: Task, actor: Actor) -> Reason | None:
    return None if task.buyer_id else Reason("no_buyer", _("Choose the buyer"))


def its_campaign_is_in_the_field(task: Task, actor: Actor) -> Reason | None:
    if task.campaign.status != "in_field":
        return Reason("not_in_field", _("The campaign is not in the field; nothing is bought for it"))
    return None


def shows_the_purchase(task: Task, actor: Actor) -> Reason | None:
    return lacks(task, Step.ORDER)


def shows_the_shipment(task: Task, actor: Actor) -> Reason | None:
    return lacks(task, Step.SHIP)


def shows_the_parcel(task: Task, actor: Actor) -> Reason | None:
    return lacks(task, Step.RECEIVE)


def shows_the_label(task: Task, actor: Actor) -> Reason | None:
    return lacks(task, Step.CHECK_LABEL)


def shows_the_goods_and_both_seals(task: Task, actor: Actor) -> Reason | None:
    return lacks(task, Step.SEAL)


def its_label_was_checked(task: Task, actor: Actor) -> Reason | None:
    return None if task.label_checked_at else Reason("label_unchecked", _("Check the label before you seal"))


def was_not_returned(task: Task, actor: Actor) -> Reason | None:
    if task.returned_at is None:
        return None
    return Reason("was_returned", _("The goods went back: there is nothing to seal. Report it as unobtainable"))


def says_why(case: Task | Sample, actor: Actor) -> Reason | None:
    return None if case.exit_reason else Reason("no_reason", _("Choose the reason"))


def has_a_laboratory(case: Sample | Portion, actor: Actor) -> Reason | None:
    return None if case.laboratory_id else Reason("no_laboratory", _("Choose the laboratory"))


def is_not_tested_by_who_sampled_it(case: Sample | Portion, actor: Actor) -> Reason | None:
    """Whoever bought and sealed it has no part in the laboratory."""
    session = object_session(case)
    assert session is not None, "begin() it first"
    works_there = sa.select(Membership.id).where(
        Membership.person_id == case.buyer_id,
        Membership.organisation_id == case.laboratory_id,
        Membership.ended_at.is_(None),
    )
    if session.scalars(works_there.limit(1)).first() is None:
        return None
    return Reason("sampler_tests", _("Who took the sample works in this laboratory; choose another"))


# What a later room has waiting on sealed goods, which this one must not know: asked before they are sent away
WAITS_ON: list[Callable[[Sample], Reason | None]] = []


def nothing_waits_on_it(sample: Sample, actor: Actor) -> Reason | None:
    return next((reason for asked in WAITS_ON if (reason := asked(sample))), None)


def was_not_bought(sample: Sample, actor: Actor) -> Reason | None:
    if sample.was_bought:
        return Reason("was_bought", _("This sample was bought: it ends with a finding"))
    return None


def is_kept_for_reinspection(portion: Portion, actor: Actor) -> Reason | None:
    """A backup portion leaves the store only when there is a conclusion to object to, and for another laboratory."""
    if portion.kind != PortionKind.BACKUP:
        return None
    if portion.sample.status != SampleStatus.CONCLUDED:
        return Reason("not_concluded", _("The backup portion is for re-inspection of a concluded sample only"))
    if portion.laboratory_id == portion.sample.laboratory_id:
        return Reason("same_laboratory", _("Another laboratory must re-inspect; choose one that has not tested it"))
    return None


def arrived_with_its_seal_intact(portion: Portion, actor: Actor) -> Reason | None:
    """Every hand-over of this portion read the seal that was put on it, and found it whole."""
    for step in steps_of(portion):
        if not step.seal_intact or step.seal_no != portion.seal_no:
            return Reason("seal_broken", _("The seal was broken or is another one; the sample can only be refused"))
    return None


def has_no_gap_any_more(portion: Portion, actor: Actor) -> Reason | None:
    """What stands at the door because of a gap stays there until the agency has answered for it."""
    if portion.status != PortionStatus.HELD or not has_open_gap(portion, steps_of(portion)):
        return None
    return Reason(
        "custody_gap",
        _("Its chain of custody has a gap that the agency has not explained; ask the agency, or refuse the sample"),
    )


def was_stopped_by_its_laboratory(sample: Sample, actor: Actor) -> Reason | None:
    if sample.portion(PortionKind.TEST).status == PortionStatus.STOPPED:
        return None
    return Reason("not_stopped", _("Its laboratory has not stopped: nothing is suspected before the test"))


def nothing_is_suspected(sample: Sample, actor: Actor) -> Reason | None:
    if sample.portion(PortionKind.TEST).status != PortionStatus.STOPPED:
        return None
    return Reason("stopped", _("The laboratory has stopped and suspects the goods: decide on that first"))


HAS_ITS_END = {
    SampleStatus.CONCLUDED, SampleStatus.CLOSED, SampleStatus.REFUSED_BY_LAB, SampleStatus.TEST_IMPOSSIBLE,
}  # fmt: skip


def is_not_needed_any_more(portion: Portion, actor: Actor) -> Reason | None:
    if portion.sample.status not in HAS_ITS_END:
        return Reason("still_needed", _("The sample has no conclusion yet; its portions are kept"))
    return None


def was_proposed_by_someone_else(portion: Portion, actor: Actor) -> Reason | None:
    if portion.disposal is None:
        return Reason("not_proposed", _("Disposal takes two people: propose it first"))
    if portion.disposal.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than the proposer must confirm"))
    return None


# fmt: off
#                        move             from                   to            who may             provided that it
ASSIGN      = TaskMove("assign",       {PLANNED, ASSIGNED},   ASSIGNED,     Can.TASK_ASSIGN,    [its_campaign_is_in_the_field, has_a_buyer], _("Assign"))
ORDER       = TaskMove("order",        {ASSIGNED},            ORDERED,      Can.TASK_BUY,       [its_campaign_is_in_the_field, shows_the_purchase], _("Record the order"))
SHIP        = TaskMove("ship",         {ORDERED},             SHIPPED,      Can.TASK_BUY,       [shows_the_shipment], _("Record the shipment"))
RECEIVE     = TaskMove("receive",      {SHIPPED},             RECEIVED,     Can.TASK_BUY,       [shows_the_parcel], _("Record the parcel"))
CHECK_LABEL = TaskMove("check_label",  {RECEIVED},            RECEIVED,     Can.TASK_BUY,       [shows_the_label],  _("Record the label check"))
SEAL        = TaskMove("seal",         {RECEIVED},            SEALED,       Can.TASK_BUY,       [was_not_returned, its_label_was_checked, shows_the_goods_and_both_seals], _("Seal the sample"))
GIVE_UP     = TaskMove("unobtainable", UNDER_WAY,             UNOBTAINABLE, Can.TASK_BUY,       [says_why],         _("Report as unobtainable"))
HAND_ON     = TaskMove("transfer",     {RECEIVED},            TRANSFERRED,  Can.TASK_BUY,       [was_not_returned, says_why], _("Hand over untested"))
DECLINE     = TaskMove("decline",      {ASSIGNED},            PLANNED,      Can.TASK_BUY,       [],                 _("Decline the task"))
CANCEL      = TaskMove("cancel",       {PLANNED, ASSIGNED},   CANCELLED,    Can.TASK_EXCUSE,    [says_why],                _("Cancel the task"))

S = SampleStatus
DISPATCH    = SampleMove("dispatch",   {S.SEALED},            S.DISPATCHED, Can.SAMPLE_DISPATCH, [nothing_waits_on_it, has_a_laboratory, is_not_tested_by_who_sampled_it], _("Dispatch to the laboratory"))
ACCEPT      = SampleMove("receive",    {S.DISPATCHED},        S.AT_LAB,     Can.SAMPLE_RECEIVE, [],                 _("Receive the sample"))
REFUSE      = SampleMove("refuse",     {S.DISPATCHED},        S.REFUSED_BY_LAB, Can.SAMPLE_RECEIVE, [says_why],     _("Refuse the sample"))
TEST        = SampleMove("test",       {S.AT_LAB},            S.TESTING,    Can.SAMPLE_RECEIVE, [],                 _("Start testing"))
REPORT      = SampleMove("report",     {S.TESTING},           S.REPORTED,   Can.REPORT_AUTHORISE, [],               _("Report"))
SEND_BACK   = SampleMove("send_back",  {S.REPORTED},          S.TESTING,    Can.FINDING_PROPOSE, [],                _("Send the report back"))
IMPOSSIBLE  = SampleMove("impossible", {S.AT_LAB, S.TESTING, S.REPORTED}, S.TEST_IMPOSSIBLE, Can.FINDING_PROPOSE, [nothing_is_suspected, says_why], _("End as impossible to test"))
TRANSFER    = SampleMove("transfer",   {S.SEALED},            S.TRANSFERRED_UNTESTED, Can.SAMPLE_CLOSE, [nothing_waits_on_it, says_why], _("Hand over untested"))
END_UNTESTED = SampleMove("end_untested", {S.AT_LAB, S.TESTING}, S.TRANSFERRED_UNTESTED, Can.SAMPLE_CLOSE, [was_stopped_by_its_laboratory, says_why], _("Hand on to the authority"))
CONCLUDE    = SampleMove("conclude",   {S.REPORTED},          S.CONCLUDED,  Can.FINDING_CONFIRM, [],                _("Conclude"))
CONCLUDE_ON_LABEL = SampleMove("conclude_on_label", {S.SEALED}, S.CONCLUDED, Can.FINDING_CONFIRM, [],            _("Conclude on the label alone"))
CLOSE       = SampleMove("close",      {S.CONCLUDED},         S.CLOSED,     Can.SAMPLE_CLOSE,   [],                 _("Close the sample"))
SETTLE      = SampleMove("settle",     {S.REPORTED},          S.CLOSED,     Can.CONTROL_KEEP,   [was_not_bought],   _("Close the books"))

P = PortionStatus
SEND        = PortionMove("send",      {P.SEALED},            P.DISPATCHED, Can.SAMPLE_DISPATCH, [has_a_laboratory, is_not_tested_by_who_sampled_it, is_kept_for_reinspection], _("Send the portion"))
HOLD        = PortionMove("hold",      {P.DISPATCHED},        P.HELD,       Can.SAMPLE_RECEIVE, [arrived_with_its_seal_intact], _("Hold it at the door: its chain of custody has a gap"))
RELEASE     = PortionMove("release",   {P.HELD},              P.DISPATCHED, Can.SAMPLE_DISPATCH, [has_no_gap_any_more], _("Let it in: the gap is explained"))
TAKE_IN     = PortionMove("take_in",   {P.DISPATCHED, P.HELD}, P.AT_LAB,    Can.SAMPLE_RECEIVE, [arrived_with_its_seal_intact, has_no_gap_any_more], _("Take in the portion"))
TURN_AWAY   = PortionMove("turn_away", {P.DISPATCHED, P.HELD}, P.REFUSED_BY_LAB, Can.SAMPLE_RECEIVE, [],             _("Turn the portion away"))
STOP        = PortionMove("stop",      {P.AT_LAB},            P.STOPPED,    Can.SAMPLE_RECEIVE, [],                 _("Stop before testing: suspected goods"))
GO_ON       = PortionMove("go_on",     {P.STOPPED},           P.AT_LAB,     Can.SAMPLE_CLOSE,   [],                 _("Let the test go on"))
HAND_ON_STOPPED = PortionMove("hand_on", {P.STOPPED},         P.HANDED_ON,  Can.SAMPLE_CLOSE,   [],                 _("Hand on to the authority"))
USE         = PortionMove("use",       {P.AT_LAB},            P.TESTED,     Can.REPORT_AUTHORISE, [],               _("Test the portion"))
DISPOSE     = PortionMove("dispose",   {P.SEALED, P.TESTED, P.REFUSED_BY_LAB}, P.DISPOSED, Can.DISPOSAL_CONFIRM, [is_not_needed_any_more, was_proposed_by_someone_else], _("Dispose of the portion"))
# fmt: on

TASK_LIFE = Workflow(PLANNED, [ASSIGN, ORDER, SHIP, RECEIVE, CHECK_LABEL, SEAL, GIVE_UP, HAND_ON, DECLINE, CANCEL])
SAMPLE_LIFE = Workflow(
    S.SEALED,
    [
        DISPATCH,
        ACCEPT,
        REFUSE,
        TEST,
        REPORT,
        SEND_BACK,
        IMPOSSIBLE,
        TRANSFER,
        END_UNTESTED,
        CONCLUDE,
        CONCLUDE_ON_LABEL,
        CLOSE,
        SETTLE,
    ],
)
PORTION_LIFE = Workflow(P.SEALED, [SEND, HOLD, RELEASE, TAKE_IN, TURN_AWAY, STOP, GO_ON, HAND_ON_STOPPED, USE, DISPOSE])
