"""A file of announced cases: rows read, checked, and put together to samples. A row that cannot be used is named."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from quality.campaigns.frame.problems import RefusedRow
from quality.campaigns.frame.texts import CsvText, open_text, rows
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.lab.entries import item_key
from quality.standards.reading import Field, is_blank, normalised
from quality.standards.rules import Rule
from quality.walk.denials import says_the_product_is_not_theirs

NEEDED = ("platform", "listing_url", "product_name", "item", "value", "limit", "first_lab")
MAY_BE_SLASHED = ("announced_at", "shop_uscc", "reinspection_lab", "category", "rule", "remark")  # `/` says: none
KNOWN = (
    *NEEDED, *MAY_BE_SLASHED, "row", "shop_name", "spec", "brand", "batch", "producer_name", "producer_address", "unit",
    "uncertainty", "lod", "loq",
)  # fmt: skip
CATEGORY = "网络销售商品"
SAME_OF_A_SAMPLE = (
    "product_name", "spec", "brand", "shop_name", "shop_uscc", "producer_name", "producer_address", "first_lab",
    "reinspection_lab", "category",
)  # fmt: skip
OF_AN_ITEM = ("value", "unit", "limit", "uncertainty", "lod", "loq", "rule")


@dataclass(frozen=True, eq=False)
class Row:
    """One row: one test item of one sample. `line` is where a spreadsheet shows it."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def rule(self) -> str:
        """The decision rule as the campaign writes it; a blank one is `simple`."""
        plain = normalised(self["rule"], Field.RULE).casefold()
        return Rule.SIMPLE if is_blank(plain) else plain


@dataclass
class SamplePlan:
    """All rows of one listing and batch: one sample with its items."""

    listing_id: str
    rows: list[Row] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        return self.rows[0][column]

    @property
    def category(self) -> str:
        return self["category"] or CATEGORY

    @property
    def remark(self) -> str:
        """What is remarked on the sample, each remark once: rows of one sample may bear different ones."""
        return "；".join(dict.fromkeys(row["remark"] for row in self.rows if row["remark"]))

    @property
    def is_denied(self) -> bool:
        """Whether the file says that the producer's objection to the product's authenticity was right."""
        return any(says_the_product_is_not_theirs(row["remark"], self["producer_name"]) for row in self.rows)


@dataclass
class Reading:
    """What a file says. `rows` counts all of them; those that are in no sample are named in `problems`."""

    sha256: str
    rows: int
    samples: list[SamplePlan]
    problems: list[FieldProblem]


def read(source: Path) -> Reading:
    """The file's samples and what cannot be used of it. `Invalid` if it is no such file at all."""
    from quality.walk.checks import what_is_wrong_with  # noqa: PLC0415

    if not source.is_file():
        raise Invalid(FieldProblem("file", "no_such_file", _("There is no file %(name)s", name=str(source))))
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        text = open_text(source, Path(scratch), ",")
        found, problems = read_rows(text)
    if not found and not problems:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per test item")))
    return Reading("", len(found), [], problems)
