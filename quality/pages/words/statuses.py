"""Every status of every life: its word, its tone (colour, shape and word together), who has it now, and what to do."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.words.corrections import CORRECTION_STATUSES
from quality.pages.words.expenses import EXPENSE_STATUSES
from quality.pages.words.shape import NOTHING, Party, Status, Tone

IDLE, LIVE, WAIT, SAID, OK, SEEN, WARN, BAD, VOID = Tone
COORDINATOR, REVIEWER, BUYER, LABORATORY, PLATFORM, PROGRAM, NOBODY = Party

# fmt: off
STATUSES: dict[str, dict[str, Status]] = {
    "campaign": {
        "draft":      Status(_("Draft"),              LIVE, COORDINATOR, _("Finish the plan and submit it for review")),
        "in_review":  Status(_("In review"),          LIVE, REVIEWER,    _("Review the plan and the frame")),
        "approved":   Status(_("Approved"),           LIVE, REVIEWER,    _("Freeze the frame and commit to a public number")),
        "frozen":     Status(_("Frozen"),             WAIT, REVIEWER,    _("Enter the public number once it is out, and draw")),
        "drawn":      Status(_("Drawn"),              LIVE, COORDINATOR, _("Start buying")),
        "in_field":   Status(_("Buying"),             LIVE, COORDINATOR, _("Follow the purchases until every sample is finished")),
        "closed":     Status(_("Closed"),             OK,   NOBODY,      NOTHING),
        "cancelled":  Status(_("Cancelled"),          VOID, NOBODY,      NOTHING),
    },
    "cap_raise": {
        "asked":      Status(_("Asked for"),          LIVE, REVIEWER,    _("Grant the higher price cap, or refuse it")),
        "granted":    Status(_("Granted"),            OK,   NOBODY,      NOTHING),
        "refused":    Status(_("Refused"),            BAD,  NOBODY,      NOTHING),
        "taken_back": Status(_("Asked for no more"),  VOID, NOBODY,      NOTHING),
    },
    "task": {
        "planned":    Status(_("Planned"),            IDLE, COORDINATOR, _("Assign a buyer")),
        "assigned":   Status(_("Assigned"),           LIVE, BUYER,       _("Order it as an ordinary consumer")),
        "ordered":    Status(_("Ordered"),            LIVE, BUYER,       _("Record the shipment")),
        "shipped":    Status(_("Shipped"),            WAIT, BUYER,       _("Record the parcel when it arrives")),
        "received":   Status(_("Parcel received"),    LIVE, BUYER,       _("Check the label and seal both portions")),
        "sealed":     Status(_("Sealed"),             OK,   NOBODY,      _("The sample goes on from here")),
        "unobtainable": Status(_("Unobtainable"),     VOID, NOBODY,      _("The next reserve took its place")),
        "transferred_untested": Status(_("Handed over untested"), VOID, NOBODY, NOTHING),
        "cancelled":  Status(_("Cancelled"),          VOID, NOBODY,      NOTHING),
    },
    "waiver": {
        "asked":      Status(_("Waits for an answer"), WAIT, COORDINATOR, _("Accept the reason, or say that the piece is needed")),
        "accepted":   Status(_("Let go without it"),  OK,   NOBODY,      NOTHING),
        "refused":    Status(_("Still needed"),       BAD,  NOBODY,      NOTHING),
        "taken_back": Status(_("Taken back"),         VOID, NOBODY,      NOTHING),
    },
    "sample": {
        "sealed":     Status(_("Sealed"),             LIVE, COORDINATOR, _("Dispatch the test portion to a laboratory")),
        "dispatched": Status(_("Dispatched"),         LIVE, LABORATORY,  _("Receive the portion, or refuse it in writing")),
        "at_lab":     Status(_("At the laboratory"),  LIVE, LABORATORY,  _("Start testing")),
        "testing":    Status(_("Testing"),            LIVE, LABORATORY,  _("Enter the results and authorise the report")),
        "reported":   Status(_("Reported"),           LIVE, COORDINATOR, _("Check the report and propose the finding")),
        "concluded":  Status(_("Concluded"),          WAIT, COORDINATOR, _("Have it taken down where needed, and publish the result")),
        "closed":     Status(_("Closed"),             OK,   NOBODY,      NOTHING),
        "refused_by_lab": Status(_("Refused by the laboratory"), BAD, COORDINATOR, _("Find out why; the sample stays untested")),
        "test_impossible": Status(_("Impossible to test"), VOID, NOBODY, NOTHING),
        "transferred_untested": Status(_("Handed over untested"), VOID, NOBODY, NOTHING),
    },
    "expense": EXPENSE_STATUSES,
    "portion": {
        "sealed":     Status(_("Sealed"),             IDLE, COORDINATOR, _("Kept under seal")),
        "dispatched": Status(_("Dispatched"),         LIVE, LABORATORY,  _("Receive the portion, or refuse it in writing")),
        "held":       Status(_("Held at the door"),   WARN, COORDINATOR, _("Explain the gap in its chain of custody: until then the laboratory does not take it in")),
        "at_lab":     Status(_("At the laboratory"),  LIVE, LABORATORY,  _("Enter the results and authorise the report")),
        "stopped":    Status(_("Stopped: suspected goods"), WARN, COORDINATOR, _("Decide on the goods that the laboratory suspects")),
        "handed_on":  Status(_("Handed on untested"), VOID, NOBODY,      NOTHING),
        "tested":     Status(_("Tested"),             OK,   NOBODY,      NOTHING),
        "refused_by_lab": Status(_("Refused by the laboratory"), BAD, COORDINATOR, _("Find out why; the sample stays untested")),
        "disposed":   Status(_("Disposed of"),        VOID, NOBODY,      NOTHING),
    },
    "certificate": {
        "proposed":   Status(_("Proposed"),           LIVE, COORDINATOR, _("Hold it against the paper and confirm it")),
        "confirmed":  Status(_("Confirmed"),          OK,   NOBODY,      _("It counts on its days")),
        "suspended":  Status(_("Suspended"),          WARN, NOBODY,      _("It does not count until the suspension ends")),
        "superseded": Status(_("Superseded"),         VOID, NOBODY,      _("A later certificate took its place")),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      NOTHING),
        "rejected":   Status(_("Rejected"),           VOID, NOBODY,      NOTHING),
    },
    "report": {
        "entered":    Status(_("Entered"),            LIVE, LABORATORY,  _("A signatory who is not the analyst authorises it")),
        "authorised": Status(_("Authorised"),         OK,   NOBODY,      _("In force; only a new report can supersede it")),
        "superseded": Status(_("Superseded"),         VOID, NOBODY,      _("A later report took its place")),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      NOTHING),
    },
    "control": {
        "in_use":     Status(_("In use"),             LIVE, NOBODY,      _("Send portions of it, and close the books on those that were reported")),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      _("Nothing that came of it counts")),
    },
    "outside_item": {
        "marked":     Status(_("Marked as outside, not agreed yet"), WAIT, COORDINATOR, _("Agree, or say why not")),
        "agreed":     Status(_("Reported outside the accreditation"), WARN, NOBODY, NOTHING),
        "declined":   Status(_("Not agreed"),         BAD,  LABORATORY,  _("Withdraw the report, or mark it with a better reason")),
    },
    "finding": {
        "proposed":   Status(_("Proposed"),           LIVE, REVIEWER,    _("Confirm or reject the finding")),
        "confirmed":  Status(_("Confirmed"),          OK,   NOBODY,      _("It stands, unless an objection overturns it")),
        "overturned": Status(_("Overturned"),         VOID, NOBODY,      NOTHING),
        "rejected":   Status(_("Rejected"),           VOID, COORDINATOR, _("Look at the report again and propose anew")),
    },
    "telling": {
        "told":       Status(_("Told, may object"),   WAIT, NOBODY,      _("The period to object is running")),
        "objected":   Status(_("Objected"),           WARN, COORDINATOR, _("Admit or refuse the objection")),
        "accepted":   Status(_("Deemed accepted"),    OK,   NOBODY,      NOTHING),
    },
    "objection": {
        "received":   Status(_("Objection received"), LIVE, COORDINATOR, _("Admit or refuse the objection")),
        "admitted":   Status(_("Admitted"),           LIVE, COORDINATOR, _("Send it to re-inspection, or decide")),
        "in_reinspection": Status(_("In re-inspection"), WAIT, LABORATORY, _("Test the backup portion and report")),
        "decided":    Status(_("Decided"),            OK,   NOBODY,      NOTHING),
        "refused":    Status(_("Refused"),            VOID, NOBODY,      NOTHING),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      NOTHING),
    },
    "notice": {
        "draft":      Status(_("Draft"),              LIVE, COORDINATOR, _("Finish the notice and submit it for review")),
        "in_review":  Status(_("In review"),          LIVE, REVIEWER,    _("Review the notice")),
        "approved":   Status(_("Approved"),           LIVE, COORDINATOR, _("Issue the notice")),
        "issuing":    Status(_("Being issued"),       WAIT, PROGRAM,     _("The document is being sealed")),
        "issued":     Status(_("Issued"),             WAIT, PLATFORM,    _("Open and acknowledge the notice")),
        "served":     Status(_("Served"),             LIVE, PLATFORM,    _("Acknowledge it, take the listings down and answer for each")),
        "acknowledged": Status(_("Acknowledged"),     LIVE, PLATFORM,    _("Take the listings down and answer for each")),
        "answered":   Status(_("Answered, to be verified"), WAIT, COORDINATOR, _("Look at each listing yourself and verify or send back")),
        "closed":     Status(_("Closed"),             OK,   NOBODY,      NOTHING),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      NOTHING),
        "reopened":   Status(_("Reopened"),           WARN, PLATFORM,    _("A listing is back: take it down and answer again")),
    },
    "notice_item": {
        "open":       Status(_("Not answered"),       WARN, PLATFORM,    _("Take the listing down and answer")),
        "claimed":    Status(_("To be verified"),     WAIT, COORDINATOR, _("Look at the listing yourself")),
        "verified":   Status(_("Verified"),           SEEN, NOBODY,      NOTHING),
        "returned":   Status(_("Not as claimed, sent back"), BAD, PLATFORM, _("Take the listing down and answer again")),
        "excused":    Status(_("Excused"),            VOID, NOBODY,      NOTHING),
        "reopened":   Status(_("Back on sale, reopened"), BAD, PLATFORM, _("Take the listing down and answer again")),
    },
    "result": {
        "proposed":   Status(_("Proposed for publication"), LIVE, REVIEWER, _("Publish the result, or withdraw it")),
        "scheduled":  Status(_("Waits for its moment"), WAIT, PROGRAM, _("It is public from the moment that was set, by itself")),
        "published":  Status(_("Published"),          OK,   NOBODY,      _("In force; a correction is a new version")),
        "superseded": Status(_("Superseded"),         VOID, NOBODY,      _("A later version took its place")),
        "withdrawn":  Status(_("Withdrawn"),          VOID, NOBODY,      NOTHING),
        "expired":    Status(_("Time in public is over"), VOID, NOBODY,  NOTHING),
    },
    "reply": {
        "received":   Status(_("Waits to be shown"),  LIVE, REVIEWER,    _("Show it beside the result, or refuse it with a reason")),
        "shown":      Status(_("Shown beside the result"), OK, NOBODY,   NOTHING),
        "refused":    Status(_("Not shown"),          VOID, NOBODY,      NOTHING),
        "withdrawn":  Status(_("Withdrawn by the party"), VOID, NOBODY,  NOTHING),
    },
    **CORRECTION_STATUSES,
}
# fmt: on
WITHDRAWN_WITH_IT = Status(_("Withdrawn with the notice"), VOID, NOBODY, NOTHING)


def status_of_item(item: str, notice: str) -> Status:
    """Of a listing on a notice, by the statuses of both: where all of it is withdrawn, nobody waits for anything."""
    return WITHDRAWN_WITH_IT if notice == "withdrawn" else STATUSES["notice_item"][item]
