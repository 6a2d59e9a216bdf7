"""Words of expenses: their statuses and who has them, what was done, and what the money was spent on."""

from __future__ import annotations

from quality.core.words import Text, _
from quality.pages.words.shape import NOTHING, Party, Status, Tone

# fmt: off
EXPENSE_STATUSES: dict[str, Status] = {
    "entered":   Status(_("To be approved"),         Tone.WAIT, Party.COORDINATOR, _("Look at the receipt, and approve the expense or send it back")),
    "returned":  Status(_("Sent back"),              Tone.WARN, Party.BUYER,       _("Put right what the note says, or withdraw it")),
    "passed":    Status(_("Before a reviewer"),      Tone.WAIT, Party.REVIEWER,    _("Look at the receipt, and approve the expense too or send it back")),
    "approved":  Status(_("Approved for payment"),   Tone.OK,   Party.NOBODY,      _("It is paid with its month")),
    "withdrawn": Status(_("Not claimed any more"),   Tone.VOID, Party.NOBODY,      NOTHING),
}
EXPENSE_DEEDS: dict[str, Text] = {
    "create":    _("entered the expense"),
    "evidence":  _("added the receipt"),
    "correct":   _("corrected the expense"),
    "approve":   _("approved the expense"),
    "pass_on":   _("passed it on to a reviewer"),
    "confirm":   _("approved it as a second person"),
    "send_back": _("sent the expense back"),
    "refuse":    _("sent the expense back"),
    "withdraw":  _("withdrew the expense"),
}
EXPENSE_KINDS: dict[str, Text] = {
    "price":     _("Price of the goods, to be paid back"),
    "postage":   _("Postage"),
    "packaging": _("Packaging"),
    "travel":    _("Travel"),
    "other":     _("Other costs"),
}
EXPENSE_MAY: dict[str, Text] = {  # as the boxes of a key say it
    "expense:approve": _("Approve expenses of buyers, and send them back"),
    "expense:confirm": _("Approve expenses above a sum as a second person"),
    "expense:enter":   _("Enter expenses"),
    "expense:read":    _("Read expenses of buyers"),
}
# fmt: on
