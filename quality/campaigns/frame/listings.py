"""What a frozen frame says of its platforms and of single listings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from quality.campaigns.frame.engine import engine, fetched


def platforms_in(frame: Path) -> list[str]:
    """The platforms that a frozen (Parquet) frame names, sorted."""
    with engine(frame) as opened:
        opened.con.execute(f"SELECT DISTINCT platform FROM read_parquet('{opened.source}') ORDER BY platform")
        return [str(row[0]) for row in fetched(opened.con)]


def listings_of(frame: Path, listing_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The rows of a frozen frame with these ids, as they stood: column → value, without what is empty."""
    with engine(frame) as opened:
        found = opened.con.execute(  # joined: a list is gone through once for every row of the frame
            f"SELECT f.* FROM read_parquet('{opened.source}') f "
            "SEMI JOIN (SELECT unnest(?) AS listing_id) wanted USING (listing_id)",
            [list(listing_ids)],
        )
        columns = [column[0] for column in found.description or ()]
        rows = (dict(zip(columns, row, strict=True)) for row in fetched(opened.con))
        return {str(row["listing_id"]): {k: v for k, v in row.items() if v not in (None, "")} for row in rows}
