"""The file of a dry run as it came, with one more column before the others: what to mend in each row.

The same kind of file, the same rows at the same numbers. It is meant for a spreadsheet: what others wrote into it is
never a formula there. Read again, the column says nothing and the apostrophes of `harmless` are gone.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from quality.campaigns.frame import RefusedRow, workbook
from quality.campaigns.frame.engine import Engine, engine, fetched, name, text
from quality.campaigns.frame.headings import TO_MEND, is_ours, meaning
from quality.core.words import Text
from quality.workbooks import texts

Row = tuple[int, list[str]]
MARKED = {"utf-8": "utf-8-sig"}  # without its mark, spreadsheets take UTF-8 for something else
PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
LONGEST_CELL = 32_767  # of a spreadsheet


def annotate(source: Path, refused: Path, out: Path, named: Callable[[str], Text]) -> str:
    """Write the file to `out` and return its media type; `named` gives a column its name in the file."""
    with source.open("rb") as stream:
        start = stream.read(4)
    with engine(refused) as beside, engine(source) as opened:
        beside.con.execute(f"FROM read_parquet({text(beside.source)}) ORDER BY row, field, code")
        reasons = _by_row((RefusedRow(*row) for row in fetched(beside.con)), named)  # type: ignore[arg-type]
        if start == PARQUET:
            return _write_parquet(opened, reasons, out)
        if start == ZIP:
            return _write_workbook(workbook.as_written(opened.source, opened.scratch), reasons, out)
        found = texts.open_text(opened.source, opened.scratch, knows=meaning)
        return _write_text(found, reasons, out)


def _by_row(refused: Iterable[RefusedRow], named: Callable[[str], Text]) -> Iterator[tuple[int, str]]:
    """What to mend in each row that has something to mend, in their order."""
    for row, problems in groupby(refused, key=lambda each: each.row):
        said = (f"{named(each.field)}: {each.reason}" if each.field else str(each.reason) for each in problems)
        yield row, "; ".join(said)


def _without_ours(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows without the column of an earlier dry run."""
    ours: set[int] | None = None
    for row, cells in rows:
        if ours is None and cells:
            ours = {place for place, heading in enumerate(cells) if is_ours(heading)}
        yield row, [cell for place, cell in enumerate(cells) if place not in ours] if ours else cells


def _beside(rows: Iterable[Row], reasons: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, list[str]]]:
    """Rows and reasons, both in the order of the file, brought together."""
    at, reason = next(reasons, (0, ""))
    for row, cells in _without_ours(rows):
        while at and at < row:
            at, reason = next(reasons, (0, ""))
        yield row, reason if at == row else "", cells


def _write_text(found: texts.CsvText, reasons: Iterator[tuple[int, str]], out: Path) -> str:
    encoding = MARKED.get(found.encoding, found.encoding)
    with out.open("w", encoding=encoding, errors="replace", newline="") as stream:
        lines = csv.writer(stream, delimiter=found.delimiter)
        for row, reason, cells in _beside(texts.as_written(found), reasons):
            first = TO_MEND if row == found.heading_row else reason
            lines.writerow(map(texts.harmless, [first, *cells]) if cells else [])
    return f"text/csv; charset={encoding.removesuffix('-sig')}"


def _write_workbook(rows: Iterable[Row], reasons: Iterator[tuple[int, str]], out: Path) -> str:
    """Every cell as text: neither formula nor link, and no digit lost."""
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    with xlsxwriter.Workbook(out, {"constant_memory": True, "tmpdir": str(out.parent)}) as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, 0, 48)
        for number, (row, reason, cells) in enumerate(_beside(rows, reasons)):
            for column, cell in enumerate([reason if number else TO_MEND, *cells]):
                if cell:
                    sheet.write_string(row - 1, column, cell[:LONGEST_CELL])
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _write_parquet(opened: Engine, reasons: Iterator[tuple[int, str]], out: Path) -> str:
    listed, made = opened.scratch / "reasons.csv", opened.scratch / "annotated.parquet"
    with listed.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(reasons)
    described = opened.con.execute(f"DESCRIBE FROM read_parquet({text(opened.source)})").fetchall()
    kept = "".join(f", f.{name(column)}" for column in (str(row[0]) for row in described) if not is_ours(column))
    opened.con.execute(
        f"COPY (SELECT coalesce(r.reason, '') AS {name(TO_MEND)}{kept} "
        f"FROM read_parquet({text(opened.source)}, file_row_number = true) f LEFT JOIN read_csv({text(listed)}, "
        "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        "columns = {'row': 'BIGINT', 'reason': 'VARCHAR'}) r ON r.row = f.file_row_number + 1 "
        f"ORDER BY f.file_row_number) TO {text(made)} (FORMAT parquet)"
    )
    shutil.copyfile(made, out)
    return "application/vnd.apache.parquet"
