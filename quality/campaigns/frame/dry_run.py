"""A dry run of an import: every row looked at, the good ones made ready, and nothing of it recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.frame import Demands, RefusedRow, freeze, written_refusals
from quality.campaigns.frame.engine import Engine, text
from quality.campaigns.frame.problems import REASONS, place_in_words
from quality.campaigns.frame.profile import Group, Profile, profile_of
from quality.campaigns.frame.several import Given, Lacking, Watch, called, looked_at, unwatched
from quality.campaigns.frame.unnamed import NONE, Strange, Unnamed
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
    open_ends: list[str] = field(default_factory=list)  # the files of which that is so
    lacking: list[Lacking] = field(default_factory=list)  # what some of several files do not have
    strange: Strange = NONE  # categories that nobody names

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
            "lacking": [Lacking(*each) for each in written.get("lacking", [])],
            "strange": _read_strange(written.get("strange", NONE)),
            "profile": _read_profile(Profile(*written["profile"])) if written["profile"] else None,
        }
    )


def _read_strange(written: Sequence[Any]) -> Strange:
    return Strange([Unnamed(*each) for each in written[0]], *written[1:])


def _read_profile(written: Profile) -> Profile:
    return written._replace(
        strata=[Group(*each) for each in written.strata],
        platforms=[Group(*each) for each in written.platforms],
        whole=Group(*written.whole),
    )


def dry_run(
    source: Path | Sequence[Given], folder: Path, demands: Demands, cap_fen: int | None, watch: Watch = unwatched
) -> DryRun:
    """Look at a file or at several, and put their good rows and their problems into the folder. `Invalid` if one is no
    table at all."""
    files = called([source]) if isinstance(source, Path) else source
    with looked_at(files, demands, watch) as look:
        opened = look.opened
        path, sha256 = freeze(opened, folder) if look.accepted else (None, None)
        opened.con.execute(
            f"COPY (FROM problem ORDER BY file, row, field, code) TO {text(opened.scratch / REFUSED)} (FORMAT parquet)"
        )
        shutil.copyfile(opened.scratch / REFUSED, folder / REFUSED)
        return DryRun(
            encoding=look.encoding,
            rows=look.rows,
            refused=look.refused,
            sha256=sha256,
            refusals=written_refusals(look, folder).name if look.refused else None,
            problems=list(look.wrong_rows(SHOWN_ROWS)),
            faults=_faults(opened),
            headings={column: said for each in reversed(look.headings) for column, said in each.items()},
            profile=profile_of(path, demands.strata, cap_fen) if path else None,
            ends_open=bool(look.open_ends),
            open_ends=look.open_ends,
            lacking=look.lacking,
            strange=look.strange,
        )


def _faults(opened: Engine) -> list[Fault]:
    found = opened.con.execute(
        "SELECT CASE WHEN code IN ('long_number', 'formula_without_value') THEN '' ELSE field END AS place, code, "
        f"count(DISTINCT (file, row)) AS n FROM problem GROUP BY ALL ORDER BY n DESC, place, code LIMIT {SHOWN_ROWS}"
    )
    return [Fault(*row) for row in found.fetchall()]
