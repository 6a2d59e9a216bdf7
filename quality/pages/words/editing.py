"""The lists of the editor's desk: what each is called, and what to do where it is empty. By the codes of editor.py."""

from __future__ import annotations

from quality.core.words import Text, _

TITLES: dict[str, Text] = {
    "withdrawal": _("Withdrawals that are proposed"),
    "correction": _("Corrections for a second person"),
    "proposed": _("Proposals for a second person"),
    "reply": _("Replies to review"),
    "scheduled": _("Waits for its moment"),
    "final": _("Final, and not proposed yet"),
    "leaving": _("Leaves the public soon"),
}
NOTHING: dict[str, tuple[Text, Text]] = {
    "withdrawal": (
        _("No withdrawal is proposed"),
        _("A coordinator proposes one on the page of a published result, and a reviewer withdraws it."),
    ),
    "correction": (
        _("No correction waits"),
        _("It is proposed on the page of the finding; what is in force stays until it is published."),
    ),
    "proposed": (
        _("No proposal waits"),
        _("A coordinator proposes a publication on the page of a confirmed finding."),
    ),
    "reply": (
        _("No reply waits"),
        _("What parties write appears here, to be shown beside the result or refused with a reason."),
    ),
    "scheduled": (
        _("Nothing waits for a moment"),
        _("A reviewer sets one on the page of a proposed result, or of a campaign for all that is proposed about it."),
    ),
    "final": (
        _("Every verdict is proposed"),
        _("Findings that are confirmed and stand on no result appear here."),
    ),
    "leaving": (
        _("Nothing leaves soon"),
        _("How long a result stands in public is a clock, by what was found."),
    ),
}
