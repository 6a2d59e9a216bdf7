"""What was looked at for accessibility: as the run that looked wrote it down, which is `make accessibility`.

Nothing of it is typed by anybody. The tests refuse a file whose pages are not those that there are
(tests/house/test_accessibility.py); what the statement says beside it is what nobody has looked at.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from quality.core.words import Text, _

TESTED = Path(__file__).with_suffix(".json")
CRITERIA = 55  # success criteria of levels A and AA in WCAG 2.2 (31 and 24)
OF_AAA = {"2.1.3"}  # which a rule of level A looks at, too
CRITERION = re.compile(r"wcag(\d)(\d)(\d{1,2})")  # as axe tags its rules
RULES: dict[str, Text] = {
    "color-contrast": _("contrast of text in drawings, or on more than one ground"),
    "th-has-data-cells": _("tables in which a heading may have no cells"),
}
LANGUAGES: dict[str, Text] = {
    "zh": _("simplified characters"),
    "zh-Hant": _("traditional characters"),
    "en": _("English"),
}
SCHEMES: dict[str, Text] = {"light": _("light"), "dark": _("dark")}


class Look(NamedTuple):
    language: str
    width: int  # CSS pixels
    scheme: str


class Statement(NamedTuple):
    """`views`: pages, each in every look. `undecided`: elements by the rule that could not decide, in all of them.
    `stops`: places that the keyboard came to, on every page in one look."""

    on: date
    axe: str
    browser: str
    rules: list[str]
    criteria: list[str]
    looks: list[Look]
    pages: list[str]
    views: int
    undecided: dict[str, int]
    stops: int


@cache
def last_run() -> Statement:
    return read(json.loads(TESTED.read_text("utf-8")))


def read(kept: dict[str, Any]) -> Statement:
    looks = [Look(*each) for each in kept["looks"]]
    return Statement(**kept | {"on": date.fromisoformat(kept["on"]), "looks": looks})


def written(said: Statement) -> str:
    """As `read` reads it."""
    return json.dumps(said._asdict() | {"on": said.on.isoformat()}, ensure_ascii=False, indent=1) + "\n"


def criteria_of(tags: set[str]) -> list[str]:
    """`1.4.11` for `wcag1411`: the success criteria of A and AA that rules with these tags look at, in order."""
    found = [tuple(map(int, match.groups())) for tag in tags if (match := CRITERION.fullmatch(tag))]
    return [said for each in sorted(found) if (said := ".".join(map(str, each))) not in OF_AAA]


def look_in_words(look: Look) -> Text:
    return _(
        "%(language)s, %(width)s pixels wide, %(scheme)s",
        language=LANGUAGES[look.language],
        width=look.width,
        scheme=SCHEMES[look.scheme],
    )


def undecided_in_words(rule: str, many: int) -> Text:
    return _("%(rule)s: %(many)s elements", rule=RULES.get(rule, rule), many=many)
