"""What captures are called: what they suggest, why, and why there is none."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
WORDS: dict[str, dict[str, Text]] = {
    "suggestion": {
        "gone":   _("Looks gone"),
        "there":  _("Looks as if it were on sale"),
        "unsure": _("Cannot tell"),
    },
    "capture_problem": {
        "not_allowed": _("it led to a host that is not named, or not public"),
        "timeout":     _("it took too long"),
        "too_large":   _("it was too large"),
        "no_answer":   _("nothing answered"),
        "browser":     _("the browser broke off"),
    },
    "capture_reason": {
        "status_gone":   _("the server says it is not there"),
        "says_gone":     _("the page says it is gone"),
        "same_title":    _("the listing's title stands there"),
        "says_on_sale":  _("the page offers to buy"),
        "asks_for_more": _("the page asks to sign in or to prove a person"),
        "status_odd":    _("the server refused or failed"),
    },
}
# fmt: on
