"""The ZIP of a capsule: written so that the same files make the same bytes, and read so that no byte is left over.

Entries are stored, never compressed, one behind the other from the first byte to the directory, which the end record
follows with no comment: APPNOTE 6.3.10, and of all that it allows one way. What is written otherwise is refused by
the name of the entry. So nothing unpacks to more than it is, no program sees another file under a name than we do,
and nothing can stand before, between or behind the entries. `static/capsule.js` reads in the same way.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple, Protocol

from quality.web.bounds import LARGEST_FILE

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")  # no folder, no two dots behind each other: see `is_name`
MOST_FILES = 2_000
MOST_BYTES = LARGEST_FILE  # of the whole: what the vault keeps; below 4 GiB, so that there is one way to write lengths
PIECE = 1024 * 1024
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
DAY = 1 << 5 | 1  # 1980-01-01, the first that a ZIP can name: when it was made stands in the manifest
MADE_BY, NEEDED, MODE = 3 << 8 | 20, 20, 0o100644 << 16
END_MARK, COMMENT = b"PK\5\6", 65_535


class Problem(NamedTuple):
    """The first thing that is wrong: a code (`words.py` has the sentence), where, what should be there, what is."""

    code: str
    name: str = ""
    expected: str = ""
    found: str = ""


class Broken(Exception):
    def __init__(self, code: str, name: str = "", expected: str = "", found: str = "") -> None:
        super().__init__(code)
        self.problem = Problem(code, name, expected, found)


class Hashed(NamedTuple):
    sha256: str
    bytes: int


class Source(Protocol):
    """Files by their names, wherever they lie."""

    def names(self) -> list[str]: ...
    def size(self, name: str) -> int: ...
    def pieces(self, name: str) -> Iterator[bytes]: ...


def read(source: Source, name: str, most: int) -> bytes:
    if source.size(name) > most:
        raise Broken("too_large", name, str(most), str(source.size(name)))
    return b"".join(source.pieces(name))


def hash_of(source: Source, name: str) -> Hashed:
    digest, size = hashlib.sha256(), 0
    for piece in source.pieces(name):
        digest.update(piece)
        size += len(piece)
    return Hashed(digest.hexdigest(), size)


def is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and ".." not in name


# --- written ---


class Member(NamedTuple):
    """A file to be written: its name, and its bytes a piece at a time."""

    name: str
    pieces: Iterable[bytes]


def write(file: BinaryIO, members: Iterable[Member]) -> None:
    """Into an empty file that can be gone about in."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as made:
        for member in members:
            about = zipfile.ZipInfo(member.name)
            about.create_system, about.external_attr = 3, MODE
            with made.open(about, "w") as entry:
                for piece in member.pieces:
                    entry.write(piece)


# --- read ---


class Entry(NamedTuple):
    name: str
    begin: int  # of its bytes
    bytes: int
    crc: int


class Archive:
    """A capsule's ZIP that is written as one must be; `Broken` otherwise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._entries = entries_of(file)

    def names(self) -> list[str]:
        return list(self._entries)

    def size(self, name: str) -> int:
        return self._entries[name].bytes

    def pieces(self, name: str) -> Iterator[bytes]:
        """`Broken` at the end where they are not those that the entry was written with."""
        entry, crc, left = self._entries[name], 0, self._entries[name].bytes
        self._file.seek(entry.begin)
        while left:
            piece = self._file.read(min(PIECE, left))
            if not piece:
                raise Broken("cut_short", name)
            crc, left = zlib.crc32(piece, crc), left - len(piece)
            yield piece
        if crc != entry.crc:
            raise Broken("crc", name, f"{entry.crc:08x}", f"{crc:08x}")


def entries_of(file: BinaryIO) -> Mapping[str, Entry]:
    size = file.seek(0, io.SEEK_END)
    if size > MOST_BYTES:
        raise Broken("too_large", "", str(MOST_BYTES), str(size))
    begin, length, many = end_of(file, size)
    file.seek(begin)
    directory = file.read(length)
    found: dict[str, Entry] = {}
    at, place = 0, 0
    for _each in range(many):
        entry, at = listed(directory, at, place)
        if entry.name in found:
            raise Broken("duplicate", entry.name)
        stands_there(file, entry)
        found[entry.name], place = entry, entry.begin + entry.bytes
    if at != length or place != begin:
        raise Broken("layout", next(reversed(found), ""))
    return found


def end_of(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the directory begins, how long it is, how many entries it lists."""
    file.seek(max(0, size - END.size))
    end = file.read(END.size)
    if len(end) < END.size or end[:4] != END_MARK:
        raise Broken("behind" if is_further_before(file, size) else "no_archive")
    _mark, disk, first, here, many, length, begin, comment = END.unpack(end)
    if disk or first or here != many or comment or begin + length + END.size != size:
        raise Broken("layout")
    if many > MOST_FILES:
        raise Broken("too_many", "", str(MOST_FILES), str(many))
    return begin, length, many


def is_further_before(file: BinaryIO, size: int) -> bool:
    """Something stands behind the end of the archive, or in its comment."""
    file.seek(max(0, size - END.size - COMMENT))
    return END_MARK in file.read(END.size + COMMENT)


def listed(directory: bytes, at: int, place: int) -> tuple[Entry, int]:
    """The entry at this place of the directory, and where the next one stands. Its file must stand at `place`."""
    fixed = directory[at : at + CENTRAL.size]
    if len(fixed) < CENTRAL.size or fixed[:4] != b"PK\1\2":
        raise Broken("layout")
    _mark, _by, _needed, flags, method, _time, _day, crc, packed, plain, long, more, said, *_ = CENTRAL.unpack(fixed)
    raw = directory[at + CENTRAL.size : at + CENTRAL.size + long]
    name = raw.decode("utf-8", errors="replace")
    if not is_name(name):
        raise Broken("bad_name", name)
    if method or flags or packed != plain:
        raise Broken("packed", name)
    wanted = CENTRAL.pack(
        b"PK\1\2", MADE_BY, NEEDED, 0, 0, 0, DAY, crc, plain, plain, len(raw), 0, 0, 0, 0, MODE, place
    )  # fmt: skip
    if fixed != wanted or more or said:
        raise Broken("layout", name)
    return Entry(name, place + LOCAL.size + len(raw), plain, crc), at + CENTRAL.size + len(raw)


def stands_there(file: BinaryIO, entry: Entry) -> None:
    raw = entry.name.encode()
    head = LOCAL.pack(b"PK\3\4", NEEDED, 0, 0, 0, DAY, entry.crc, entry.bytes, entry.bytes, len(raw), 0) + raw
    file.seek(entry.begin - len(head))
    if file.read(len(head)) != head:
        raise Broken("layout", entry.name)
