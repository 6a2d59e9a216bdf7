"""Is a file nothing but what it seems? Looked for at arrival, in its bytes, whatever its name says.

Refused, and not kept: what we do not take, what was cut short, a text that turns into something else. Condemned, and
kept apart for a person to look at (`quarantine.py`): one file that two programs read as two things, and a paper that
would run a program where it is opened. A camera that writes a film or a second picture behind the first condemns
nothing: telephones do that.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.evidence.kinds import FILMS, PICTURES, TEXTS
from quality.evidence.media import HEAD, is_text_throughout, recognise
from quality.evidence.vault import too_large

PIECE = 1024 * 1024  # bytes in memory at once
LONGEST_MARK = 64  # bytes that pieces overlap, so that no mark is cut in two
EDGE = 64 * 1024  # bytes at either end of what is too long to search
LONGEST_TEXT = 64 * 1024 * 1024  # bytes: a text is read to its end, a letter at a time
LARGEST_PICTURE = 256 * 1024 * 1024  # bytes: more than the most pixels that we unpack; it is held in memory
UNPACKED = 64 * 1024 * 1024  # bytes that the packed objects of one PDF may hold in all
PAGE_OR_PROGRAM = re.compile(rb"<script[\s>/]|<html[\s>]|<!doctype\s+html|<\?php|<iframe[\s>]", re.IGNORECASE)
PDF_WITHIN = 1024  # a reader of PDF looks for its mark so far (ISO 32000-1, annex H, note 13)
PROGRAMS = {b"MZ\x90\x00", b"\x7fELF", b"\xca\xfe\xba\xbe", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c"}
ACTIVE = re.compile(rb"/(?:JavaScript|Launch|RichMedia)(?![A-Za-z0-9])")
WRITTEN_IN_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
PACKED = re.compile(rb"/ObjStm(?![A-Za-z0-9])")


class Doubt(NamedTuple):
    """Why a file is condemned: a code for the record, and a sentence."""

    code: str
    text: Text


def media_type_of(file: BinaryIO) -> str:
    """What it is, or `Invalid` where it is nothing that we take. An empty file is the vault's to refuse."""
    file.seek(0)
    head = file.read(HEAD)
    media_type = recognise(head)
    most = LONGEST_TEXT if media_type in TEXTS else LARGEST_PICTURE if media_type in PICTURES else None
    if most is not None and file.seek(0, 2) > most:
        raise too_large(most)
    if media_type is None or (media_type in TEXTS and len(head) == HEAD and not is_text_throughout(file)):
        said = _("Send a picture, an MP4 or MOV video, a PDF, JSON or plain text")
        raise Invalid(FieldProblem("file", "unknown_media_type", said))
    if (media_type in FILMS or media_type == "image/heic") and is_cut_short(file):
        raise cut_short()
    return media_type


def doubt_about(file: BinaryIO, media_type: str) -> Doubt | None:
    """What else the file is, beside what it seems."""
    return next((doubt for check in CHECKS if (doubt := check(file, media_type))), None)


def is_an_archive_too(file: BinaryIO, _media_type: str) -> Doubt | None:
    """An archive is read from its end, and a picture from its beginning: GIFAR and its kin are both."""
    file.seek(0)
    return SECOND_NATURE if zipfile.is_zipfile(file) else None


def is_a_page_too(file: BinaryIO, media_type: str) -> Doubt | None:
    if media_type in TEXTS:  # a page among texts is text, and leaves us as nothing else: `served_as`
        return None
    whole = media_type in PICTURES
    return SECOND_NATURE if any(PAGE_OR_PROGRAM.search(piece) for piece in pieces(file, whole=whole)) else None


def is_a_paper_too(file: BinaryIO, media_type: str) -> Doubt | None:
    if media_type == "application/pdf":
        return None
    file.seek(0)
    return SECOND_NATURE if b"%PDF-" in file.read(PDF_WITHIN) else None


def carries_a_program(file: BinaryIO, media_type: str) -> Doubt | None:
    """Behind the end of a picture."""
    if media_type != "image/png":
        return None
    behind = behind_the_end_of_a_png(file)
    return SECOND_NATURE if any(behind.startswith(mark) for mark in PROGRAMS) else None


def runs_something(file: BinaryIO, media_type: str) -> Doubt | None:
    """A PDF that runs a program where it is opened; also where that stands in its packed objects."""
    if media_type != "application/pdf":
        return None
    if any(ACTIVE.search(plainly(piece)) for piece in pieces(file, whole=True)):
        return ACTIVE_PAPER
    left = UNPACKED
    for unpacked in packed_objects(file):
        left -= len(unpacked)
        if left < 0:
            return BOMB
        if ACTIVE.search(plainly(unpacked)):
            return ACTIVE_PAPER
    return None


def plainly(piece: bytes) -> bytes:
    """Names of a PDF may be written in hex: `/J#61vaScript` (ISO 32000-1, 7.3.5)."""
    return WRITTEN_IN_HEX.sub(lambda found: bytes([int(found[1], 16)]), piece)


def packed_objects(file: BinaryIO) -> Iterator[bytes]:
    """The object streams of a PDF, unpacked piece by piece (ISO 32000-1, 7.5.7)."""
    for place in places_of(file, PACKED):
        file.seek(place)
        begin = re.search(rb"stream\r?\n", file.read(EDGE))
        if begin is None:
            continue
        file.seek(place + begin.end())
        unpacker, packed, before = zlib.decompressobj(), b"", b""
        try:
            while not unpacker.eof and (packed := unpacker.unconsumed_tail or file.read(EDGE)):
                piece = unpacker.decompress(packed, PIECE)
                yield before + piece
                before = piece[-LONGEST_MARK:]
        except zlib.error:  # packed otherwise, or broken: then its readers cannot run it either
            continue


def places_of(file: BinaryIO, mark: re.Pattern[bytes]) -> list[int]:
    file.seek(0)
    found, at, before = set(), 0, b""
    while piece := file.read(PIECE):
        found |= {at - len(before) + each.start() for each in mark.finditer(before + piece)}
        at += len(piece)
        before = piece[-LONGEST_MARK:]
    return sorted(found)


def pieces(file: BinaryIO, *, whole: bool) -> Iterator[bytes]:
    """The file, a piece at a time, each with the end of the one before; or only both of its ends."""
    file.seek(0)
    if not whole:
        yield file.read(EDGE)
        size = file.seek(0, 2)
        file.seek(max(0, size - EDGE))
        yield file.read(EDGE)
        return
    before = b""
    while piece := file.read(PIECE):
        yield before + piece
        before = piece[-LONGEST_MARK:]


def is_cut_short(file: BinaryIO) -> bool:
    """Whether a box of a film says that it is longer than what came (ISO/IEC 14496-12, 4.2)."""
    size = file.seek(0, 2)
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0:  # to the end, whatever comes
            return False
        if length < 8 or not head[4:8].isalnum():  # noqa: PLR2004  no box: what a camera wrote behind the last
            return False
        at += length
    return at > size


def behind_the_end_of_a_png(file: BinaryIO) -> bytes:
    """The first bytes after the last chunk (PNG, 3rd edition, 5.3)."""
    file.seek(8)
    while len(head := file.read(8)) == 8:  # noqa: PLR2004  length and type
        file.seek(int.from_bytes(head[:4], "big") + 4, 1)
        if head[4:] == b"IEND":
            return file.read(LONGEST_MARK)
    return b""


def cut_short() -> Invalid:
    said = _("This file is damaged or was cut short on its way; send it again, from where it was taken")
    return Invalid(FieldProblem("file", "damaged", said))


CHECKS: tuple[Callable[[BinaryIO, str], Doubt | None], ...] = (
    is_an_archive_too,
    is_a_page_too,
    is_a_paper_too,
    carries_a_program,
    runs_something,
)
SECOND_NATURE = Doubt(
    "two_in_one",
    _("This file is two things in one (say, a picture and an archive); send the picture or paper alone"),
)
ACTIVE_PAPER = Doubt(
    "runs_something",
    _("This PDF runs a program where it is opened; print it into a new PDF and send that"),
)
BOMB = Doubt("bomb", _("This file unpacks to far more than it seems; send it in another form"))
INFECTED = Doubt(
    "infected",
    _("A virus scanner found something in this file; take it again, or send it from another device"),
)
DOUBTS = {doubt.code: doubt for doubt in (SECOND_NATURE, ACTIVE_PAPER, BOMB, INFECTED)}
