"""CSV as it comes: its encoding found and brought to UTF-8, its delimiter found, its rows read one by one."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

CHUNK = 1 << 20
BLANKS = " \u00a0\u3000\ufeff"  # around what was meant
CONTROLS = bytes(c for c in (*range(32), 127) if c not in b"\r\n")
LONGEST_ROW = 250_000  # characters; DuckDB reads lines of at most 2,000,000 bytes
FORMULA = re.compile(r"[=+@\-＝＋＠－\t\r](?!\d[\d.,]*$)")  # what a spreadsheet would calculate; -1.5 is a number
DAMAGE = re.compile("[\udc80-\udcff]")  # bytes that are no characters, as `surrogateescape` shows them


class CsvText(NamedTuple):
    path: Path  # in UTF-8
    encoding: str
    delimiter: str
    heading: tuple[str, ...]
    heading_row: int
    is_damaged: bool
    is_plain: bool  # every reader sees the same rows in it


class Unread(NamedTuple):
    """A row that cannot be taken apart, by the code of what is wrong, and how it begins."""

    row: int
    code: str
    begins: str


class Signs(NamedTuple):
    """What occurs anywhere in a text in UTF-8: what does not needs not be looked for in each of its cells."""

    rows: int | None  # below the heading; None where a cell in quotation marks may hold a line's end
    has_controls: bool = True  # but for the ends of lines
    has_apostrophes: bool = True
    has_equals: bool = True
    has_ats: bool = True  # @ or \\, by which the host of an address may be another than it seems
    has_empty: bool = True  # texts of no characters, where a reader does not make them none
    blanks: str = BLANKS  # those of them that occur


class _Look(NamedTuple):
    """What one pass over a file, read as UTF-8, shows."""

    mark: bytes
    is_damaged: bool
    is_odd: bool


def open_text(
    source: Path, scratch: Path, delimiters: str = ",\t;", *, knows: Callable[[str], object] = lambda _heading: None
) -> CsvText:
    """Find encoding and delimiter of a CSV file; what is not UTF-8 is copied into `scratch` as UTF-8.

    The delimiter is that by which most headings are of those that somebody `knows`.
    """
    look = _look(source)
    encoding, path = _encoding(source, look), source
    if not encoding.startswith("utf-8"):
        path = scratch / "text.csv"
        try:
            _write_as_utf8(source, encoding, path)
        except UnicodeDecodeError as damage:  # half a character of UTF-16 is no byte that could be shown
            text = _("The file is damaged; save it once more, as CSV in UTF-8")
            raise Invalid(FieldProblem("file", "damaged", text)) from damage
        look = _look(path)
    heading_row, heading, delimiter = _heading(path, delimiters, knows)
    is_plain = heading_row == 1 and not look.is_damaged and not look.is_odd
    return CsvText(path, encoding, delimiter, heading, heading_row, look.is_damaged, is_plain)


def open_plain(source: Path, delimiters: str, knows: Callable[[str], object]) -> tuple[CsvText, Signs] | None:
    """A text as nearly all are: UTF-8, one row a line, the heading first. Looked at once and quickly; None for others.

    Whether it is UTF-8 throughout is left to whoever reads it all.
    """
    signs = _signs(source)
    if signs is None:
        return None
    with source.open("rb") as stream:
        encoding = "utf-8-sig" if stream.read(3) == codecs.BOM_UTF8 else "utf-8"
    heading_row, heading, delimiter = _heading(source, delimiters, knows)
    if heading_row != 1 or DAMAGE.search("".join(heading)):
        return None
    return CsvText(source, encoding, delimiter, heading, 1, is_damaged=False, is_plain=True), signs


def _signs(path: Path) -> Signs | None:
    """One byte is found many times as fast as two, hence the order; what was found once is not looked for again."""
    feeds = pairs = returns = 0
    blanks, last = dict.fromkeys(map(str.encode, BLANKS), False), b""
    has_quotes = has_controls = has_apostrophes = has_equals = has_ats = False
    with path.open("rb") as stream:
        if stream.read(3) != codecs.BOM_UTF8:
            stream.seek(0)
        while chunk := stream.read(CHUNK):
            seen = last[-1:] + chunk
            if b"\0" in chunk or ((b'"' in chunk or b"\r" in chunk) and _is_odd(seen)):
                return None
            feeds += chunk.count(b"\n")
            if b"\r" in chunk:
                returns, pairs = returns + chunk.count(b"\r"), pairs + seen.count(b"\r\n")
            has_quotes = has_quotes or b'"' in chunk
            has_apostrophes = has_apostrophes or b"'" in chunk
            has_equals = has_equals or b"=" in chunk
            has_ats = has_ats or b"@" in chunk or b"\\" in chunk
            has_controls = has_controls or b"\xc2" in chunk or len(chunk.translate(None, CONTROLS)) < len(chunk)
            for blank, there in blanks.items():  # the first byte of each begins few other characters
                blanks[blank] = there or ((blank[:1] in chunk or blank[:1] in last) and blank in last + chunk)
            last = (last + chunk)[-3:]
    if returns and feeds and not pairs == feeds == returns:
        return None
    if has_quotes and _has_blank_lines(path):  # they are no rows, and without quotation marks the count shows them
        return None
    ends = max(feeds, returns) + (0 if last.endswith((b"\n", b"\r")) else 1)
    return Signs(
        rows=None if has_quotes else ends - 1,
        has_controls=has_controls or has_quotes,
        has_apostrophes=has_apostrophes,
        has_equals=has_equals,
        has_ats=has_ats,
        has_empty=False,
        blanks="".join(blank.decode() for blank, there in blanks.items() if there),
    )


def ends_open(path: Path) -> bool:
    """Whether the last line of a text has no end."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2))
        return not set(stream.read()[-2:].replace(b"\0", b"")[-1:]) & set(b"\r\n")


def _has_blank_lines(path: Path) -> bool:
    last = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if b"\n\n" in last + chunk:
                return True
            last = chunk[-1:]
    return False


def _write_as_utf8(source: Path, encoding: str, path: Path) -> None:
    with (
        source.open(encoding=encoding, errors="surrogateescape", newline="") as read,
        path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as written,
    ):
        while chunk := read.read(CHUNK):
            written.write(chunk)


def rows(text: CsvText) -> Iterator[tuple[int, list[str]] | Unread]:
    """Number and fields of each row below the heading, or why it is refused. Blank lines are no rows."""
    with text.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream, delimiter=text.delimiter, strict=True)
        row, width = 0, len(text.heading)
        while True:
            row += 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                if "expected after" not in str(problem):  # the rest of the file has been swallowed
                    raise Invalid(_never_closed(row)) from problem
                yield Unread(row, "quotes", "")
                continue
            if row <= text.heading_row or not fields:
                continue
            if not any(fields[width:]):
                fields = fields[:width]  # commas at the end of a row, as spreadsheets leave them
            code = _damage(fields, width, text.is_damaged)
            yield Unread(row, code, DAMAGE.sub("\ufffd", fields[0][:100])) if code else (row, fields)


def as_written(text: CsvText) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of every row of the file, whatever is wrong with it: the heading, and blank lines (none)."""
    line: list[str] = []

    def remembered(stream: Iterable[str]) -> Iterator[str]:
        for part in stream:
            line.append(part)
            yield part

    with text.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(remembered(stream), delimiter=text.delimiter, strict=True)
        for row in itertools.count(1):
            line.clear()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                fields = _whatever("".join(line), text.delimiter)
            yield row, [DAMAGE.sub("\ufffd", field) for field in fields]


def _whatever(line: str, delimiter: str) -> list[str]:
    with suppress(csv.Error):
        return next(csv.reader([line], delimiter=delimiter), [])
    return [line]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_meant(cell: str) -> str:
    """What stood there before it was made harmless."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell, 1) else cell


def _damage(fields: list[str], width: int, is_damaged: bool) -> str:
    if len(fields) != width:
        return "too_few_fields" if len(fields) < width else "too_many_fields"
    if sum(map(len, fields)) > LONGEST_ROW:
        return "too_long"
    return "damaged_text" if is_damaged and DAMAGE.search("".join(fields)) else ""


def _never_closed(row: int) -> FieldProblem:
    return FieldProblem(
        f"row {row}", "never_closed", _("Close the quotation mark that is opened here: it swallows the rows below")
    )


def _look(path: Path) -> _Look:
    decoder = codecs.getincrementaldecoder("utf-8")()
    mark, is_odd, is_damaged, before, ends = b"", False, False, b"", [0, 0, 0]
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            mark = mark or chunk[:4]
            seen = before + chunk
            is_odd = is_odd or _is_odd(seen)
            ends = [ends[0] + seen.count(b"\r\n"), ends[1] + chunk.count(b"\n"), ends[2] + chunk.count(b"\r")]
            before = chunk[-1:]
            is_damaged = is_damaged or not _goes_on(decoder, chunk)
    is_damaged = is_damaged or not _goes_on(decoder, b"", is_last=True)
    both, feeds, returns = ends
    line_ends_differ = bool(returns) and bool(feeds) and not both == feeds == returns
    return _Look(mark, is_damaged, is_odd or line_ends_differ)


def _is_odd(seen: bytes) -> bool:
    """What DuckDB's reader and Python's see with different eyes: blank lines, blanks beside quotation marks, NUL.

    One byte is found many times as fast as two, hence the order.
    """
    return (
        b"\0" in seen
        or b"\n\n" in seen
        or (b"\r" in seen and (b"\r\r" in seen or b"\n\r" in seen))
        or (b'"' in seen and any(pair in seen for pair in (b'" ', b' "', b'"\t', b'\t"')))
    )


def _goes_on(decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_last)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(source: Path, look: _Look) -> str:
    """UTF-16 or UTF-8 by its mark, UTF-8 as long as most of it reads so (a few bytes may be damaged), or GB18030."""
    if look.mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if look.mark.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-8" if not look.is_damaged or _is_mostly_utf8(source) else "gb18030"


def _is_mostly_utf8(source: Path) -> bool:
    """Whether more characters beyond ASCII can be read as UTF-8 than bytes cannot."""
    balance = 0
    with source.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        while chunk := stream.read(CHUNK):
            ill = len(DAMAGE.findall(chunk))
            balance += len(chunk) - len(chunk.encode("ascii", "ignore")) - 2 * ill
    return balance > 0


def _heading(path: Path, delimiters: str, knows: Callable[[str], object]) -> tuple[int, tuple[str, ...], str]:
    """Row number of the heading, its fields, and the delimiter that makes most sense of it."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        start = stream.read(CHUNK)
    found: list[tuple[int, tuple[str, ...], str]] = []
    for delimiter in delimiters:
        with suppress(csv.Error):
            for row, fields in enumerate(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), 1):
                if any(field.strip() for field in fields):
                    found.append((row, tuple(fields), delimiter))
                    break
    if not found:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading, and rows below it")))
    return max(found, key=lambda heading: (sum(bool(knows(word)) for word in heading[1]), len(heading[1])))
