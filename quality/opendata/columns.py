"""What a dump's columns are called, what they hold and what that means: the schema is made from this, and the files.

The first ones are those of the table of all results (publication/lines.py) up to its page, which also names them for
readers. A name here has an underscore for each dot, so that it is one word in SQL. A new column comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from quality.core.words import Text, _, in_language
from quality.opendata.models import DumpTable
from quality.publication.lines import COLUMNS, IN_A_LINE


class Holds(StrEnum):
    TEXT = "string"
    NUMBER = "integer"
    MOMENT = "datetime"
    YES_OR_NO = "boolean"


IN_PARQUET = {
    Holds.TEXT: "VARCHAR", Holds.NUMBER: "INTEGER", Holds.MOMENT: "TIMESTAMPTZ", Holds.YES_OR_NO: "BOOLEAN",
}  # fmt: skip


class Column(NamedTuple):
    name: str
    title: Text
    means: Text
    holds: Holds = Holds.TEXT
    one_of: tuple[str, ...] = ()


MEANS: dict[str, Text] = {
    "number": _("The result's permanent number. It is never given to another"),
    "edition": _(
        "Which version of the result. A correction is a new version; with the number it names the row for ever"
    ),
    "published_at": _("When this version was published, in UTC"),
    "verdict": _("The conclusion, as the code that the API uses"),
    "failed": _("The test items that do not meet the requirement, divided by “；”"),
    "product.name": _("The product, as its label names it"),
    "product.brand": _("The brand on the label"),
    "product.spec": _("Specification or model"),
    "product.batch": _("Batch or date of production, as the label has it"),
    "producer.name": _("Who the label says has made it. Whether that is true: see the producer's denial"),
    "producer.address": _("The address of the nominal producer, as the label has it"),
    "producer_denies": _("Whether the nominal producer has shown that it did not make the product"),
    "platform.code": _("The platform's code, which stays when its name changes"),
    "platform.name": _("The platform on which it was bought"),
    "seller.shop": _("The shop's name at the time of the purchase"),
    "seller.uscc": _("The shop's unified social credit code, where it has one"),
    "region": _("Where it was sold from; empty where the copy does not say"),
    "listing_id": _("The platform's own number of the listing"),
    "takedown.state": _("What became of the listings, as it was stated last before this file was made"),
    "campaign.number": _("The number of the campaign in which it was drawn"),
    "campaign.title": _("What the campaign is called"),
    "campaign.kind": _("How the campaign chose: only a probability sample says something about the market"),
    "campaign.category": _("The category of products that the campaign tested"),
    "agency.name": _("The agency that publishes the result"),
    "laboratory": _("The laboratory whose report the conclusion rests on; empty where only the label was checked"),
    "address": _("The page of the result; it stays, and answers 410 when the result is taken from the public"),
}
NUMBERS, MOMENTS, YES = {"edition"}, {"published_at"}, {"producer_denies"}
STATES = ("published", "superseded", "withdrawn", "expired")


def kind_of(path: str) -> Holds:
    if path in NUMBERS:
        return Holds.NUMBER
    if path in MOMENTS:
        return Holds.MOMENT
    return Holds.YES_OR_NO if path in YES else Holds.TEXT


ALL = (
    *(Column(path.replace(".", "_"), COLUMNS[path], MEANS[path], kind_of(path)) for path in MEANS),
    Column(
        "copy_sha256",
        _("sha256 of the copy"),
        _("Of the published copy, as its JSON and its proof have it. Empty where the copy is not public any more"),
    ),
    Column(
        "state",
        _("State"),
        _("A row that is not “published” is a tombstone: number, version, moment and reason, and nothing of the copy"),
        one_of=STATES,
    ),
    Column(
        "ended_at",
        _("Not in force since"),
        _("When this version was superseded, withdrawn, or its time in public was over, in UTC"),
        Holds.MOMENT,
    ),
    Column("reason", _("Reason"), _("Why it is not in force any more, or what this version changed")),
    Column(
        "label_only",
        COLUMNS["label_only"],
        _("Whether the agency looked at the label only, and nothing was tested: such a row belongs to no rate"),
        Holds.YES_OR_NO,
    ),
)
OF_A_RESULT = {
    "number": _("The number of the result"),
    "edition": _("Its version"),
}
OF_AN_ITEM: dict[str, tuple[Text, Text]] = {  # as a copy has them
    "item": (_("Test item"), _("What was tested, as the standard calls it")),
    "value": (_("Value"), _("As the laboratory wrote it: also “<0.01”, or a word")),
    "unit": (_("Unit"), _("Of value, limit and uncertainty")),
    "limit_value": (_("Limit"), _("What the standard requires")),
    "uncertainty": (_("Uncertainty"), _("Expanded, as the laboratory stated it")),
    "lod": (_("Limit of detection"), _("Below it nothing is detected")),
    "loq": (_("Limit of quantification"), _("Below it nothing is measured")),
    "method": (_("Method"), _("The standard of the test")),
    "rule": (_("Decision rule"), _("How value and limit were compared, as a code")),
    "verdict": (_("Conclusion"), _("Of this item, as the code that the API uses")),
    "laboratory": (
        _("Laboratory"),
        _("Which tested this item; after a re-inspection the second one. Empty where it is about a label"),
    ),
}
IN_A_COPY = {"limit_value": "limit"}  # which is a word of SQL
OF_A_REPLY: dict[str, tuple[Text, Text]] = {
    "party": (_("Party"), _("Who says it, as a code: producer, seller or platform")),
    "statement": (_("Statement"), _("Their own words. The agency has not checked them, nor changed them")),
    "received_at": (_("Received at"), _("When it came, in UTC")),
    "late": (_("Late"), _("Whether it came after its time")),
    "shown_at": (_("Shown since"), _("When it was put beside the result, in UTC")),
    "sha256": (_("Fingerprint"), _("sha256 over who says what and when, as in the JSON of the result")),
}


def beside(own: dict[str, tuple[Text, Text]], holds: Mapping[str, Holds]) -> tuple[Column, ...]:
    """Of a table beside that of results: which result, and what of it."""
    of = (Column(name, COLUMNS[name], means, kind_of(name)) for name, means in OF_A_RESULT.items())
    return (*of, *(Column(name, *told, holds.get(name, Holds.TEXT)) for name, told in own.items()))


TABLES: dict[DumpTable, tuple[Column, ...]] = {
    DumpTable.RESULTS: ALL,
    DumpTable.ITEMS: beside(OF_AN_ITEM, {}),
    DumpTable.REPLIES: beside(
        OF_A_REPLY, {"received_at": Holds.MOMENT, "shown_at": Holds.MOMENT, "late": Holds.YES_OR_NO}
    ),
}
NAMES = tuple(column.name for column in ALL)
OF_THE_COPY = tuple(path.replace(".", "_") for path in IN_A_LINE)  # as `cells_of` has them


def schema(languages: tuple[str, ...] = ("zh", "en"), table: DumpTable = DumpTable.RESULTS) -> dict[str, Any]:
    """A Frictionless Table Schema. Titles and descriptions in the first language, and in each under `…_by_language`."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [field(column, languages) for column in TABLES[table]],
        "fieldsMatch": "exact",
        "missingValues": [""],
        **({"primaryKey": ["number", "edition"]} if table is DumpTable.RESULTS else {}),
    }


def field(column: Column, languages: tuple[str, ...]) -> dict[str, Any]:
    titles, means = {}, {}
    for language in languages:
        with in_language(language):
            titles[language], means[language] = str(column.title), str(column.means)
    found: dict[str, Any] = {"name": column.name, "type": column.holds.value}
    if column.holds is Holds.MOMENT:
        found["format"] = "any"  # RFC 3339 in UTC, to the microsecond
    if column.holds is Holds.YES_OR_NO:
        found |= {"trueValues": ["true"], "falseValues": ["false"]}
    required = column.name in {"number", "edition", "state"}
    limits = ({"required": True} if required else {}) | ({"enum": list(column.one_of)} if column.one_of else {})
    first = languages[0]
    return found | {
        "title": titles[first],
        "description": means[first],
        "title_by_language": titles,
        "description_by_language": means,
        **({"constraints": limits} if limits else {}),
    }
