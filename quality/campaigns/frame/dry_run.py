"""A dry run of an import: every row looked at, the good ones made ready, and nothing of it recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.frame import Demands, RefusedRow, check, ends_open, freeze, written_refusals
from quality.campaigns.frame.engine import Engine, engine, text
from quality.campaigns.frame.problems import REASONS, place_in_words
from quality.campaigns.frame.profile import Group, Profile, profile_of
from quality.core.words import Text

SHOWN_ROWS = 50
REFUSED = "refused.parquet"  # every problem: row, field, code, value


class Fault(NamedTuple):
    """How often one thing is wrong with one column."""

    field: str
    code: str
    rows: int

    @property
    def reason(self) -> Text:
        return REASONS[self.code]


@dataclass(frozen=True, kw_only=True)
class DryRun:
    encoding: str
    rows: int
    refused: int  # rows; one may have several problems
    sha256: str | None  # of the good rows as Parquet, which lies beside; None if there is none
    refusals: str | None  # the file of all refused rows, which lies beside
    problems: list[RefusedRow]  # the first of them
    faults: list[Fault]  # all of them, counted
    headings: dict[str, str]  # a column by the name that the file gives it
    profile: Profile | None  # of the good rows
    ends_open: bool = False  # the last line of a text has no end: it may have been cut off

    @property
    def accepted(self) -> int:
        return self.rows - self.refused

    def named(self, column: str) -> Text:
        """A column as its file calls it."""
        return self.headings.get(column) or place_in_words(column)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def read_dry_run(written: Mapping[str, Any]) -> DryRun:
    """One that was written as JSON."""
    return DryRun(
        **{
            **written,
            "problems": [RefusedRow(*each) for each in written["problems"]],
            "faults": [Fault(*each) for each in written["faults"]],
            "profile": _read_profile(Profile(*written["profile"])) if written["profile"] else None,
        }
    )


def _read_profile(written: Profile) -> Profile:
    return written._replace(
        strata=[Group(*each) for each in written.strata],
        platforms=[Group(*each) for each in written.platforms],
        whole=Group(*written.whole),
    )


def dry_run(source: Path, folder: Path, demands: Demands, cap_fen: int | None) -> DryRun:
    """Look at a file, and put its good rows and its problems into the folder. `Invalid` if it is no table at all."""
    with engine(source, threads=1, filters_early=False) as opened:
        checked = check(opened, demands)
        path, sha256 = freeze(opened, folder) if checked.accepted else (None, None)
        opened.con.execute(
            f"COPY (FROM problem ORDER BY row, field, code) TO {text(opened.scratch / REFUSED)} (FORMAT parquet)"
        )
        shutil.copyfile(opened.scratch / REFUSED, folder / REFUSED)
        faults = _faults(opened)
        refusals = written_refusals(opened, folder).name if checked.refused else None
        is_open = ends_open(opened, checked.encoding)
    return DryRun(
        encoding=checked.encoding,
        rows=checked.rows,
        refused=checked.refused,
        sha256=sha256,
        refusals=refusals,
        problems=checked.problems[:SHOWN_ROWS],
        faults=faults,
        headings={column: heading.strip() for column, heading in zip(checked.columns, checked.heading, strict=True)},
        profile=profile_of(path, demands.strata, cap_fen) if path else None,
        ends_open=is_open,
    )


def _faults(opened: Engine) -> list[Fault]:
    found = opened.con.execute(
        "SELECT CASE WHEN code IN ('long_number', 'formula_without_value') THEN '' ELSE field END AS place, code, "
        f"count(DISTINCT row) AS n FROM problem GROUP BY ALL ORDER BY n DESC, place, code LIMIT {SHOWN_ROWS}"
    )
    return [Fault(*row) for row in found.fetchall()]
