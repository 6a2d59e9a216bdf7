"""A published result as anybody reads it: the answer in a sentence, what happened in order, who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from quality.core.words import Text, _
from quality.pages.moments import language_now, local
from quality.pages.words import word
from quality.publication.models import Result

FAILING = ("fail", "conditional_fail")


class Step(NamedTuple):
    """One line of the path. `is_said`: others say so; else the agency did it, or saw it."""

    at: datetime
    text: Text
    is_said: bool = False

    @property
    def day(self) -> str:
        on = local(self.at)
        return f"{on.month}.{on.day}" if language_now() == "zh" else f"{on:%-d %b}"


def failed_items(copy: Mapping[str, Any]) -> list[str]:
    return [item["item"] for item in copy["items"] if item["verdict"] in FAILING]


def in_a_sentence(copy: Mapping[str, Any]) -> Text:
    """What was found, for whoever reads no more than this."""
    if copy["verdict"] == "conforming":
        return _("Every item that was tested meets its requirement.")
    names, gap = failed_items(copy), "、" if language_now() == "zh" else ", "
    return _("These items do not meet the requirement: %(names)s.", names=gap.join(names))


def path_of(copy: Mapping[str, Any], editions: Sequence[Result]) -> list[tuple[int, list[Step]]]:
    """What the copy says of its listings, and when what was published: by years, the oldest first."""
    steps = sorted([*of_listings(copy), *of_editions(editions)], key=lambda step: step.at)
    return [(year, list(some)) for year, some in groupby(steps, key=lambda step: local(step.at).year)]


def of_listings(copy: Mapping[str, Any]) -> Iterator[Step]:
    for each in copy["takedown"]["listings"]:
        listing = each["listing_id"]
        if claim := each["platform_says"]:
            outcome = word("outcome", claim["outcome"])
            text = _("The platform about %(listing)s: %(outcome)s", listing=listing, outcome=outcome)
            yield Step(moment_in(claim["said_at"]), text, is_said=True)
        if look := each["we_have_seen"]:
            text = (
                _("We looked: %(listing)s cannot be bought", listing=listing)
                if look["gone"]
                else _("We looked: %(listing)s is still on sale", listing=listing)
            )
            yield Step(moment_in(look["seen_at"]), text)


def of_editions(editions: Sequence[Result]) -> Iterator[Step]:
    for each in editions:
        assert each.published_at is not None, "the public reads of what was published"
        yield Step(each.published_at, _("Version %(edition)s published", edition=each.edition))


def moment_in(value: str | datetime) -> datetime:
    """A moment of a copy, which is a text once the copy was kept."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
