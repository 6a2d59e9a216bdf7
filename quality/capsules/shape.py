"""What each file of a capsule is called, how long it may be, and which members of its JSON are read: shapes only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from quality.capsules.archive import MOST_FILES, Broken, Source, is_name, read
from quality.core.db import canonical
from quality.core.merkle import LEFT, RIGHT

FORMAT = "mingcha-capsule-1"
MANIFEST, SIGNATURE, STAMP = "manifest.json", "signature.json", "timestamp.tsr"
EVENTS, NOTES, KEYS, PAGE = "events.json", "notes.json", "keys.json", "verify.html"
BESIDE = {MANIFEST, SIGNATURE, STAMP}  # what no manifest can list
LONGEST = {MANIFEST: 8 << 20, SIGNATURE: 4096, STAMP: 64 << 10, EVENTS: 32 << 20, NOTES: 16 << 20, KEYS: 1 << 20}
DEEPEST = 64  # levels of a tree
COVERS = re.compile(r"[1-9][0-9]{0,5}")  # rows under one digest
Json = dict[str, Any]


def read_json(source: Source, name: str) -> Json:
    if name not in source.names():
        raise Broken("missing", name)
    return canonical_json(read(source, name, LONGEST[name]), name)


def canonical_json(raw: bytes, name: str) -> Json:
    """An object, written as `core.db.canonical` writes: two programs cannot read two things in it."""
    try:
        text = raw.decode("utf-8")
        found = json.loads(text)
        is_canonical = isinstance(found, dict) and canonical(found) == text
    except (ValueError, TypeError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise Broken("unreadable", name)
    return dict(found)


def require_shape(manifest: Json) -> None:
    if manifest.get("format") != FORMAT:
        raise Broken("format", MANIFEST, FORMAT, str(manifest.get("format"))[:100])
    agency = manifest.get("agency")
    fits = (
        all(is_text(manifest.get(name)) for name in ("number", "variant", "asked_at"))
        and isinstance(agency, dict)
        and all(is_text(agency.get(name)) for name in ("code", "name"))
        and (manifest.get("timestamp", 0) is None or is_text(manifest.get("timestamp")))
        and all_are(manifest.get("files"), is_file)
        and len(manifest["files"]) <= MOST_FILES
        and all_are(manifest.get("left_out"), lambda each: is_text(each.get("sha256")))
        and all_are(manifest.get("chains"), is_head)
    )
    if not fits:
        raise Broken("unreadable", MANIFEST)


def all_are(value: Any, fits: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and fits(each) for each in value)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def have_texts(value: Mapping[str, Any], *names: str) -> bool:
    return all(is_text(value.get(name)) for name in names)


def is_file(value: Json) -> bool:
    return have_texts(value, "name", "sha256", "bytes") and is_name(value["name"]) and value["name"] not in BESIDE


def is_head(value: Json) -> bool:
    return have_texts(value, "subject", "id", "events", "digest")


def is_chain(value: Any) -> bool:
    return isinstance(value, dict) and have_texts(value, "subject", "id") and all_are(value.get("events"), is_event)


def is_event(value: Json) -> bool:
    row = value.get("row", {"seq": "", "subject_type": "", "subject_id": "", "details": {}, "note_digest": None})
    covers = value.get("covers", "1" if "row" in value else "")
    return (
        is_text(value.get("digest"))
        and is_text(covers)
        and COVERS.fullmatch(covers) is not None
        and isinstance(row, dict)
        and have_texts(row, "seq", "subject_type", "subject_id")
        and isinstance(row.get("details"), dict)
        and "note_digest" in row
    )


def is_note(value: Any) -> bool:
    return isinstance(value, dict) and have_texts(value, "digest", "salt", "text")


def is_proof(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("root"), dict):
        return False
    leaf, path = value.get("leaf"), value.get("path")
    return (
        isinstance(leaf, list)
        and len(leaf) == 5  # noqa: PLR2004 - subject, id, seq, digest, blind
        and all(map(is_text, leaf))
        and all_are(path, is_step)
        and len(path) <= DEEPEST  # type: ignore[arg-type]
        and have_texts(value["root"], "day", "root", "key", "signature")
    )


def is_step(value: Json) -> bool:
    said = value.get("hash")
    is_hash = isinstance(said, str) and len(said) == 64 and set(said) <= set("0123456789abcdef")  # noqa: PLR2004
    return value.get("side") in (LEFT, RIGHT) and is_hash
