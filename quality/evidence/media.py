"""What a file is, read from its bytes and never from what its sender says."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

ENDINGS = {  # of a file that is saved
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "video/mp4": "mp4",
    "video/quicktime": "mov", "application/pdf": "pdf", "text/plain": "txt", "application/json": "json",
    "text/html": "html.txt", "multipart/related": "mhtml",
}  # fmt: skip
HEAD = 64 * 1024  # bytes that are looked at
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}  # as Pillow says
BLANKS = dict.fromkeys(map(ord, "\t\n\f\r\u3000\ufeff"))
DRAWING = re.compile(r"\A\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>]*>|\s)*<svg[\s>]", re.IGNORECASE | re.DOTALL)


SAVED_PAGE = re.compile(r"\A\s*(<!--.*?-->|\s)*(<!doctype\s+html|<html)[\s>]", re.IGNORECASE | re.DOTALL)
SAVED_WHOLE = re.compile(r"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)  # MHTML, RFC 2557


def has_copy(media_type: str) -> bool:
    return media_type in PICTURES


def recognise(head: bytes) -> str | None:
    """The media type of a file that begins with `head`, or None if it is none of those that we take.

    A drawing (SVG) is a program that browsers run, and no picture that a camera took: not taken, not even as text.
    """
    known = known_as(head)
    if known is not None:
        return known
    text = as_text(head)
    if text is None or DRAWING.match(text.lstrip("\ufeff")):
        return None
    return text_type(text.lstrip("\ufeff"))


def text_type(text: str) -> str:
    """Of a file that is text: a page that a browser saved is known by how it begins."""
    if text.lstrip(" \t\r\n")[:1] in {"{", "["}:
        return "application/json"
    if SAVED_PAGE.match(text):
        return "text/html"
    headers = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    is_whole = SAVED_WHOLE.search(headers) and "mime-version:" in headers.lower()
    return "multipart/related" if is_whole else "text/plain"


def known_as(head: bytes) -> str | None:
    import filetype  # noqa: PLC0415 - a start takes no files
    from filetype.types import archive, image, video  # noqa: PLC0415

    taken = (image.Jpeg(), image.Png(), image.Webp(), image.Heic(), video.Mp4(), video.Mov(), archive.Pdf())
    known = filetype.match(head, taken)
    return None if known is None else str(known.mime)


def as_text(head: bytes) -> str | None:
    """`head` as UTF-8 or GB 18030 without control characters; its last character may be cut."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return text if is_plain(text) else None
    return None


def is_plain(text: str) -> bool:
    return text.translate(BLANKS).isprintable()


def is_text_throughout(file: BinaryIO) -> bool:
    """The same of the whole file, a piece at a time."""
    return any(reads_as(file, encoding) for encoding in ("utf-8", "gb18030"))


def reads_as(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(HEAD):
            if not is_plain(decoder.decode(piece)):
                return False
        return is_plain(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False
