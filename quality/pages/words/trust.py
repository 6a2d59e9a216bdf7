"""What stands out in the reports of a platform, as pages say it: facts, and no verdict."""

from __future__ import annotations

from typing import NamedTuple

from quality.core.words import Text, _
from quality.statistics.suspicions import Sign, Why


class Said(NamedTuple):
    name: Text
    looks_at: Text  # what was counted, and when it stands out
    may_be: Text  # what can be behind it that is in order


# fmt: off
SIGNS: dict[Sign, Said] = {
    Sign.FLAT_LINE: Said(
        _("Flat lines"),
        _("Five or more answers in a row with the same number of units sold, or exactly as long after the receipt, to the minute. Of each listing the last answer; delays under ten minutes are a program's and left out."),
        _("It may be in order where a program answers by a fixed rule, or nothing was sold."),
    ),
    Sign.SAME_FILE: Said(
        _("The same file twice"),
        _("One file, the same to the last byte, as proof for two or more listings."),
        _("It may be in order where one picture shows all of these listings."),
    ),
    Sign.IMPOSSIBLE_TIME: Said(
        _("Impossible times"),
        _("Removed before the notice was issued or could be known of; or seen on sale between the moment of removal and the answer."),
        _("It may be in order where a clock was wrong, or a time zone was left out."),
    ),
    Sign.CONTRADICTED: Said(
        _("Claims that our looks contradict"),
        _("Answered as gone, and there when we looked after that, before the next answer. What came back after it was verified is counted as on sale again, not here."),
        _("It may be in order where a page was shown from a copy kept elsewhere."),
    ),
    Sign.LAST_MINUTE: Said(
        _("Always in the last minute"),
        _("Answers in the last twentieth of their time, against the twentieth that chance would put there: an exact binomial test. It stands out where chance does so less than once in a thousand, with five answers at least."),
        _("It may be in order where answers are collected and sent together."),
    ),
}
WHYS: dict[Why, Text] = {
    Why.SAME_UNITS:   _("%(said)s units sold"),
    Why.SAME_DELAY:   _("answered %(said)s after the receipt"),
    Why.SAME_FILE:    _("file %(said)s"),
    Why.BEFORE_ISSUE: _("said to be removed %(said)s; the notice was issued %(against)s"),
    Why.BEFORE_REACH: _("said to be removed %(said)s; the notice first reached them %(against)s"),
    Why.UNREAD:       _("answered %(said)s; the notice first reached them %(against)s"),
    Why.WHILE_SEEN:   _("said to be removed %(said)s; seen on sale %(against)s"),
    Why.STILL_THERE:  _("answered %(said)s; seen on sale %(against)s"),
    Why.LAST_MINUTE:  _("answered %(said)s; the time ended %(against)s"),
}
# fmt: on
