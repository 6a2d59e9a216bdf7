"""What keeps one row from being walked: column, code and sentence of each thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from stdnum.cn import uscc

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import Text, _
from quality.standards.judgement import Verdict, judge
from quality.walk.rows import LENGTHS, NEEDED, Row

Wrong = Iterator[tuple[str, str, Text]]
ADDRESS = re.compile(r"https?://[^\s/?#@\\]+([/?#]\S*)?", re.I)  # as a sampling frame takes it
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")


def what_is_wrong_with(row: Row) -> Wrong:
    for column in NEEDED:
        if not row[column]:
            yield column, "missing", _("Fill in this field: it must not be empty")
    yield from wrong_texts(row)
    yield from wrong_strata(row)
    yield from wrong_address(row)
    yield from wrong_dates(row)
    if row["shop_uscc"] and not uscc.is_valid(row["shop_uscc"]):
        yield "shop_uscc", "bad_uscc", _("Check the unified social credit code: its check digit does not fit")
    if row["reinspection_lab"] and row["reinspection_lab"] == row["first_lab"]:
        yield "reinspection_lab", "same_laboratory", _("The re-inspection goes to another laboratory than the first")
    if row["value"] and row["limit"]:
        yield from unjudged(row)


def wrong_texts(row: Row) -> Wrong:
    for column, cell in row.cells.items():
        if cell.startswith("="):
            yield column, "formula", _("Write the value itself, not a formula")
        if len(cell) > LENGTHS.get(column, 100):
            yield column, "too_long", _("Keep to %(most)s characters", most=LENGTHS.get(column, 100))
        if any(not c.isprintable() and c not in "\u3000\n" for c in cell):
            yield column, "unprintable", _("Remove the characters that cannot be printed")


def wrong_strata(row: Row) -> Wrong:
    for column in ("platform", "category"):
        if "/" in row[column]:
            yield column, "slash", _("Remove the / : it joins the names of strata")
        if "\n" in row[column]:
            yield column, "control_character", _("Remove the line break, tab or other control character")


def wrong_address(row: Row) -> Wrong:
    if row["listing_url"] and not is_address(row["listing_url"]):
        yield "listing_url", "bad_address", _("Write the whole address, beginning with http:// or https://")


def is_address(text: str) -> bool:
    try:
        return ADDRESS.fullmatch(text) is not None and bool(urlsplit(text).hostname)
    except ValueError:  # half an IPv6 address
        return False


def wrong_dates(row: Row) -> Wrong:
    announced, made = read_date(row["announced_at"]), read_date(row["batch"])
    if row["announced_at"] and announced is None:
        yield "announced_at", "bad_date", _("Write the day as in 2019-07-15")
    if announced and announced > clock.now().astimezone(BEIJING).date():
        yield "announced_at", "in_the_future", _("This day lies in the future")
    if announced and made and made > announced:
        yield "batch", "after_announcement", _("It was made after its result was announced; check both days")


def read_date(text: str) -> date | None:
    """The day that a text begins with, as 2019-07-15, 2019/7/15, 2019.7.15 or 2019年7月15日; None if it is none."""
    match = DAY.match(unicodedata.normalize("NFKC", text))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def unjudged(row: Row) -> Wrong:
    """Nothing is walked that could not be judged at its end. The first reason there is, under its own column."""
    uncertainty, lod, loq = row["uncertainty"], row["lod"], row["loq"]
    judged = judge(row["value"], row["unit"], row["limit"], uncertainty=uncertainty, lod=lod, loq=loq, rule=row["rule"])
    if judged.verdict == Verdict.UNDECIDED:
        is_of_limit = judged.limit is None and judged.results  # without results it is the value that cannot be read
        column = "limit" if is_of_limit else "rule" if judged.reason.code == "unknown_rule" else "value"
        yield column, judged.reason.code, judged.reason.text
