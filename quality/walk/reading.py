"""A file of announced cases: rows read, checked, and put together to samples. A row that cannot be read is named."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from stdnum.cn import uscc

from quality.campaigns.frame.problems import RefusedRow
from quality.campaigns.frame.texts import open_text, rows
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.standards.judgement import Rule, judge

NEEDED = ("platform", "listing_url", "product_name", "item", "value", "limit", "first_lab")
KNOWN = (
    *NEEDED, "row", "announced_at", "shop_name", "shop_uscc", "spec", "brand", "batch", "producer_name",
    "producer_address", "reinspection_lab", "remark", "category", "unit", "uncertainty", "lod", "loq", "rule",
)  # fmt: skip
LENGTHS = {
    "platform": 100, "listing_url": 2_000, "shop_name": 200, "product_name": 200, "spec": 200, "brand": 200,
    "batch": 100, "producer_name": 300, "producer_address": 500, "item": 200, "value": 500, "limit": 200,
    "first_lab": 200, "reinspection_lab": 200, "remark": 2_000, "category": 100, "unit": 50,
}  # fmt: skip
CATEGORY = "网络销售商品"
SAME_OF_A_SAMPLE = (
    "product_name", "spec", "brand", "shop_name", "producer_name", "producer_address", "first_lab", "reinspection_lab",
    "category",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row: one test item of one sample. `line` is where a spreadsheet shows it."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


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


@dataclass
class Reading:
    """What a file says. `rows` counts all of them; the refused ones are named in `problems`."""

    sha256: str
    rows: int
    samples: list[SamplePlan]
    problems: list[FieldProblem]


def read(source: Path) -> Reading:
    """The file's samples and what cannot be used of it. `Invalid` if it is no such file at all."""
    if not source.is_file():
        raise Invalid(FieldProblem("file", "no_such_file", _("There is no file %(name)s", name=str(source))))
    problems: list[FieldProblem] = []
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        text = open_text(source, Path(scratch), ",")
        columns = [name.strip().casefold() for name in text.heading]
        _refuse_missing_columns(columns)
        found: list[Row] = []
        count = 0
        for row in rows(text):
            count += 1
            if isinstance(row, RefusedRow):
                problems.append(row.as_problem())
                continue
            line, cells = row
            found.append(Row(line, {c: cell.strip() for c, cell in zip(columns, cells, strict=True) if c in KNOWN}))
    if not count:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per test item")))
    good = [row for row in found if not _noted(problems, row, what_is_wrong_with(row))]
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Reading(
        digest, count, _samples(good, {r.line for r in found} - {r.line for r in good}, found, problems), problems
    )


def _noted(problems: list[FieldProblem], row: Row, wrong: Iterator[tuple[str, str, Text]]) -> bool:
    named = [FieldProblem(where(row, column), code, text) for column, code, text in wrong]
    problems += named
    return bool(named)


def where(row: Row, column: str = "") -> str:
    """How a row is named: as a spreadsheet counts it, and by the file's own number where it has one."""
    own = f" (row={row['row']})" if row["row"] else ""
    return f"row {row.line}{own}, {column}" if column else f"row {row.line}{own}"


def _refuse_missing_columns(columns: list[str]) -> None:
    problems = [
        FieldProblem(name, "column_missing", _("Give the file a column %(column)s", column=name))
        for name in NEEDED
        if name not in columns
    ]
    problems += [
        FieldProblem(name, "column_doubled", _("Keep one of the columns that mean %(column)s", column=name))
        for name in sorted({name for name in columns if name in KNOWN and columns.count(name) > 1})
    ]
    if problems:
        raise Invalid(*problems)


def what_is_wrong_with(row: Row) -> Iterator[tuple[str, str, Text]]:
    """Column, code and sentence of everything that keeps this row from being walked."""
    for column in NEEDED:
        if not row[column]:
            yield column, "missing", _("Fill in this field: it must not be empty")
    yield from _wrong_texts(row)
    for column in ("platform", "category"):
        if "/" in row[column]:
            yield column, "slash", _("Remove the / : it joins the names of strata")
    yield from _wrong_address(row)
    yield from _wrong_dates(row)
    if row["shop_uscc"] and not uscc.is_valid(row["shop_uscc"]):
        yield "shop_uscc", "bad_uscc", _("Check the unified social credit code: its check digit does not fit")
    if row["reinspection_lab"] and row["reinspection_lab"] == row["first_lab"]:
        yield "reinspection_lab", "same_laboratory", _("The re-inspection goes to another laboratory than the first")
    if row["value"] and row["limit"]:
        yield from _unjudged(row)


def _wrong_texts(row: Row) -> Iterator[tuple[str, str, Text]]:
    for column, cell in row.cells.items():
        if cell.startswith("="):
            yield column, "formula", _("Write the value itself, not a formula")
        elif column in LENGTHS and len(cell) > LENGTHS[column]:
            yield column, "too_long", _("Keep to %(most)s characters", most=LENGTHS[column])
        elif any(not c.isprintable() and c not in "\u3000\n" for c in cell):
            yield column, "unprintable", _("Remove the characters that cannot be printed")


def _wrong_address(row: Row) -> Iterator[tuple[str, str, Text]]:
    try:
        address = urlsplit(row["listing_url"])
        good = address.scheme in {"http", "https"} and bool(address.hostname) and " " not in row["listing_url"]
    except ValueError:
        good = False
    if row["listing_url"] and not good:
        yield "listing_url", "bad_address", _("Write the whole address, beginning with http:// or https://")


def _wrong_dates(row: Row) -> Iterator[tuple[str, str, Text]]:
    announced = row["announced_at"] and read_date(row["announced_at"])
    if announced is None:
        yield "announced_at", "bad_date", _("Write the day as in 2019-07-15")
    elif announced and announced > clock.now().astimezone(BEIJING).date():
        yield "announced_at", "in_the_future", _("This day lies in the future")
    made = read_date(row["batch"])
    if announced and made and made > announced:
        yield "batch", "after_announcement", _("It was made after its result was announced; check both days")


def read_date(text: str) -> date | None:
    """The day that a text begins with, as 2019-07-15, 2019/7/15, 2019.7.15 or 2019年7月15日; None if it is none."""
    match = re.match(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", unicodedata.normalize("NFKC", text))
    try:
        return datetime(*map(int, match.groups())).date() if match else None  # type: ignore[arg-type]
    except ValueError:
        return None


def _unjudged(row: Row) -> Iterator[tuple[str, str, Text]]:
    judgement = judge(
        row["value"], row["unit"], row["limit"],
        uncertainty=row["uncertainty"], lod=row["lod"], loq=row["loq"], rule=row["rule"] or Rule.SIMPLE,
    )  # fmt: skip
    if judgement.verdict == "undecided":
        column = "limit" if judgement.limit is None else "value"
        yield column, judgement.reason.code, judgement.reason.text


def _samples(good: list[Row], refused: set[int], found: list[Row], problems: list[FieldProblem]) -> list[SamplePlan]:
    """Rows of one listing and batch together. One refused row holds its whole sample back: half is not tested."""
    groups: dict[tuple[str, ...], SamplePlan] = {}
    held_back = {key_of(row) for row in found if row.line in refused}
    taken: set[str] = set()
    for row in good:
        key = key_of(row)
        if key in held_back:
            text = _("Another row of the same listing and batch cannot be read; correct that one first")
            problems.append(FieldProblem(where(row), "held_back", text))
            continue
        plan = groups.get(key)
        if plan is None:
            plan = groups[key] = SamplePlan(unused_id(row, taken))
        elif (column := next((c for c in SAME_OF_A_SAMPLE if plan[c] != row[c]), None)) is not None:
            text = _("Rows of one listing and batch are one sample: write the same here as in its first row")
            problems.append(FieldProblem(where(row, column), "differs", text))
            continue
        elif any(other["item"] == row["item"] for other in plan.rows):
            problems.append(FieldProblem(where(row, "item"), "doubled", _("%(item)s stands twice", item=row["item"])))
            continue
        plan.rows.append(row)
    return list(groups.values())


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
