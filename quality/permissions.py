"""Who may do what, and who sees what. The whole answer is on this page."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Can(StrEnum):
    """One name per deed, written <thing>:<deed>, in alphabetical order."""

    ALARM_SEE_TO = "alarm:see_to"  # goods or money of a sample came back
    ALIKE_DECIDE = "alike:decide"  # whether a listing is the tested one's product, or its seller's
    CALENDAR_ENTER = "calendar:enter"  # what somebody else drafted: all running clocks are dated by it
    CALENDAR_PROPOSE = "calendar:propose"
    CAMPAIGN_APPROVE = "campaign:approve"
    CAMPAIGN_DRAW = "campaign:draw"
    CAMPAIGN_PLAN = "campaign:plan"
    CAMPAIGN_READ = "campaign:read"
    CAPSULE_MAKE = "capsule:make"  # all that proves a sample, signed, to be taken away
    CONTROL_KEEP = "control:keep"  # register control samples, send them, close the books on them
    CONTROL_READ = "control:read"  # and what came of them: how good the laboratories are
    CAPACITY_STATE = "capacity:state"  # of the own laboratory
    CERTIFICATE_CONFIRM = "certificate:confirm"
    CERTIFICATE_PROPOSE = "certificate:propose"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_STOP = "certificate:stop"  # suspend, resume, withdraw
    CHECKLIST_APPROVE = "checklist:approve"  # what purchases have to show, drafted by somebody else
    CHECKLIST_PROPOSE = "checklist:propose"
    CLOCK_CHANGE = "clock:change"  # pause, go on, extend; another party's time only by asking
    CLOCK_GRANT = "clock:grant"  # what somebody else asked for
    CORRECTION_CONFIRM = "correction:confirm"  # an order, a re-check, what follows it: another proposed it
    CORRECTION_PROPOSE = "correction:propose"
    CORRECTION_READ = "correction:read"
    CORRECTION_REPORT = "correction:report"  # what a party says that it corrected
    CORRECTION_WITHDRAW = "correction:withdraw"
    COVER_KEEP = "cover:keep"  # whom buyers appear as, how much each buys, and how often each may be seen
    COVER_READ = "cover:read"  # which cover identities there are; what they say only by a recorded look
    CUSTODY_EXPLAIN = "custody:explain"  # a gap, so that the laboratory may take the portion in
    DISPOSAL_CONFIRM = "disposal:confirm"
    DISPOSAL_PROPOSE = "disposal:propose"
    ENDPOINT_SET = "endpoint:set"
    EVIDENCE_ADD = "evidence:add"
    EVIDENCE_EXCUSE = "evidence:excuse"  # a required piece that a buyer cannot show
    EVIDENCE_JUDGE = "evidence:judge"  # what a check condemned, and what no case refers to
    EXPENSE_APPROVE = "expense:approve"
    EXPENSE_CONFIRM = "expense:confirm"  # what a coordinator passed on, above a sum
    EXPENSE_ENTER = "expense:enter"  # what the buyer laid out
    EXPENSE_READ = "expense:read"
    FINDING_CONFIRM = "finding:confirm"
    FINDING_PROPOSE = "finding:propose"
    FINDING_READ = "finding:read"
    IDENTITY_READ = "identity:read"
    ITEM_ANSWER = "item:answer"
    ITEM_EXCUSE = "item:excuse"
    ITEM_VERIFY = "item:verify"
    KEY_GIVE = "key:give"
    MESSAGE_DECIDE = "message:decide"  # a platform's objection to a notice or a listing on it
    MESSAGE_OBJECT = "message:object"
    MESSAGE_WRITE = "message:write"  # ask about a notice, and answer what the other side asked
    NOTICE_APPROVE = "notice:approve"
    NOTICE_ACKNOWLEDGE = "notice:acknowledge"
    NOTICE_CLOSE = "notice:close"
    NOTICE_DRAFT = "notice:draft"
    NOTICE_READ = "notice:read"
    NOTICE_SERVE = "notice:serve"
    OBJECTION_ADMIT = "objection:admit"
    OBJECTION_DECIDE = "objection:decide"
    OBJECTION_LAPSE = "objection:lapse"
    OBJECTION_READ = "objection:read"
    OBJECTION_RECEIVE = "objection:receive"
    ORGANISATION_ADD = "organisation:add"
    OUTSIDE_ANSWER = "outside:answer"  # whether an item may be reported outside the accreditation
    OUTSIDE_MARK = "outside:mark"
    PERSON_BLANK = "person:blank"
    PERSON_INVITE = "person:invite"
    PERSON_READ = "person:read"
    PERSON_SUSPEND = "person:suspend"
    PLATFORM_READ = "platform:read"  # how platforms act on notices, in figures
    PORTION_READ = "portion:read"
    PRACTICE_SET = "practice:set"  # how the agency looks for itself: which share two persons look at
    READING_READ = "reading:read"  # who looked at a buyer's identity, when, and why
    REPLY_DECIDE = "reply:decide"  # show what a party says beside a result, or refuse it with a reason
    REPLY_ENTER = "reply:enter"  # what came on paper
    REPLY_WRITE = "reply:write"  # a party, in its own name
    REPORT_AUTHORISE = "report:authorise"
    REPORT_ENTER = "report:enter"
    REPORT_READ = "report:read"
    RESULT_APPROVE = "result:approve"
    RESULT_CORRECT = "result:correct"
    RESULT_EXPIRE = "result:expire"
    RESULT_PROPOSE = "result:propose"
    RESULT_READ = "result:read"
    RESULT_RELEASE = "result:release"  # what another approved, at the moment that they set
    RESULT_TAKE_BACK = "result:take_back"
    SAMPLE_CLOSE = "sample:close"
    SAMPLE_DISPATCH = "sample:dispatch"
    SAMPLE_READ = "sample:read"
    SAMPLE_RECEIVE = "sample:receive"
    SAMPLE_TELL = "sample:tell"  # its platform and seller, once it is sealed; and write down how they were tried
    STANDARD_EDIT = "standard:edit"
    STANDARD_READ = "standard:read"
    STANDING_READ = "standing:read"  # the same of the own platform
    STORAGE_KEEP = "storage:keep"  # name the places of an agency's store
    STORAGE_READ = "storage:read"
    TASK_ASSIGN = "task:assign"
    TASK_BUY = "task:buy"
    TASK_EXCUSE = "task:excuse"
    TASK_FOLLOW = "task:follow"  # write down where its parcel is
    TASK_READ = "task:read"
    TASK_REFUND = "task:refund"  # write down what a seller gave back
    TOLD_READ = "told:read"  # that samples of its listings were taken
    TRANSFER_CONFIRM = "transfer:confirm"  # send what another prepared to another region's authority
    TRANSFER_PROPOSE = "transfer:propose"  # and enter the receipt
    TRANSFER_READ = "transfer:read"


class Sees(StrEnum):
    """Which rows a person's queries may return (`people/scope.py` is the one place that says how)."""

    EVERYTHING = "everything"
    AGENCY = "the own agency's; those of agencies below without identities"
    LABORATORY = "what the own laboratory was sent, by blind number"
    PLATFORM = "what was issued to the own platform"
    OWN_WORK = "the tasks assigned to this person"
    NOTHING = "no case"


class Role(StrEnum):
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    BUYER = "buyer"
    ANALYST = "analyst"
    SIGNATORY = "signatory"
    PLATFORM = "platform"
    PLATFORM_READER = "platform_reader"  # follows what its platform was told, and answers nothing
    PLATFORM_ENGINEER = "platform_engineer"  # of the system that takes notices; reads none here
    ADMIN = "admin"
    SYSTEM = "system"  # jobs and the command line; nobody signs in as it


class Grant(NamedTuple):
    sees: Sees
    may: frozenset[Can]


AGENCY_READS = {
    Can.CAMPAIGN_READ, Can.TASK_READ, Can.SAMPLE_READ, Can.REPORT_READ, Can.FINDING_READ, Can.OBJECTION_READ,
    Can.NOTICE_READ, Can.RESULT_READ, Can.STORAGE_READ, Can.STANDARD_READ, Can.CERTIFICATE_READ,
    Can.CORRECTION_READ, Can.TRANSFER_READ,
    Can.PLATFORM_READ,
}  # fmt: skip
# of a pair that two people make: no program takes the second, whoever gave it a key
SECOND_STEPS = frozenset({
    Can.CAMPAIGN_APPROVE, Can.FINDING_CONFIRM, Can.NOTICE_APPROVE, Can.OBJECTION_DECIDE, Can.REPORT_AUTHORISE,
    Can.RESULT_APPROVE, Can.REPLY_DECIDE, Can.DISPOSAL_CONFIRM, Can.CERTIFICATE_CONFIRM, Can.CLOCK_GRANT,
    Can.ALIKE_DECIDE, Can.PRACTICE_SET, Can.CALENDAR_ENTER, Can.MESSAGE_DECIDE,
    Can.CORRECTION_CONFIRM, Can.TRANSFER_CONFIRM, Can.EXPENSE_APPROVE, Can.EXPENSE_CONFIRM,
    Can.CORRECTION_CONFIRM, Can.TRANSFER_CONFIRM, Can.CHECKLIST_APPROVE, Can.EVIDENCE_EXCUSE,
})  # fmt: skip
# who holds a letter's link, about its finding (objections/concerned.py)
PARTY_MAY = frozenset({Can.OBJECTION_RECEIVE, Can.CORRECTION_REPORT, Can.REPLY_WRITE})
LABORATORY_READS = {Can.PORTION_READ, Can.REPORT_READ, Can.EVIDENCE_ADD, Can.CERTIFICATE_READ}

# fmt: off
ROLES: dict[Role, Grant] = {
    Role.COORDINATOR: Grant(Sees.AGENCY, frozenset(AGENCY_READS | {
        Can.CAMPAIGN_PLAN, Can.TASK_ASSIGN, Can.TASK_EXCUSE, Can.TASK_REFUND,
        Can.IDENTITY_READ, Can.EVIDENCE_ADD, Can.SAMPLE_DISPATCH, Can.SAMPLE_TELL,
        Can.FINDING_PROPOSE, Can.OBJECTION_RECEIVE, Can.OBJECTION_ADMIT, Can.NOTICE_DRAFT, Can.NOTICE_CLOSE,
        Can.ITEM_VERIFY, Can.RESULT_PROPOSE, Can.SAMPLE_CLOSE, Can.EVIDENCE_JUDGE, Can.STANDARD_EDIT,
        Can.CUSTODY_EXPLAIN, Can.DISPOSAL_PROPOSE, Can.DISPOSAL_CONFIRM, Can.STORAGE_KEEP,
        Can.COVER_KEEP, Can.COVER_READ, Can.READING_READ,
        Can.CONTROL_KEEP, Can.CONTROL_READ,
        Can.CERTIFICATE_PROPOSE, Can.CERTIFICATE_CONFIRM, Can.CERTIFICATE_STOP, Can.OUTSIDE_ANSWER, Can.CLOCK_CHANGE,
        Can.CALENDAR_PROPOSE, Can.ALIKE_DECIDE, Can.MESSAGE_WRITE,
        Can.CORRECTION_PROPOSE, Can.CORRECTION_REPORT, Can.TRANSFER_PROPOSE, Can.REPLY_ENTER,
        Can.EXPENSE_READ, Can.EXPENSE_APPROVE, Can.TASK_FOLLOW, Can.ALARM_SEE_TO, Can.CAPSULE_MAKE,
        Can.CHECKLIST_PROPOSE, Can.EVIDENCE_EXCUSE,
    })),
    Role.REVIEWER: Grant(Sees.AGENCY, frozenset(AGENCY_READS | {
        Can.CAMPAIGN_APPROVE, Can.CAMPAIGN_DRAW, Can.FINDING_CONFIRM, Can.OBJECTION_DECIDE, Can.NOTICE_APPROVE,
        Can.ITEM_EXCUSE, Can.RESULT_APPROVE, Can.REPLY_DECIDE, Can.EVIDENCE_ADD, Can.ITEM_VERIFY, Can.EVIDENCE_JUDGE,
        Can.DISPOSAL_PROPOSE, Can.DISPOSAL_CONFIRM, Can.CERTIFICATE_CONFIRM, Can.CLOCK_CHANGE, Can.CLOCK_GRANT,
        Can.READING_READ,
        Can.PRACTICE_SET, Can.CALENDAR_PROPOSE, Can.CALENDAR_ENTER, Can.ALIKE_DECIDE, Can.MESSAGE_WRITE,
        Can.MESSAGE_DECIDE,
        Can.CORRECTION_CONFIRM, Can.CORRECTION_WITHDRAW, Can.TRANSFER_CONFIRM,
        Can.EXPENSE_READ, Can.EXPENSE_CONFIRM, Can.ALARM_SEE_TO, Can.CAPSULE_MAKE,
        Can.CHECKLIST_APPROVE,
    })),
    Role.BUYER: Grant(Sees.OWN_WORK, frozenset({
        Can.TASK_READ, Can.SAMPLE_READ, Can.TASK_BUY, Can.TASK_FOLLOW, Can.TASK_REFUND, Can.EVIDENCE_ADD,
        Can.SAMPLE_DISPATCH, Can.COVER_READ, Can.EXPENSE_READ, Can.EXPENSE_ENTER,
    })),
    Role.ANALYST: Grant(Sees.LABORATORY, frozenset(LABORATORY_READS | {
        Can.SAMPLE_RECEIVE, Can.REPORT_ENTER, Can.OUTSIDE_MARK,
    })),
    Role.SIGNATORY: Grant(Sees.LABORATORY, frozenset(LABORATORY_READS | {
        Can.REPORT_AUTHORISE, Can.OUTSIDE_MARK, Can.CERTIFICATE_PROPOSE, Can.CAPACITY_STATE,
    })),
    Role.PLATFORM: Grant(Sees.PLATFORM, frozenset({
        Can.NOTICE_READ, Can.NOTICE_ACKNOWLEDGE, Can.ITEM_ANSWER, Can.EVIDENCE_ADD, Can.ENDPOINT_SET,
        Can.MESSAGE_WRITE, Can.MESSAGE_OBJECT, Can.REPLY_WRITE,
        Can.STANDING_READ, Can.TOLD_READ,
    })),
    Role.PLATFORM_READER: Grant(Sees.PLATFORM, frozenset({Can.NOTICE_READ, Can.STANDING_READ, Can.TOLD_READ})),
    Role.PLATFORM_ENGINEER: Grant(Sees.PLATFORM, frozenset({Can.ENDPOINT_SET})),
    Role.ADMIN: Grant(Sees.NOTHING, frozenset({
        Can.KEY_GIVE, Can.PERSON_BLANK, Can.PERSON_INVITE, Can.PERSON_READ, Can.PERSON_SUSPEND,
    })),
    Role.SYSTEM: Grant(Sees.EVERYTHING, frozenset({
        Can.ORGANISATION_ADD, Can.PERSON_INVITE, Can.KEY_GIVE, Can.CALENDAR_PROPOSE, Can.CALENDAR_ENTER,
        Can.NOTICE_SERVE, Can.SAMPLE_CLOSE, Can.MESSAGE_WRITE,
        Can.OBJECTION_LAPSE, Can.RESULT_CORRECT, Can.RESULT_EXPIRE, Can.RESULT_RELEASE, Can.RESULT_TAKE_BACK,
        Can.CORRECTION_WITHDRAW, Can.TRANSFER_CONFIRM,
    })),
}
# fmt: on
