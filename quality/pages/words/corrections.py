"""Words of corrections and transfers: their statuses and who has them, what was done, and what codes stand for."""

from __future__ import annotations

from quality.core.words import Text, _
from quality.pages.words.shape import NOTHING, Party, Status, Tone

LIVE, WAIT, SAID, OK, WARN, BAD, VOID = (
    Tone.LIVE, Tone.WAIT, Tone.SAID, Tone.OK, Tone.WARN, Tone.BAD, Tone.VOID,
)  # fmt: skip
COORDINATOR, REVIEWER, NOBODY = Party.COORDINATOR, Party.REVIEWER, Party.NOBODY

# fmt: off
CORRECTION_STATUSES: dict[str, dict[str, Status]] = {
    "correction": {
        "proposed":   Status(_("Order proposed"),       LIVE, REVIEWER,    _("Confirm or reject the order to correct")),
        "ordered":    Status(_("Correction ordered"),   WAIT, NOBODY,      _("The party corrects and reports; it is re-checked then, or once its time is over")),
        "reported":   Status(_("Corrected, as the party says"), SAID, COORDINATOR, _("Re-check for yourself what the party reports")),
        "corrected":  Status(_("Corrected"),            OK,   NOBODY,      NOTHING),
        "failed":     Status(_("Not corrected"),        BAD,  COORDINATOR, _("Propose the provincial announcement")),
        "announced":  Status(_("Announced"),            WARN, NOBODY,      _("It is re-checked a second time once the window is open")),
        "second_failed": Status(_("Still not corrected"), BAD, COORDINATOR, _("Propose the suspension")),
        "suspension_proposed": Status(_("Suspension proposed"), BAD, NOBODY, _("The authority that licenses decides")),
        "transferred": Status(_("Handed over to another region"), VOID, NOBODY, NOTHING),
        "withdrawn":  Status(_("Withdrawn"),            VOID, NOBODY,      NOTHING),
    },
    "correction_step": {
        "proposed":   Status(_("To be confirmed"),      WAIT, REVIEWER,    _("Confirm it, or say why not")),
        "confirmed":  Status(_("Confirmed"),            OK,   NOBODY,      NOTHING),
        "rejected":   Status(_("Rejected"),             VOID, NOBODY,      NOTHING),
    },
    "transfer": {
        "proposed":   Status(_("Transfer proposed"),    LIVE, REVIEWER,    _("Read it and send it, or withdraw it")),
        "sent":       Status(_("Sent, no receipt yet"), WAIT, COORDINATOR, _("Enter the receipt, or ask that authority for it")),
        "receipted":  Status(_("Received there"),       OK,   NOBODY,      NOTHING),
        "withdrawn":  Status(_("Withdrawn"),            VOID, NOBODY,      NOTHING),
    },
}
CORRECTION_DEEDS: dict[str, dict[str, Text]] = {
    "correction": {
        "create":   _("began the case"),
        "order":    _("ordered the correction"),
        "report":   _("entered what the party reports"),
        "report_more": _("entered a further report of the party"),
        "pass":     _("found it corrected"),
        "fail":     _("found it not corrected"),
        "announce": _("had it announced"),
        "pass_late": _("found it corrected after the announcement"),
        "fail_again": _("found it still not corrected"),
        "suggest_suspension": _("proposed the suspension"),
        "transfer": _("handed it over"),
        "withdraw": _("withdrew the order"),
        "transfer_begun": _("proposed to hand it to another region"),
        "transfer_called_back": _("withdrew its transfer to another region"),
        "sent_files": _("sent files with the report"),
        "send_letter": _("sent it with a link"),
        "take_back_letter": _("took a link back"),
        "letter_received": _("confirmed that the letter was received"),
    },
    "correction_step": {
        "create":   _("proposed the next step"),
        "confirm":  _("confirmed the step"),
        "reject":   _("rejected the step"),
        "lapse":    _("let the step lapse with the case"),
        "evidence": _("added evidence to the step"),
    },
    "transfer": {
        "create":   _("proposed the transfer"),
        "send":     _("sent it"),
        "receipt":  _("entered the receipt"),
        "withdraw": _("withdrew the transfer"),
    },
}
CORRECTION_CODES: dict[str, dict[str, Text]] = {
    "correction_step": {
        "order":          _("Order to correct"),
        "recheck":        _("Re-check"),
        "announcement":   _("Provincial announcement"),
        "second_recheck": _("Second re-check"),
        "suspension":     _("Proposal to suspend"),
    },
    "correction_outcome": {
        "good":   _("Corrected"),
        "failed": _("Not corrected"),
    },
}
CORRECTION_MAY: dict[str, Text] = {  # as the boxes of a key say it
    "correction:confirm": _("Confirm and reject steps of corrections"),
    "correction:propose": _("Propose orders to correct and what follows them, enter re-checks"),
    "correction:read":   _("Read corrections"),
    "correction:report": _("Enter what parties report of their corrections"),
    "correction:withdraw": _("Withdraw orders to correct"),
    "transfer:confirm":  _("Send transfers to other regions, and withdraw them"),
    "transfer:propose":  _("Propose transfers to other regions, and enter their receipts"),
    "transfer:read":     _("Read transfers to other regions"),
}
CORRECTION_PAPERS: dict[str, Text] = {
    "correction_order": _("Order to correct"),
    "correction_announcement": _("Announcement of a failed correction"),
    "suspension_proposal": _("Proposal to suspend business"),
    "transfer_cover":  _("Cover letter of a transfer"),
}
# fmt: on
