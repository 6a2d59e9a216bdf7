"""The legal clocks as data: how long, counted in what, from which event, by which text and since when (rules.csv)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from flask_babel import get_locale

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _, in_script


class Unit(StrEnum):
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    YEAR = "year"


class Certainty(StrEnum):
    """How far a number may be trusted: the statute's text was read, someone's account of it, or a local choice."""

    LAW = "law"
    ACCOUNT = "account"
    PARAM = "param"


class ChangedBy(StrEnum):
    """Who may let such a clock stand, or give it more days (decision 0040)."""

    NOBODY = "nobody"  # the length is what a law or its account says, and neither says that it may be changed
    ONE = "one"
    TWO = "two"  # another party's time: one person asks, another grants


@dataclass(frozen=True)
class InBoth:
    """Words that come from a table in both languages, and become one when they are shown."""

    english: str
    chinese: str

    def __str__(self) -> str:
        locale = get_locale()
        return in_script(self.chinese) if locale is not None and locale.language == "zh" else self.english


@dataclass(frozen=True)
class Rule:
    """One row of rules.csv. A code may have several, of which the one valid on the day of the start event counts."""

    code: str
    name: Text
    length: int  # in `unit`s
    unit: Unit
    earliest: int | None  # calendar days after the start before which the deed does not count
    starts_at: Text  # the event, whose day does not count itself
    source: Text
    certainty: Certainty
    valid_from: date
    changed_by: ChangedBy = ChangedBy.NOBODY


def read(path: Path) -> dict[str, list[Rule]]:
    """The rules in the order of the file, each code's versions from the oldest to the newest."""
    rules: dict[str, list[Rule]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            rule = Rule(
                code=row["code"],
                name=InBoth(row["name"], row["name_zh"]),
                length=int(row["length"]),
                unit=Unit(row["unit"]),
                earliest=int(row["earliest"]) if row["earliest"] else None,
                starts_at=InBoth(row["starts_at"], row["starts_at_zh"]),
                source=InBoth(row["source"], row["source_zh"]),
                certainty=Certainty(row["certainty"]),
                valid_from=date.fromisoformat(row["valid_from"]),
                changed_by=ChangedBy(row["changed_by"]),
            )
            rules.setdefault(rule.code, []).append(rule)
    for versions in rules.values():
        versions.sort(key=lambda rule: rule.valid_from)
    return rules


@cache
def every_rule() -> dict[str, list[Rule]]:
    return read(Path(__file__).with_name("rules.csv"))


def rule_on(code: str, day: date) -> Rule:
    """The version of rule `code` that is valid on `day`, else the oldest: an old event has a clock too."""
    versions = every_rule().get(code)
    if versions is None:
        codes = ", ".join(every_rule())
        raise Invalid(FieldProblem("rule", "unknown_rule", _("Choose one of these clocks: %(codes)s", codes=codes)))
    return next((rule for rule in reversed(versions) if rule.valid_from <= day), versions[0])
