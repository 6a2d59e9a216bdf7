"""The file of a dry run as it came, with one more column before the others: what to mend in each row.

The same kind of file, the same rows at the same numbers, or only those that were refused. It is meant for a
spreadsheet: what others wrote into it is never a formula there. Read again, the column says nothing and the apostrophes
of `harmless` are gone.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from quality.campaigns.frame import workbook
from quality.campaigns.frame.engine import Engine, engine, fetched, name, text
from quality.campaigns.frame.headings import TO_MEND, is_ours, meaning
from quality.campaigns.frame.problems import RefusedRow
from quality.core.words import Text
from quality.workbooks import texts

if TYPE_CHECKING:
    from quality.campaigns.frame.several import Look

Row = tuple[int, list[str]]
MARKED = {"utf-8": "utf-8-sig"}  # without its mark, spreadsheets take UTF-8 for something else
PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
OF_PARQUET = "application/vnd.apache.parquet"
OF_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767  # of a spreadsheet


def annotate(source: Path, refused: Path, out: Path, named: Callable[[str], Text], place: int | None = None) -> str:
    """Write the file to `out` and return its media type; `named` gives a column its name in the file. Of several files
    that were looked at together it is the one at this `place`."""
    with engine(refused) as beside, engine(source) as opened:
        of_it = "" if place is None else f"WHERE file = {place}"
        asked = f"SELECT row, field, code, value FROM read_parquet({text(beside.source)}) {of_it}"
        beside.con.execute(f"{asked} ORDER BY row, field, code")
        reasons = _by_row((RefusedRow(*row) for row in fetched(beside.con)), named)  # type: ignore[arg-type]
        return _write(opened, reasons, out, only_wrong=False)


def rows_to_mend(look: Look, place: int, source: Path) -> Path | None:
    """The refused rows of one of the files as they were, each with its reason, in a file of its kind beside the frame
    that is not kept yet. None where it has none."""
    asking = look.opened.con.cursor()
    asked = f"SELECT row, field, code, value FROM problem WHERE file = {place} ORDER BY row, field, code"
    first = next(rows := fetched(asking.execute(asked)), None)
    if first is None:
        return None
    reasons = _by_row(
        (RefusedRow(*row) for row in chain([first], rows)),  # type: ignore[arg-type]
        lambda column: look.named(column, place),
    )
    with engine(source) as opened:
        made = opened.scratch / "to-mend"
        media_type = _write(opened, reasons, made, only_wrong=True)
        kind = ".parquet" if media_type == OF_PARQUET else ".xlsx" if media_type == OF_XLSX else ".csv"
        out = look.opened.scratch / f"to-mend-{place}{kind}"
        shutil.move(made, out)
    return out


def _write(opened: Engine, reasons: Iterator[tuple[int, str]], out: Path, *, only_wrong: bool) -> str:
    with opened.source.open("rb") as stream:
        start = stream.read(4)
    if start == PARQUET:
        return _write_parquet(opened, reasons, out, only_wrong=only_wrong)
    if start == ZIP:
        rows = workbook.as_written(opened.source, opened.scratch)
        return _write_workbook(rows, reasons, out, only_wrong=only_wrong)
    plain = texts.open_plain(opened.source, ",\t;", meaning) if only_wrong else None
    if plain and plain[1].rows is not None:
        return _write_lines(plain[0], reasons, out)
    found = texts.open_text(opened.source, opened.scratch, knows=meaning)
    return _write_text(found, reasons, out, only_wrong=only_wrong)


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


def _write_text(found: texts.CsvText, reasons: Iterator[tuple[int, str]], out: Path, *, only_wrong: bool) -> str:
    encoding = MARKED.get(found.encoding, found.encoding)
    with out.open("w", encoding=encoding, errors="replace", newline="") as stream:
        lines = csv.writer(stream, delimiter=found.delimiter)
        for row, reason, cells in _beside(texts.as_written(found), reasons):
            if reason or row == found.heading_row or not only_wrong:
                first = TO_MEND if row == found.heading_row else reason
                lines.writerow(map(texts.harmless, [first, *cells]) if cells else [])
    return f"text/csv; charset={encoding.removesuffix('-sig')}"


def _write_lines(found: texts.CsvText, reasons: Iterator[tuple[int, str]], out: Path) -> str:
    """The refused rows of a text in which each line is a row: the others, millions perhaps, are not taken apart."""
    with (
        found.path.open(encoding="utf-8-sig", errors="replace") as read,
        out.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        lines, at, ours = csv.writer(stream, delimiter=found.delimiter), 0, set[int]()
        for row, reason in chain([(1, TO_MEND)], reasons):
            line = next(islice(read, row - at - 1, None), "").rstrip("\r\n")
            cells, at = line.split(found.delimiter), row
            ours = ours or {place for place, cell in enumerate(cells) if is_ours(cell)}
            lines.writerow(map(texts.harmless, [reason, *(c for place, c in enumerate(cells) if place not in ours)]))
    return "text/csv; charset=utf-8"


def _write_workbook(rows: Iterable[Row], reasons: Iterator[tuple[int, str]], out: Path, *, only_wrong: bool) -> str:
    """Every cell as text: neither formula nor link, and no digit lost."""
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    with xlsxwriter.Workbook(out, {"constant_memory": True, "tmpdir": str(out.parent)}) as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, 0, 48)
        wrong = 0
        for number, (row, reason, cells) in enumerate(_beside(rows, reasons)):
            if number and only_wrong and not reason:
                continue
            for column, cell in enumerate([reason if number else TO_MEND, *cells]):
                if cell:
                    sheet.write_string(wrong if only_wrong else row - 1, column, cell[:LONGEST_CELL])
            wrong += 1
    return OF_XLSX


def _write_parquet(opened: Engine, reasons: Iterator[tuple[int, str]], out: Path, *, only_wrong: bool) -> str:
    listed, made = opened.scratch / "reasons.csv", opened.scratch / "annotated.parquet"
    with listed.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(reasons)
    described = opened.con.execute(f"DESCRIBE FROM read_parquet({text(opened.source)})").fetchall()
    kept = "".join(f", f.{name(column)}" for column in (str(row[0]) for row in described) if not is_ours(column))
    join = "JOIN" if only_wrong else "LEFT JOIN"
    opened.con.execute(
        f"COPY (SELECT coalesce(r.reason, '') AS {name(TO_MEND)}{kept} "
        f"FROM read_parquet({text(opened.source)}, file_row_number = true) f {join} read_csv({text(listed)}, "
        "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        "columns = {'row': 'BIGINT', 'reason': 'VARCHAR'}) r ON r.row = f.file_row_number + 1 "
        f"ORDER BY f.file_row_number) TO {text(made)} (FORMAT parquet)"
    )
    shutil.copyfile(made, out)
    return OF_PARQUET
