"""A date as spreadsheets write what they took for one: 3月5日, 2026/3/5, 5-Mar. Nobody can know what was typed."""

from __future__ import annotations

import re

DATE = re.compile(
    r"(\d{2,4}年)?\d{1,2}月(\d{1,2}日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-\d{2,4})?",
    re.I,
)
NO_DATE = re.compile(r"<?[0-9]+(\.[0-9]+)?")  # most cells, which is quicker to see


def looks_like_a_date(text: str) -> bool:
    return not NO_DATE.fullmatch(text) and DATE.fullmatch(text) is not None
