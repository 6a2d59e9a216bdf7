"""What a file says of itself, read whole from the original before anything is made of it.

Whatever a broken camera wrote: the file is evidence all the same, and that it cannot be read is one more trait. Of a
place it is kept only that one is named, never where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

from quality.core.clock import BEIJING
from quality.core.errors import Invalid
from quality.evidence.checks import pieces
from quality.evidence.kinds import FILMS
from quality.evidence.media import PICTURES

LONGEST = 100  # characters of what a device or a program calls itself
EXIF_IFD, GPS_IFD = 0x8769, 0x8825  # Exif 2.32 (CIPA DC-008), table 4
MAKE, MODEL, SOFTWARE, DATE_TIME = 0x010F, 0x0110, 0x0131, 0x0132
DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL, SUBSEC_TIME_ORIGINAL = 0x9003, 0x9011, 0x9291
EXPOSED = {0x829A, 0x829D, 0x8827, 0x9202, 0x920A}  # exposure time, f-number, sensitivity, aperture, focal length
EPOCH = datetime(1904, 1, 1, tzinfo=UTC)  # of films (ISO/IEC 14496-12, 8.2.2)
MOST_BOXES = 4096  # of one level of a film: what has more is no film of a telephone
NOTES = 1 << 20  # bytes of a film's notes that are looked through for a place
PLACES = (b"\xa9xyz", b"location.ISO6709", b"loci")
PDF_DATE = re.compile(rb"/(CreationDate|ModDate)\s*\(D:([0-9]{4,14})(?:(Z)|([+-])([0-9]{2})'?([0-9]{2})?)?")
# A picture that stands within another of one colour: so much smaller at least, of the same shape, in the middle
FRAMED_AREA, SAME_SHAPE, IN_THE_MIDDLE, ONE_COLOUR = 0.94, 0.06, 0.02, 12


class Traits(NamedTuple):
    """As it is written there, moments too. Empty where nothing is."""

    width: int = 0  # pixels, as they lie in the file
    height: int = 0
    taken: str = ""  # EXIF DateTimeOriginal, `2026:09:01 10:15:30`
    subsec: str = ""
    offset: str = ""  # EXIF OffsetTimeOriginal, `+08:00`
    changed: str = ""  # EXIF DateTime: when it was last saved
    created: str = ""  # of a film or a PDF, RFC 3339
    modified: str = ""  # of a PDF
    make: str = ""
    model: str = ""
    software: str = ""
    is_exposed: bool = False  # says how light fell in: only a camera writes that
    has_place: bool = False
    is_framed: bool = False  # a smaller picture of the same shape stands within it
    trouble: str = ""  # `broken_exif`; `unopened`: a picture; `no_index`: a film that no player can show


def kept(traits: Traits) -> dict[str, Any]:
    """What there is of them, as a row keeps it."""
    return {name: value for name, value in traits._asdict().items() if value}


def read_back(row: dict[str, Any]) -> Traits:
    known: dict[str, Any] = {name: value for name, value in row.items() if name in Traits._fields}
    return Traits(**known | {name: int(known[name]) for name in ("width", "height") if name in known})


def traits_of(file: BinaryIO, media_type: str) -> Traits:
    file.seek(0)
    if media_type in PICTURES:
        return of_a_picture_in(file, media_type)
    if media_type in FILMS:
        return of_a_film(file)
    return of_a_paper(file) if media_type == "application/pdf" else Traits()


def of_a_picture_in(file: BinaryIO, media_type: str) -> Traits:
    from quality.evidence.pictures import opening  # noqa: PLC0415 - what opens pictures waits for the first

    try:
        with opening(file, media_type) as opened:
            return of_a_picture(opened)
    except Invalid:  # who makes the copies says why
        return Traits(trouble="unopened")


def of_a_picture(opened: Any) -> Traits:
    """Of a Pillow image that was opened and not yet changed."""
    width, height = opened.size
    try:
        exif = opened.getexif()
        of_taking = exif.get_ifd(EXIF_IFD)
        return Traits(
            width=width,
            height=height,
            taken=plain(of_taking.get(DATE_TIME_ORIGINAL)),
            subsec=plain(of_taking.get(SUBSEC_TIME_ORIGINAL)),
            offset=plain(of_taking.get(OFFSET_TIME_ORIGINAL)),
            changed=plain(exif.get(DATE_TIME)),
            make=plain(exif.get(MAKE)),
            model=plain(exif.get(MODEL)),
            software=plain(exif.get(SOFTWARE)),
            is_exposed=bool(EXPOSED & set(of_taking)),
            has_place=bool(exif.get_ifd(GPS_IFD)),
        )
    except Exception:  # loops, tags longer than the file, numbers where a text should be
        return Traits(width=width, height=height, trouble="broken_exif")


def taken_at(traits: Traits) -> datetime | None:
    """EXIF's moment of taking, read as the time of Asia/Shanghai whatever zone it names; None if there is none."""
    local = local_moment(traits.taken)
    return local and local.replace(tzinfo=BEIJING).astimezone(UTC)


def local_moment(written: str) -> datetime | None:
    """EXIF's form (Exif 2.32, 4.6.5.4), of the camera's own zone; None where it holds no moment."""
    try:
        return datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def plain(written: Any) -> str:
    """A text of EXIF, without what does not belong in one."""
    if isinstance(written, bytes):
        written = written.decode("utf-8", "replace")
    if not isinstance(written, str):
        return ""
    return "".join(letter for letter in written[:LONGEST] if letter.isprintable()).strip()


def is_framed(thumbnail: Any) -> bool:
    """Whether a smaller picture of the same shape stands in the middle of this one, with one colour around it.

    So looks the screenshot of a screenshot that was opened in a gallery. `thumbnail` is a small Pillow image.
    """
    from PIL import Image, ImageChops  # noqa: PLC0415

    grey = thumbnail.convert("L")
    around = Image.new("L", grey.size, grey.getpixel((0, 0)))
    box = ImageChops.difference(grey, around).point(lambda seen: 255 if seen > ONE_COLOUR else 0).getbbox()
    if box is None:
        return False
    (left, top, right, bottom), (width, height) = box, grey.size
    inner = ((right - left) / width, (bottom - top) / height)
    is_smaller = inner[0] * inner[1] < FRAMED_AREA and min(inner) > 1 / 3
    is_alike = abs(inner[0] / inner[1] - 1) < SAME_SHAPE + 2 / min(width, height)
    off = max(abs(left - (width - right)) / width, abs(top - (height - bottom)) / height)
    return bool(is_smaller and is_alike and off < IN_THE_MIDDLE + 2 / min(width, height))


def of_a_film(file: BinaryIO) -> Traits:
    """From its index, `moov`: where there is none, no player shows the film."""
    size = file.seek(0, 2)
    index = next(((at, end) for name, at, end in boxes(file, 0, size) if name == b"moov"), None)
    if index is None:
        return Traits(trouble="no_index")
    created, has_place = "", False
    for name, at, end in boxes(file, *index):
        file.seek(at)
        if name == b"mvhd":
            created = moment_of_a_film(file.read(12))
        elif name in {b"udta", b"meta"}:
            notes = file.read(min(end - at, NOTES))
            has_place = has_place or any(place in notes for place in PLACES)
    return Traits(created=created, has_place=has_place)


def boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Names of the boxes between two places, and where what is in them begins and ends (ISO/IEC 14496-12, 4.2)."""
    for _box in range(MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        length, begins = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, begins = int.from_bytes(head[8:16], "big"), at + 16
        if length == 0:
            length = end - at
        if begins - at > length:
            return
        yield head[4:8], begins, min(at + length, end)
        at += length


def moment_of_a_film(head: bytes) -> str:
    """Of `mvhd`: seconds since 1904 in UTC. Nothing where nobody set the clock."""
    seconds = int.from_bytes(head[4:12], "big") if head[:1] == b"\x01" else int.from_bytes(head[4:8], "big")
    if seconds == 0:
        return ""
    try:
        return (EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return ""


def of_a_paper(file: BinaryIO) -> Traits:
    """The last date of each kind: a PDF that is changed gets its new ones behind (ISO 32000-1, 7.5.6, 7.9.4)."""
    found: dict[bytes, str] = {}
    for piece in pieces(file, whole=True):
        for each in PDF_DATE.finditer(piece):
            if moment := moment_of_a_paper(each):
                found[each[1]] = moment
    return Traits(created=found.get(b"CreationDate", ""), modified=found.get(b"ModDate", ""))


def moment_of_a_paper(found: re.Match[bytes]) -> str:
    """RFC 3339; without a zone where none is written. What is left out is the first: month, day; noughts."""
    digits = found[2].decode()
    digits += "00000101000000"[len(digits) :]
    zone = "+0000" if found[3] else ""
    if found[4]:
        zone = f"{found[4].decode()}{found[5].decode()}{(found[6] or b'00').decode()}"
    try:
        return datetime.strptime(digits + zone, "%Y%m%d%H%M%S" + ("%z" if zone else "")).isoformat()
    except ValueError:
        return ""
