"""Whether a proof holds: from the copy that anybody reads to the signed root, link by link, with no database.

Nothing of a server is believed. What must be believed is one thing: that the public key, or the root that somebody
kept, is the agency's. The same is written in plain Python (templates/public/proof.py.txt) and for browsers
(static/proof.js); a test holds the three together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from quality.core.db import canonical
from quality.core.events import FIRST
from quality.core.handover import MOST, Reached, Statement, fingerprint, is_signed_by, is_statement, reach
from quality.core.merkle import LEFT, RIGHT, hash_of_leaf, root_from

FORMAT = "mingcha-proof-1"
LARGEST = 512 * 1024  # characters: the longest copy with a long life fits many times
DEEPEST = 64  # levels of a tree
HASH, BLIND = 64, 32  # hex digits
LEAF = 5  # subject type, id, seq, digest, blind
ROW = {
    "action", "actor", "at", "details", "new_status", "note_digest", "old_status", "part", "seq", "subject_id",
    "subject_type",
}  # fmt: skip

LEADS = {Reached.GIVEN, Reached.VOUCHED}
READ = {"published", "superseded"}  # states in which anybody may read the copy; of any other the proof has none


class Link(StrEnum):
    """What a proof is made of, in the order in which it is checked."""

    COPY = "copy"  # the copy's sha256 stands in the event that created it
    EVENTS = "events"  # each event gives its digest together with the one before
    LEAF = "leaf"  # the last digest is the leaf
    PATH = "path"  # the leaf and its neighbours give the root
    SIGNATURE = "signature"  # the root is signed by the key that it names
    KEY = "key"  # which is known from elsewhere
    KEPT = "kept"  # or the root is the one that somebody kept
    REASON = "reason"  # why it was taken back: its sha256 stands in the event that did so
    STATEMENT = "statement"  # what the proof says of itself is what its events say


class Found(StrEnum):
    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # it was not given


class Told(NamedTuple):
    """What the events of a proof say, whoever shows it."""

    number: str | None
    edition: str | None
    state: str | None
    published_at: str | None
    ended_at: str | None


class Checked(NamedTuple):
    links: dict[Link, Found]
    told: Told
    day: str  # of the root
    event: int | None  # the first that does not give its digest
    fingerprint: str  # of the key that the root names
    reached: Reached | None  # how one comes there from the keys that were given; None: none was

    @property
    def found(self) -> Found:
        """Broken if one link is; unknown if one is that is needed."""
        if Found.BROKEN in self.links.values():
            return Found.BROKEN
        trusted = Found.HOLDS in (self.links[Link.KEY], self.links[Link.KEPT])
        has_copy = self.links[Link.COPY] is Found.HOLDS or self.told.state not in READ
        return Found.HOLDS if trusted and has_copy else Found.UNKNOWN


class Unreadable(ValueError):
    """It is no proof at all: `where` names the first member that is missing or of another kind."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def read(text: str) -> dict[str, Any]:
    """A JSON object, of a size that can be one; or `Unreadable`."""
    if len(text) > LARGEST:
        raise Unreadable("size")
    found = read_any(text)
    if not isinstance(found, dict):
        raise Unreadable("json")
    return found


def read_any(text: str) -> Any:
    """JSON that has a canonical form; or `Unreadable`."""
    try:
        found = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
        canonical(found).encode()
    except (ValueError, RecursionError) as unreadable:
        raise Unreadable("json") from unreadable
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} has no canonical form")


def check(
    proof: Mapping[str, Any],
    *,
    copy: Mapping[str, Any] | None = None,
    keys: Collection[str] = (),
    kept: Sequence[Mapping[str, Any]] | None = None,
    statements: Sequence[Statement] = (),
) -> Checked:
    """Every link of the proof. `keys`: public keys (base64) or their fingerprints; `kept`: roots from elsewhere.

    A `copy` of one's own takes the place of the one in the proof. `statements`: hand-overs and revocations of
    keys, beside those that the proof carries.
    """
    shape_of(proof)
    events, leaf, root = proof["events"], proof["leaf"], proof["root"]
    copy = proof.get("copy") if copy is None else copy.get("copy", copy)
    torn = first_torn(events)
    told = told_by(events, copy)
    reached = reach(root["key"], keys, [*proof.get("statements", ()), *statements]) if keys else None
    links = {
        Link.COPY: found(is_of(copy, events[0])) if copy is not None else Found.UNKNOWN,
        Link.EVENTS: found(torn is None),
        Link.LEAF: found(is_leaf_of(leaf, events[-1])),
        Link.PATH: found(root_from(hash_of_leaf(leaf), neighbours(proof)) == root["root"]),
        Link.SIGNATURE: found(is_signed(root)),
        Link.KEY: found(reached in LEADS) if reached else Found.UNKNOWN,
        Link.KEPT: is_kept(root, kept) if kept is not None else Found.UNKNOWN,
        Link.REASON: is_reason(proof.get("reason"), events[-1]["row"]["details"].get("reason_sha256")),
        Link.STATEMENT: found(says(proof, told)),
    }
    return Checked(links, told, root["day"], torn, fingerprint(root["key"]), reached)


def found(holds: bool) -> Found:
    return Found.HOLDS if holds else Found.BROKEN


# --- each link ---


def is_of(copy: Any, created: Mapping[str, Any]) -> bool:
    row, details = created["row"], created["row"]["details"]
    digest = hashlib.sha256(canonical(copy).encode()).hexdigest()
    return (
        row["action"] == "create"
        and details.get("copy_sha256") == digest
        and isinstance(copy, Mapping)
        and details.get("edition") == copy.get("edition")
        and details.get("number", copy.get("number")) == copy.get("number")
    )


def first_torn(events: Sequence[Mapping[str, Any]]) -> int | None:
    """The place of the first event that does not follow from the one before it, from 1."""
    before = FIRST
    for place, event in enumerate(events, 1):
        row = event["row"]
        digest = hashlib.sha256((before + canonical(row)).encode()).hexdigest()
        if digest != event["digest"] or row["seq"] != str(place):
            return place
        before = digest
    return None


def is_leaf_of(leaf: Sequence[str], last: Mapping[str, Any]) -> bool:
    row = last["row"]
    return leaf[:4] == ["result", row["subject_id"], row["seq"], last["digest"]] and row["subject_type"] == "result"


def neighbours(proof: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each["side"], each["hash"]) for each in proof["path"]]


def is_signed(root: Mapping[str, Any]) -> bool:
    body = {name: value for name, value in root.items() if name not in {"key", "signature"}}
    return is_signed_by(root["key"], root["signature"], body)


def is_reason(said: Any, bound: Any) -> Found:
    """Whether the reason that is given is the one that the record names; unknown where one of the two is not there."""
    if said is None or bound is None:
        return Found.UNKNOWN
    return found(hashlib.sha256(said.encode()).hexdigest() == bound)


def is_kept(root: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> Found:
    """Whether one of those roots is this one; unknown if none is of its day."""
    same_day = [each for each in kept if each.get("day") == root["day"]]
    wanted = canonical(without_name(root))
    return found(any(canonical(without_name(each)) == wanted for each in same_day)) if same_day else Found.UNKNOWN


def without_name(root: Mapping[str, Any]) -> dict[str, Any]:
    """The list of roots gives each its file's sha256 beside what stands in the file."""
    return {name: value for name, value in root.items() if name not in {"sha256", "key_id"}}


def told_by(events: Sequence[Mapping[str, Any]], copy: Any) -> Told:
    details = events[0]["row"]["details"]
    number = details.get("number") or (copy.get("number") if isinstance(copy, Mapping) else None)
    moved = [(event["row"]["new_status"], event["row"]["at"]) for event in events if event["row"]["new_status"]]
    at = dict(reversed(moved))  # the first time that it was so
    state = moved[-1][0] if moved else None
    ended = at.get(state) if state != "published" else None
    return Told(number, details.get("edition"), state, at.get("published"), ended)


def says(proof: Mapping[str, Any], told: Told) -> bool:
    """A number that the record does not bind (of a withdrawn result from before it did) is only claimed."""
    if told.number is not None and proof["number"] != told.number:
        return False
    return bool(proof["edition"] == told.edition and proof["state"] == told.state)


# --- its shape ---


def shape_of(proof: Mapping[str, Any]) -> None:
    """Every member that is read is there and of its kind, or `Unreadable` names the first that is not."""
    _require("format", proof.get("format") == FORMAT)
    for name in ("number", "edition", "state"):
        _require(name, isinstance(proof.get(name), str))
    _require("events", _list_of(proof.get("events"), _is_event, least=1))
    _require("leaf", _is_leaf(proof.get("leaf")))
    _require("path", _list_of(proof.get("path"), _is_step, least=0) and len(proof["path"]) <= DEEPEST)
    _require("statements", _list_of(proof.get("statements", []), is_statement, least=0))
    _require("statements", len(proof.get("statements", [])) <= MOST)
    _require("reason", _is_text(proof.get("reason", "")))
    root = proof.get("root")
    texts = ("day", "key", "root", "signature")
    _require("root", isinstance(root, dict) and all(_is_text(root.get(name)) for name in texts))


def _require(name: str, holds: bool) -> None:
    if not holds:
        raise Unreadable(name)


def _list_of(value: Any, is_one: Callable[[Any], bool], least: int) -> bool:
    return isinstance(value, list) and len(value) >= least and all(map(is_one, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_hex(value: Any, digits: int) -> bool:
    return isinstance(value, str) and len(value) == digits and all(each in "0123456789abcdef" for each in value)


def _is_event(value: Any) -> bool:
    if not (isinstance(value, dict) and _is_hex(value.get("digest"), HASH) and isinstance(value.get("row"), dict)):
        return False
    row = value["row"]
    texts = all(row[name] is None or _is_text(row[name]) for name in ROW - {"details"} if name in row)
    return row.keys() == ROW and texts and isinstance(row["details"], dict)


def _is_leaf(value: Any) -> bool:
    return _list_of(value, _is_text, least=LEAF) and len(value) == LEAF and _is_hex(value[-1], BLIND)


def _is_step(value: Any) -> bool:
    return isinstance(value, dict) and value.get("side") in (LEFT, RIGHT) and _is_hex(value.get("hash"), HASH)
