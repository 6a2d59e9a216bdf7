"""For how long what was sampled is not drawn again, as data (rules.csv): by which text, how sure, and since when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from quality.clocks.rules import Certainty, InBoth
from quality.core.words import Text


class Reason(StrEnum):
    """Why a listing is left out of a draw. Where several hold, the first here is named: it says most to its reader."""

    SAME_LISTING = "same_listing"
    SAME_PRODUCT = "same_product"
    SAME_SHOP = "same_shop"
    CHOSEN = "chosen_campaign"  # a coordinator asked for no overlap with an earlier campaign
    SUPERIOR = "superior_authority"


OWN_RULES = (Reason.SAME_LISTING, Reason.SAME_PRODUCT, Reason.SAME_SHOP)  # which a coordinator may do without


@dataclass(frozen=True)
class PlanningRule:
    """One row of rules.csv. A code may have several, of which the one that is valid on a day counts."""

    code: str
    name: Text
    months: int  # from the day it was sampled on, which begins them
    source: Text
    certainty: Certainty
    valid_from: date


@cache
def every_rule() -> tuple[PlanningRule, ...]:
    """From the oldest to the newest."""
    with Path(__file__).with_name("rules.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            PlanningRule(
                code=row["code"],
                name=InBoth(row["name"], row["name_zh"]),
                months=int(row["months"]),
                source=InBoth(row["source"], row["source_zh"]),
                certainty=Certainty(row["certainty"]),
                valid_from=date.fromisoformat(row["valid_from"]),
            )
            for row in csv.DictReader(file, strict=True)
        ]
    return tuple(sorted(rows, key=lambda rule: rule.valid_from))


def rules_on(day: date) -> dict[str, PlanningRule]:
    """The rules that are valid on a day, by their code."""
    return {rule.code: rule for rule in every_rule() if rule.valid_from <= day}
