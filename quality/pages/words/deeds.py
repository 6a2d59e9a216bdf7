"""What an event says on a timeline, after the name of who did it: one line for every move of every life."""

from __future__ import annotations

from quality.core.words import Text, _

ANY = {  # events that move no status, whatever their subject
    "create": _("recorded it"),
    "evidence": _("added evidence"),
    "overdue": _("found a deadline passed"),
    "clock_pause": _("paused a clock"),
    "clock_resume": _("resumed a clock"),
    "clock_extend": _("extended a deadline"),
    "clock_redated": _("dated a deadline anew"),
}
# fmt: off
DEEDS: dict[str, dict[str, Text]] = {
    "campaign": {
        "create":  _("planned the campaign"),
        "set_frame": _("imported the sampling frame"),
        "submit":  _("submitted it for review"),
        "return":  _("returned it to the drafter"),
        "approve": _("approved it"),
        "freeze":  _("froze the frame and published the commitment"),
        "draw":    _("drew the sample"),
        "start":   _("started the purchases"),
        "close":   _("closed it"),
        "cancel":  _("cancelled it"),
    },
    "task": {
        "create":  _("opened the task"),
        "assign":  _("assigned the buyer"),
        "order":   _("placed the order"),
        "ship":    _("recorded the shipment"),
        "receive": _("received the parcel"),
        "check_label": _("checked the label"),
        "reserve_activated": _("brought up the next reserve"),
        "no_reserve_left": _("found no reserve left"),
        "seal":    _("sealed the sample"),
        "unobtainable": _("reported it as unobtainable"),
        "transfer": _("handed it over untested"),
        "cancel":  _("cancelled it"),
    },
    "sample": {
        "create":  _("sealed the sample"),
        "dispatch": _("dispatched it to the laboratory"),
        "receive": _("received the sample"),
        "refuse":  _("refused the sample"),
        "test":    _("started testing"),
        "report":  _("issued the report"),
        "send_back": _("sent the report back"),
        "impossible": _("ended it as impossible to test"),
        "transfer": _("handed it over untested"),
        "conclude": _("concluded it"),
        "propose_finding": _("proposed the finding"),
        "reinspect": _("sent it to re-inspection"),
        "decide_objection": _("decided the objection"),
        "close":   _("closed it"),
    },
    "portion": {
        "create":  _("sealed the portion"),
        "send":    _("sent the portion"),
        "take_in": _("took the portion in"),
        "turn_away": _("turned the portion away"),
        "use":     _("tested the portion"),
        "dispose": _("disposed of the portion"),
        "order_tests": _("ordered the tests"),
        "enter_report": _("entered the results"),
        "report":  _("issued the report"),
        "withdraw_report": _("withdrew the report"),
    },
    "report": {
        "create":  _("entered the results"),
        "authorise": _("authorised the report"),
        "supersede": _("superseded it with a later version"),
        "withdraw": _("withdrew it"),
    },
    "finding": {
        "create":  _("proposed the finding"),
        "confirm": _("confirmed the finding"),
        "reject":  _("rejected the finding"),
        "overturn": _("overturned the finding"),
        "propose_result": _("proposed the publication"),
        "put_on_notice": _("put it on a notice"),
    },
    "telling": {
        "create":  _("told a party of the result"),
        "object":  _("recorded the objection"),
        "accept":  _("recorded that the period to object ran out"),
    },
    "objection": {
        "create":  _("received the objection"),
        "admit":   _("admitted the objection"),
        "refuse":  _("refused the objection"),
        "reinspect": _("sent it to re-inspection"),
        "backup_arrived": _("learnt that the backup portion arrived"),
        "reinspected": _("took in the second report"),
        "decide":  _("decided the objection"),
        "withdraw": _("withdrew it"),
    },
    "notice": {
        "create":  _("drafted the notice"),
        "submit":  _("submitted it for review"),
        "return":  _("returned it to the drafter"),
        "approve": _("approved it"),
        "issue":   _("issued the notice"),
        "sealed":  _("sealed the document"),
        "serve":   _("proved the receipt; the deadline runs from here"),
        "acknowledge": _("acknowledged the notice"),
        "answer":  _("answered for every listing"),
        "received_again": _("proved that it was received again"),
        "ask_again": _("asked the platform again"),
        "close":   _("closed it"),
        "reopen":  _("reopened the notice"),
        "withdraw": _("withdrew it"),
    },
    "notice_item": {
        "create":  _("named the listing"),
        "claim":   _("answered for a listing"),
        "look":    _("looked at a listing"),
        "verify":  _("verified that a listing is gone"),
        "send_back": _("sent a claim back"),
        "excuse":  _("excused a listing"),
        "reopen":  _("reopened a listing"),
    },
    "result": {
        "create":  _("proposed the publication"),
        "publish": _("published the result"),
        "supersede": _("superseded it with a later version"),
        "withdraw": _("withdrew it"),
    },
}
# fmt: on


def deed(kind: str, action: str) -> Text:
    """The words for `action` on a case (or a part) of `kind`; an unknown one speaks for itself."""
    return DEEDS.get(kind, {}).get(action) or ANY.get(action) or action
