"""One row of a file of announced cases: its columns, and where it stands."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from quality.standards.judgement import Rule
from quality.standards.reading import Field, is_blank, normalised

NEEDED = ("platform", "listing_url", "product_name", "item", "value", "limit", "first_lab")
MAY_BE_SLASHED = ("announced_at", "shop_uscc", "reinspection_lab", "category", "rule", "remark")  # `/` stands for none
KNOWN = (
    *NEEDED, *MAY_BE_SLASHED, "row", "shop_name", "spec", "brand", "batch", "producer_name", "producer_address", "unit",
    "uncertainty", "lod", "loq",
)  # fmt: skip
LENGTHS = {  # characters; as the tables of the later steps have them
    "platform": 100, "listing_url": 2_000, "shop_name": 200, "shop_uscc": 50, "product_name": 200, "spec": 200,
    "brand": 200, "batch": 100, "producer_name": 300, "producer_address": 500, "item": 200, "value": 500, "limit": 200,
    "first_lab": 200, "reinspection_lab": 200, "remark": 2_000, "category": 100, "unit": 50, "uncertainty": 50,
    "lod": 50, "loq": 50,
}  # fmt: skip
SLASHES = {"/", "／", "-", "—", "——"}


@dataclass(frozen=True, eq=False)
class Row:
    """One test item of one sample. `line` is where a spreadsheet shows it."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def rule(self) -> str:
        """The decision rule as a campaign writes it, of a row that could be judged; a blank one is `simple`."""
        plain = normalised(self["rule"], Field.RULE).casefold()
        return Rule.SIMPLE.value if is_blank(plain) else plain


def cell_of(column: str, written: str) -> str:
    """Without blanks around; every kind of blank is a common one, but the full-width blank stays."""
    plain = "".join(" " if unicodedata.category(c) == "Zs" and c != "\u3000" else c for c in written).strip()
    return "" if column in MAY_BE_SLASHED and plain in SLASHES else plain


def where(row: Row, column: str = "") -> str:
    """How a row is named: as a spreadsheet counts it, and by the file's own number where it has one."""
    own = f" (row={row['row']})" if row["row"] else ""
    return f"row {row.line}{own}, {column}" if column else f"row {row.line}{own}"
