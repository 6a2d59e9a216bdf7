"""A published result as anybody reads it: the answer in a sentence, what happened in order, who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from markupsafe import escape

from quality.core.differences import Change
from quality.core.words import Text, _, in_script, tongue_now
from quality.pages.moments import full_day, language_now, local
from quality.pages.reviewing import Difference, said_otherwise
from quality.pages.words import word
from quality.publication.copies import NAMES
from quality.publication.lines import Shown
from quality.publication.models import Result

FAILING = ("fail", "conditional_fail")


class Step(NamedTuple):
    """One line of the path. `is_said`: others say so; else the agency did it, or saw it."""

    at: datetime
    text: Text
    is_said: bool = False

    @property
    def day(self) -> str:
        return short_day(self.at)


def short_day(moment: datetime) -> str:
    """Beside a line of a path, without its year."""
    on = local(moment)
    return f"{on.month}.{on.day}" if language_now() == "zh" else f"{on:%-d %b}"


def failed_items(copy: Mapping[str, Any]) -> list[str]:
    return [in_script(item["item"]) for item in copy["items"] if item["verdict"] in FAILING]


class Row(NamedTuple):
    """A result as a line of a table, in the reader's language. The last six are HTML already."""

    platform: str
    platform_name: str
    verdict: str
    takedown: str
    number: str
    product: str
    about: str
    shop: str
    failed: str
    day: str


def in_a_table(results: Sequence[Shown]) -> list[Row]:
    tongue = tongue_now()
    return [row_of(each, tongue) for each in results]


@lru_cache(2048)  # the newest stand in most of the lists that anybody asks for
def row_of(each: Shown, _tongue: str) -> Row:
    """In the language that is spoken, by which it is kept."""
    between = "、" if language_now() == "zh" else ", "
    texts = (
        each.number,
        each.product or each.number,
        f"{each.brand} · {each.spec}" if each.brand and each.spec else each.brand or each.spec,
        each.shop,
        in_script(between.join(each.failed)),
        full_day(each.published_at),
    )
    html = [str(escape(text)) for text in texts]
    return Row(each.platform, each.platform_name, each.verdict, each.takedown, *html)


def in_a_sentence(copy: Mapping[str, Any]) -> Text:
    """What was found, for whoever reads no more than this."""
    if copy["verdict"] == "conforming":
        return _("Every item that was tested meets its requirement.")
    names, gap = failed_items(copy), "、" if language_now() == "zh" else ", "
    if copy.get("label_only"):
        return _("Its label does not meet the requirement: %(names)s. Nothing was tested.", names=gap.join(names))
    return _("These items do not meet the requirement: %(names)s.", names=gap.join(names))


def path_of(down: Mapping[str, Any], editions: Sequence[Result]) -> list[tuple[int, list[Step]]]:
    """What is known of its listings, and when what was published: by years, the oldest first."""
    steps = sorted([*of_listings(down), *of_editions(editions)], key=lambda step: step.at)
    return [(year, list(some)) for year, some in groupby(steps, key=lambda step: local(step.at).year)]


def of_listings(down: Mapping[str, Any]) -> Iterator[Step]:
    for each in down["listings"]:
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


# --- a correction, field by field ---


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What reads otherwise, in the order in which it is read: by the rule by which plans and notices are compared."""
    before, after = as_read(old), as_read(new)
    names = dict.fromkeys([*after, *before])
    told = (Change(name, before.get(name) or None, after.get(name) or None) for name in names)
    return [said_otherwise(change) for change in told if change.old != change.new]


def as_read(copy: Mapping[str, Any]) -> dict[str, str]:
    """Each field of a copy in words: what it is called, and what stands there."""
    product, producer = copy["product"], copy["producer"]
    fields: list[tuple[Text, Text]] = [
        (_("Conclusion"), word("finding_verdict", copy["verdict"])),
        (_("Product"), product["name"]),
        (_("Brand"), product["brand"]),
        (_("Specification"), product["spec"]),
        (_("Batch"), product["batch"]),
        (_("Nominal producer"), producer["name"]),
        (_("Its address"), producer["address"]),
        (_("Shop"), copy["seller"]["shop"]),
        (_("Shop's credit code"), copy["seller"]["uscc"]),
        (_("Region"), copy["seller"].get("region", "")),
        (_("Platform"), copy["platform"]["name"]),
        (_("Listing"), copy["listing_id"]),
        (_("Campaign"), copy["campaign"]["title"]),
        (_("Category"), copy["campaign"]["category"]),
        (_("Laboratory"), copy["laboratory"]),
        *((item["item"], item_in_words(item)) for item in copy["items"]),
        *(
            (_("%(item)s in the first test", item=item["item"]), item_in_words(item))
            for item in copy.get("first_results", ())
        ),
        (_("Producer's denial"), _("found true") if copy["producer_denies"] else ""),
        (_("What became of the listings"), listings_in_words(copy)),
        *((_("Listing %(listing)s", listing=each["listing_id"]), seen_in_words(each)) for each in listings(copy)),
        (_("Remark"), copy["remark"]),
        (_("Withheld"), "、".join(str(NAMES.get(path, path)) for path in copy["withheld"])),
    ]
    return {str(name): str(value) for name, value in fields}


def listings(copy: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = copy["takedown"]["listings"]
    return found


def item_in_words(item: Mapping[str, Any]) -> Text:
    outside = _(" (reported outside the laboratory's accreditation)") if item.get("outside_accreditation") else ""
    spread = f" ± {item['uncertainty'].lstrip('±')}" if item["uncertainty"] else ""
    return _(
        "%(value)s %(unit)s; limit %(limit)s; %(verdict)s; %(laboratory)s",
        value=item["value"] + spread,
        unit=item["unit"],
        limit=item["limit"],
        verdict=word("verdict", item["verdict"]),
        laboratory=f"{item['laboratory']}{outside}",
    )


def listings_in_words(copy: Mapping[str, Any]) -> Text:
    state = copy["takedown"]["state"]
    return "" if state == "not_needed" else word("takedown", state)


def seen_in_words(listing: Mapping[str, Any]) -> str:
    claim, look = listing["platform_says"], listing["we_have_seen"]
    said = word("outcome", claim["outcome"]) if claim else _("no answer yet")
    seen = (_("cannot be bought") if look["gone"] else _("is still on sale")) if look else _("Not looked at yet")
    return str(_("the platform: %(said)s; we: %(seen)s", said=said, seen=seen))
