"""A file of announced cases: rows read, checked, and put together to samples. A row that cannot be used is named."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from quality.campaigns.frame.problems import RefusedRow
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.standards.names import item_key
from quality.walk.checks import what_is_wrong_with
from quality.walk.denials import says_the_product_is_not_theirs
from quality.walk.rows import KNOWN, LENGTHS, NEEDED, Row, cell_of, where
from quality.workbooks.texts import open_text, rows

CATEGORY = "网络销售商品"
SAME_OF_A_SAMPLE = (
    "product_name", "spec", "brand", "shop_name", "shop_uscc", "producer_name", "producer_address", "first_lab",
    "reinspection_lab", "category",
)  # fmt: skip
OF_AN_ITEM = ("value", "unit", "limit", "uncertainty", "lod", "loq", "rule")


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
        """What is remarked on the sample, each remark once: the rows of one sample may bear different ones."""
        return "；".join(dict.fromkeys(row["remark"] for row in self.rows if row["remark"]))

    @property
    def is_denied(self) -> bool:
        """Whether the file says that the producer's objection to the product's authenticity was right."""
        return any(says_the_product_is_not_theirs(row["remark"], self["producer_name"]) for row in self.rows)


@dataclass
class Reading:
    """What a file says. `rows` counts all of them; each is in a sample or named in `problems`."""

    sha256: str
    rows: int
    samples: list[SamplePlan]
    problems: list[FieldProblem]


def read(source: Path) -> Reading:
    """The file's samples and what cannot be used of it. `Invalid` if it is no such file at all."""
    if not source.is_file():
        raise Invalid(FieldProblem("file", "no_such_file", _("There is no file %(name)s", name=str(source))))
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        found, problems = _rows(source, Path(scratch))
    if not found and not problems:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per test item")))
    count = len(found) + len(problems)
    samples = _samples(found, problems)
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Reading(digest, count, samples, problems)


def _rows(source: Path, scratch: Path) -> tuple[list[Row], list[FieldProblem]]:
    """The rows that are whole, and one problem for each that is not. A row of blanks is none."""
    text = open_text(source, scratch, ",")
    columns = [name.strip().casefold() for name in text.heading]
    _refuse_wrong_columns(columns)
    found: list[Row] = []
    problems: list[FieldProblem] = []
    for row in map(RefusedRow.unless_read, rows(text)):
        if isinstance(row, RefusedRow):
            problems.append(row.as_problem())
            continue
        line, written = row
        cells = {column: cell_of(column, cell) for column, cell in zip(columns, written, strict=True)}
        if any(cells.values()):
            found.append(Row(line, {column: cell for column, cell in cells.items() if column in KNOWN}))
    return found, problems


def _refuse_wrong_columns(columns: list[str]) -> None:
    problems = [
        FieldProblem(name, "column_missing", _("Give the file a column %(column)s", column=name))
        for name in NEEDED
        if name not in columns
    ]
    problems += [
        FieldProblem(name, "column_doubled", _("Keep one of the columns that mean %(column)s", column=name))
        for name in KNOWN
        if columns.count(name) > 1
    ]
    if problems:
        raise Invalid(*problems)


def _samples(found: Sequence[Row], problems: list[FieldProblem]) -> list[SamplePlan]:
    """Rows of one listing and batch together. What is wrong with one row holds its whole sample back."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in found:
        groups.setdefault(key_of(row), []).append(row)
    taken: set[str] = set()
    samples = []
    for together in groups.values():
        wrong = list(_wrong_of_a_sample(together))
        problems += [FieldProblem(where(row, column), code, text) for row, column, code, text in wrong]
        named = {row for row, *_rest in wrong}
        used = [row for row in together if row not in named]
        if used and all(code == "doubled" for _row, _column, code, _text in wrong):
            samples.append(SamplePlan(unused_id(used[0], taken), used))
            continue
        text = _("Another row of the same listing and batch cannot be used; correct that one first")
        problems += [FieldProblem(where(row), "held_back", text) for row in used]  # half a sample is not tested
    return samples


def _wrong_of_a_sample(together: Sequence[Row]) -> Iterator[tuple[Row, str, str, Text]]:
    """Row, column, code and sentence of what is wrong with each row, by itself and beside the rows above it."""
    first = together[0]
    seen: dict[str, Row] = {}
    for row in together:
        for column, code, text in what_is_wrong_with(row):
            yield row, column, code, text
        for column in SAME_OF_A_SAMPLE:
            if row[column] != first[column]:
                text = _("Rows of one listing and batch are one sample: write the same here as in its first row")
                yield row, column, "differs", text
        same = seen.setdefault(item_key(row["item"]), row)
        if same is row:
            continue
        if all(same[column] == row[column] for column in OF_AN_ITEM):
            yield row, "item", "doubled", _("%(item)s stands twice", item=row["item"])
        else:
            text = _("%(item)s stands twice with different results; leave one", item=row["item"])
            yield row, "item", "contradicts", text
    if len(SamplePlan("", list(together)).remark) > LENGTHS["remark"]:
        yield first, "remark", "too_long", _("Keep to %(most)s characters", most=LENGTHS["remark"])


def key_of(row: Row) -> tuple[str, ...]:
    return row["platform"], row["listing_url"], row["batch"]


def unused_id(row: Row, taken: set[str]) -> str:
    """The platform's own id of the listing, from its address; what has none, or is there already, gets a hash."""
    found = listing_id(row["listing_url"])
    if found is None or found in taken:
        found = "H" + hashlib.sha256("\n".join(key_of(row)).encode()).hexdigest()[:16]
    taken.add(found)
    return found


def listing_id(address: str) -> str | None:
    url = urlsplit(address)
    ids = parse_qs(url.query).get("id", [])
    if len(ids) == 1 and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", ids[0]):
        return ids[0]
    last = url.path.rstrip("/").rsplit("/", 1)[-1].removesuffix(".html")
    return last if re.fullmatch(r"[0-9]{4,32}", last) else None
