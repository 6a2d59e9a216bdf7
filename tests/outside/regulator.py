"""An agency's own program. Written from docs/api.md and the OpenAPI document alone, like the others here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.outside.asking import ask, do

SAYS = {
    "kind": "order",
    "legal_basis": "《电子商务法》第二十九条、第三十八条",
    "reasons": "磁通量指数不符合 GB 6675.2—2014 第5.25条的要求",
    "measures": ["delist", "report_sales"],
    "answer_to": "接口",
}


def drafts(coordinator: httpx.Client, findings: Sequence[str]) -> list[str]:
    """One notice a platform; the references of the drafts."""
    made = do(coordinator, "/notices", SAYS | {"findings": list(findings), "grouping": "platform"})
    return [each["number"] for each in made["items"]]


def read(program: httpx.Client, number: str) -> dict[str, Any]:
    notice: dict[str, Any] = ask(program, f"/notices/{number}")
    return notice


def moves(program: httpx.Client, number: str, *moves: str) -> dict[str, Any]:
    """One after the other, each in the version that it left."""
    done: dict[str, Any] = read(program, number)
    for move in moves:
        done = do(program, f"/notices/{number}/{move}", {"version": done["version"]})
    return done


def sees(program: httpx.Client, number: str, item: dict[str, Any], *, gone: bool) -> None:
    """A look of our own, proved by a picture."""
    at = datetime.now(UTC).isoformat()
    seen = picture(f"GET {item['listing']['url']} at {at}: {404 if gone else 200}")
    proof = do(program, "/evidence", files={"file": ("look.png", seen)}, data={"kind": "look"})["sha256"]
    said = {"gone": gone, "seen_at": at, "evidence": [proof], "reason": "" if gone else "仍可下单"}
    do(program, f"/notices/{number}/items/{item['id']}/look", said)


def picture(said: str) -> bytes:
    """A grey PNG with this as its comment, so that no two looks are one file."""

    def chunk(kind: bytes, holds: bytes) -> bytes:
        return struct.pack(">I", len(holds)) + kind + holds + struct.pack(">I", zlib.crc32(kind + holds))

    side = 64
    head, comment = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0), b"Comment\0" + said.encode()
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", head), (b"tEXt", comment), (b"IDAT", rows), (b"IEND", b""))
    )


def settles(program: httpx.Client, number: str, item: dict[str, Any], *, gone: bool) -> None:
    """What follows from the look: the claim holds, or goes back."""
    version = next(each["version"] for each in read(program, number)["items"] if each["id"] == item["id"])
    do(program, f"/notices/{number}/items/{item['id']}/{'verify' if gone else 'send_back'}", {"version": version})
