"""How an endpoint and a delivery stand, and why a try came to nothing, as people read it."""

from __future__ import annotations

from typing import NamedTuple

from quality.core.words import Text, _
from quality.delivery.models import Delivery, Endpoint, MessageType, Problem, StopReason
from quality.pages.words.shape import Tone


class Standing(NamedTuple):
    word: Text
    tone: Tone


# fmt: off
ENDPOINTS = {
    "gone":      Standing(_("Stopped: it answered 410, gone"),       Tone.BAD),
    "stopped":   Standing(_("Stopped by a person"),                  Tone.VOID),
    "untested":  Standing(_("Test not confirmed: no receipt yet"),   Tone.WARN),
    "confirmed": Standing(_("In use; what it takes is a receipt"),   Tone.OK),
}
DELIVERIES = {
    "received":  Standing(_("Received: proven"),                       Tone.OK),
    "arrived":   Standing(_("Taken by your system"),                   Tone.OK),
    "taken":     Standing(_("Taken: a sign of life, no receipt"),      Tone.LIVE),
    "mailed":    Standing(_("Taken by the mail server: proves nothing"), Tone.LIVE),
    "dead":      Standing(_("Given up"),                               Tone.BAD),
    "stopped":   Standing(_("Waits: the endpoint is stopped"),         Tone.WAIT),
    "first":     Standing(_("On its way"),                             Tone.WAIT),
    "again":     Standing(_("Not taken yet; tried again"),             Tone.WARN),
    "dropped":   Standing(_("Not sent: the endpoint was removed"),     Tone.VOID),
}
PROBLEMS = {
    Problem.TIMEOUT:        _("No answer in time"),
    Problem.NO_ADDRESS:     _("The name is not known"),
    Problem.NOT_PUBLIC:     _("The name leads to an address that is not on the public network; nothing was sent"),
    Problem.NO_CONNECTION:  _("No connection"),
    Problem.TLS:            _("The certificate does not hold"),
    Problem.REDIRECT:       _("It sends elsewhere, which is not followed"),
    Problem.BROKEN:         _("The answer broke off, or was no HTTP"),
    Problem.MAIL_REFUSED:   _("The mail server did not take it"),
    Problem.NOT_CONFIGURED: _("Mail is not configured here any more"),
}
MESSAGES: dict[str, Text] = {
    "notice.issued":   _("Notice issued"),
    "notice.returned": _("Claim sent back"),
    "notice.reopened": _("Listing reopened"),
    "notice.reminder": _("Reminder"),
    "notice.closed":   _("Notice ended"),
    "notice.said":     _("Question, answer or decision"),
    "webhook.test":    _("Test message"),
}
WAYS: dict[str, dict[str, Text]] = {
    "way": {  # how a platform is told beside the portal
        "webhook": _("Webhook"),
        "email":   _("Mail"),
        "letter":  _("Letter by post"),
    },
    "unfit": {  # why such a way was passed over
        "no_endpoint":    _("no endpoint that runs"),
        "taken":          _("taken already by an endpoint that nobody confirmed"),
        "no_mailbox":     _("no mailbox known"),
        "no_mail_server": _("this installation sends no mail"),
    },
}
# fmt: on


def of_endpoint(endpoint: Endpoint) -> Standing:
    if endpoint.stopped_at:
        return ENDPOINTS["gone" if endpoint.stopped_why == StopReason.GONE else "stopped"]
    return ENDPOINTS["confirmed" if endpoint.confirmed_at else "untested"]


def of_delivery(delivery: Delivery) -> Standing:
    return DELIVERIES[standing_of(delivery)]


def standing_of(delivery: Delivery) -> str:
    if delivery.received_at:
        return "received"
    if delivery.dead_at:
        return "dead"
    if delivery.delivered_at and delivery.message.type == MessageType.TEST:
        return "arrived"
    if delivery.delivered_at:
        return "taken" if delivery.endpoint_id else "mailed"
    if delivery.next_try_at is None:
        return "dropped"
    if delivery.endpoint and not delivery.endpoint.is_active:
        return "stopped"
    return "again" if delivery.tries else "first"
