"""Whether a value stands in what somebody is answered: in the clear, or as programs write it, or packed into a file."""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote, quote_plus

SHORTEST = 6  # bytes of base64 that are looked for: less stands in any file by chance
DEEPEST = 3  # archives within archives


def leaked(body: bytes, values: Iterable[str]) -> list[str]:
    """Those of the values that stand in `body`."""
    texts = list(unpacked(body))
    return [value for value in values if any(form in text for form in forms_of(value) for text in texts)]


@cache
def forms_of(value: str) -> tuple[bytes, ...]:
    raw = value.encode()
    written = {raw, html.escape(value).encode(), quote(value).encode(), quote_plus(value).encode()}
    written |= {json.dumps(value)[1:-1].encode(), value.encode("gb18030"), value.encode("utf-16-le")}
    written |= {quote(value).lower().encode(), *coded(raw)}
    return tuple(written)


def coded(raw: bytes) -> Iterator[bytes]:
    """As it stands inside of a longer text in base64, wherever that begins; in both alphabets."""
    for before in range(3):
        said = base64.b64encode(b"\0" * before + raw)
        inner = said[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]  # without what depends on its neighbours
        if len(inner) >= SHORTEST:
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def unpacked(body: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and what is packed in them: a ZIP or workbook, gzip."""
    yield body
    if depth < DEEPEST and body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for member in packed.infolist():
                yield member.filename.encode()
                yield from unpacked(packed.read(member), depth + 1)
    elif depth < DEEPEST and body.startswith(b"\x1f\x8b"):
        yield from unpacked(zlib.decompress(body, 31), depth + 1)
