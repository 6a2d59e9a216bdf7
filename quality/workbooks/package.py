"""What is in a workbook's package (ECMA-376): its sheets, shared texts, number formats, and the cells of one sheet.

Cells are read from the sheet's XML as it is written by the programs that write such files: by one pattern, which is
four times as fast as a parser. What does not fit the pattern anywhere is read by a parser.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from html import escape, unescape
from typing import Any, NamedTuple
from xml.etree import ElementTree

TEXT = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a sign that XML cannot hold, as Excel writes it
SI = re.compile(
    rb'\s*<si>\s*<t(?: xml:space="preserve")?>([^<]*)</t>(?:<phoneticPr[^>]*/>)?\s*</si>|\s*<si>\s*<t\s*/>\s*</si>'
)
CELLS = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([a-zS]+)")?\s*'
    r"(?:/>|>(<f(?: [^>]*)?(?:/>|>[^<]*</f>))?"
    r'(?:<v>([^<]*)</v>|<v\s*/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>|)</c>)'
)
ROW = re.compile(r"\s*<row([^>]*)>")
ROW_NUMBER = re.compile(r'\br="([0-9]+)"')
HIDDEN = re.compile(r'\bhidden="(?:1|true)"')


# As the XML has it: the letters of its column, the place of its style, its kind (s, str, inlineStr, b, e, d, n or
# nothing), its formula, its value (of kind s: the number of a shared text), and its text if that stands in it.
Cell = tuple[str, str, str, str, str, str]


class Line(NamedTuple):
    number: int  # as a spreadsheet counts
    is_hidden: bool
    cells: list[Cell]


class Sheet(NamedTuple):
    name: str
    part: str  # its file in the package
    is_hidden: bool


def sheets(book: zipfile.ZipFile) -> list[Sheet]:
    """In their order."""
    targets = {
        each.get("Id", ""): each.get("Target", "") for each in ElementTree.fromstring(book.read(WORKBOOK_LINKS)).iter()
    }
    found = []
    for element in ElementTree.fromstring(book.read("xl/workbook.xml")).iter():
        if plain(element.tag) == "sheet":
            linked = next((value for key, value in element.items() if plain(key) == "id"), "")
            target = targets.get(linked, "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            found.append(Sheet(element.get("name", ""), part, element.get("state", "visible") != "visible"))
    return found


WORKBOOK_LINKS = "xl/_rels/workbook.xml.rels"


def plain(tag: str) -> str:
    """Without its namespace."""
    return tag.rpartition("}")[2]


def number_formats(book: zipfile.ZipFile) -> list[str]:
    """Of each style that a cell can have, by its place."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - takes as long as a small table

    if "xl/styles.xml" not in book.namelist():
        return []
    root = ElementTree.fromstring(book.read("xl/styles.xml"))
    own = {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iter() if plain(each.tag) == "numFmt"}
    ids = [style.get("numFmtId", "0") for each in root if plain(each.tag) == "cellXfs" for style in each]
    return [own.get(each) or (BUILTIN_FORMATS.get(int(each), "") if each.isdecimal() else "") for each in ids]


def first_day(book: zipfile.ZipFile) -> datetime:
    """From which days are counted: 1900, or 1904 as the first Macintoshes did."""
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH  # noqa: PLC0415

    is_of_1904 = re.search(rb'\bdate1904="(?:1|true)"', book.read("xl/workbook.xml"))
    first: datetime = MAC_EPOCH if is_of_1904 else WINDOWS_EPOCH
    return first


def shared_texts(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    written = book.read("xl/sharedStrings.xml")
    found, place = [], max(written.find(b"<si>"), 0)
    while piece := SI.match(written, place):
        found.append(text_of((piece[1] or b"").decode("utf-8", "replace")))
        place = piece.end()
    if written[place:].strip() == b"</sst>":
        return found
    return [
        "".join(each.text or "" for each in texts(item))
        for item in ElementTree.fromstring(written)
        if plain(item.tag) == "si"
    ]


def texts(item: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The texts of an item, with their runs, and without the reading aids of East Asian signs (rPh)."""
    for child in item:
        if plain(child.tag) == "t":
            yield child
        elif plain(child.tag) == "r":
            yield from texts(child)


def text_of(written: str) -> str:
    """A text in the XML as it is meant."""
    text = unescape(written) if "&" in written else written
    return TEXT.sub(lambda sign: chr(int(sign[1], 16)), text) if "_x" in text else text


class Irregular(Exception):
    """The sheet is written in another way than the pattern knows: it takes a parser."""


def lines_by_pattern(written: bytes) -> Iterator[Line]:
    """Each row of the sheet that is written down, with its cells."""
    text = written.decode("utf-8", "replace")
    place, number = text.find("<sheetData>") + len("<sheetData>"), 0
    if place < len("<sheetData>"):
        raise Irregular
    while row := ROW.match(text, place):
        stated = ROW_NUMBER.search(row[1])
        number, place = int(stated[1]) if stated else number + 1, row.end()
        if row[1].endswith("/"):
            continue
        ends = text.find("</row>", place)
        cells = CELLS.findall(text, place, ends)
        if ends < 0 or len(cells) != text.count("<c ", place, ends):
            raise Irregular
        yield Line(number, HIDDEN.search(row[1]) is not None, cells)
        place = ends + len("</row>")
    if not text.startswith("</sheetData>", place):
        raise Irregular


def lines_by_parser(written: bytes) -> Iterator[Line]:
    number = 0
    parser: Any = ElementTree.XMLPullParser(["start", "end"])
    for first in range(0, len(written), 1 << 20):
        parser.feed(written[first : first + (1 << 20)])
        for event, element in parser.read_events():
            if plain(element.tag) != "row":
                continue
            if event == "start":
                number = int(element.get("r") or number + 1)
                continue
            cells: list[Cell] = []
            for child in element:
                if plain(child.tag) == "c":
                    cells.append(cell_of(child, letters_of(column_of(cells[-1][0]) + 1) if cells else "A"))
            yield Line(number, element.get("hidden") in {"1", "true"}, cells)
            element.clear()


def cell_of(element: ElementTree.Element, following: str) -> Cell:
    parts = {plain(child.tag): child for child in element}
    name = re.match("[A-Z]{1,3}", element.get("r", ""))
    inline = "".join(each.text or "" for each in texts(parts["is"])) if "is" in parts else ""
    value = (parts["v"].text or "") if "v" in parts else ""
    formula = f"<f>{escape(parts['f'].text or '', quote=False)}</f>" if "f" in parts else ""
    return (
        name[0] if name else following, element.get("s", ""), element.get("t", ""), formula,
        escape(value, quote=False), escape(inline, quote=False),
    )  # fmt: skip


def column_of(letters: str) -> int:
    """From 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
