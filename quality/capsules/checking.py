"""Whether a capsule is what its agency signed: from the ZIP to the signed root, with no database and no network.

Asked in one order, so that the first thing that is wrong has one name: the archive, the signature, each file, the
events, what the events say of the files, the path to the day's root, the notes, the time stamp. Nothing in the
capsule is believed; what must be known from elsewhere is the agency's key. `static/capsule.js` asks the same in a
browser; a test holds the two together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from quality.capsules.archive import Broken, Problem, Source, hash_of, read
from quality.capsules.shape import (
    BESIDE,
    EVENTS,
    FORMAT,
    KEYS,
    LONGEST,
    MANIFEST,
    NOTES,
    SIGNATURE,
    STAMP,
    Json,
    canonical_json,
    is_chain,
    is_note,
    is_proof,
    read_json,
    require_shape,
)
from quality.core.db import canonical
from quality.core.events import FIRST
from quality.core.handover import MOST, Reached, Statement, fingerprint, is_signed_by, is_statement, reach
from quality.core.merkle import hash_of_leaf, root_from

LEADS = {Reached.GIVEN, Reached.VOUCHED}


class Found(StrEnum):
    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # nothing is broken; whose key it is was not asked


class Stamp(NamedTuple):
    """What an RFC 3161 time stamp says."""

    at: str  # RFC 3339
    authority: str
    trusted: bool | None  # None: no certificate was given to trust it by


class Told(NamedTuple):
    """What it says, once it is known that the signature holds."""

    number: str = ""
    agency: str = ""
    variant: str = ""
    asked_at: str = ""
    files: int = 0
    left_out: int = 0
    events: int = 0
    withheld: int = 0
    proved: int = 0  # chains that a signed root of the record vouches for
    chains: int = 0
    awaited: str = ""  # the authority whose time stamp is to come, and is not there
    fingerprint: str = ""
    reached: Reached | None = None
    stamp: Stamp | None = None


class Checked(NamedTuple):
    problem: Problem | None
    told: Told

    @property
    def found(self) -> Found:
        if self.problem:
            return Found.BROKEN
        return Found.HOLDS if self.told.reached in LEADS else Found.UNKNOWN


class Known(NamedTuple):
    """What whoever checks has from elsewhere."""

    keys: Collection[str] = ()  # public keys in base64, or their fingerprints
    statements: Sequence[Statement] = ()  # hand-overs and revocations, beside those in the capsule
    authorities: Sequence[bytes] = ()  # certificates (PEM or DER) of the time-stamping authority


NOTHING = Known()


def check(source: Source, known: Known = NOTHING) -> Checked:
    told = Told()
    try:
        manifest, key = signed_manifest(source)
        told = said_by(manifest, key)
        told = told._replace(reached=known_key(source, key, known))
        files_are_whole(source, manifest)
        events = read_json(source, EVENTS)
        told = told._replace(**chains_are_whole(events, manifest)._asdict())
        events_name_the_files(events, manifest)
        told = told._replace(proved=roots_vouch(events))
        notes_are_those(source, events)
        told = told._replace(stamp=time_stamp(source, known))
    except Broken as broken:
        return Checked(broken.problem, told)
    return Checked(None, told._replace(awaited="" if told.stamp else manifest["timestamp"] or ""))


# --- the signature ---


def signed_manifest(source: Source) -> tuple[Json, str]:
    """The manifest and the key that signed it."""
    for name in (MANIFEST, SIGNATURE):
        if name not in source.names():
            raise Broken("missing", name)
    said = read_json(source, SIGNATURE)
    texts = ("format", "manifest", "key", "signature")
    if said.keys() != set(texts) or not all(isinstance(said[each], str) for each in texts):
        raise Broken("unreadable", SIGNATURE)
    if said["format"] != FORMAT:
        raise Broken("format", SIGNATURE, FORMAT, said["format"][:100])
    raw = read(source, MANIFEST, LONGEST[MANIFEST])
    digest = hashlib.sha256(raw).hexdigest()
    if digest != said["manifest"]:
        raise Broken("manifest", MANIFEST, said["manifest"][:100], digest)
    body = {"format": FORMAT, "manifest": digest}
    if not is_signed_by(said["key"], said["signature"], body):
        raise Broken("signature", SIGNATURE, fingerprint(said["key"]))
    manifest = canonical_json(raw, MANIFEST)
    require_shape(manifest)
    return manifest, said["key"]


def known_key(source: Source, key: str, known: Known) -> Reached | None:
    """How one comes to the key from those that are known; None where none is. A stranger's is broken."""
    if not known.keys:
        return None
    held = read_json(source, KEYS).get("statements") if KEYS in source.names() else []
    if not isinstance(held, list) or len(held) > MOST or not all(map(is_statement, held)):
        raise Broken("unreadable", KEYS)
    reached = reach(key, known.keys, [*held, *known.statements])
    if reached not in LEADS:
        raise Broken("key", SIGNATURE, " ".join(known.keys), fingerprint(key))
    return reached


def said_by(manifest: Json, key: str) -> Told:
    agency = manifest["agency"]
    return Told(
        number=manifest["number"],
        agency=f"{agency['name']} ({agency['code']})",
        variant=manifest["variant"],
        asked_at=manifest["asked_at"],
        files=len(manifest["files"]),
        left_out=len(manifest["left_out"]),
        fingerprint=fingerprint(key),
    )


# --- the files ---


def files_are_whole(source: Source, manifest: Json) -> None:
    there = set(source.names())
    for file in manifest["files"]:
        name = file["name"]
        if name not in there:
            raise Broken("missing", name, file["sha256"])
        found = hash_of(source, name)
        if found.sha256 != file["sha256"]:
            if name == EVENTS:
                chains_are_whole(read_json(source, EVENTS), manifest)  # which event it is says more than a hash
            raise Broken("altered", name, file["sha256"], found.sha256)
        if str(found.bytes) != file["bytes"]:
            raise Broken("altered", name, file["bytes"], str(found.bytes))
    listed = {file["name"] for file in manifest["files"]} | BESIDE
    for name in source.names():
        if name not in listed:
            raise Broken("added", name)


# --- the events ---


class Counted(NamedTuple):
    events: int
    withheld: int
    chains: int


def chains_are_whole(events: Json, manifest: Json) -> Counted:
    """Each chain that the manifest names follows from its first event to the head that it names, and is complete."""
    chains = events.get("chains")
    if not isinstance(chains, list) or not all(map(is_chain, chains)):
        raise Broken("unreadable", EVENTS)
    given = {(each["subject"], each["id"]): each for each in chains}
    counted = withheld = 0
    for head in manifest["chains"]:
        chain = given.pop((head["subject"], head["id"]), None)
        if chain is None:
            raise Broken("chain_missing", called(head))
        follow(head, chain["events"])
        counted += sum(map(rows_of, chain["events"]))
        withheld += sum(rows_of(each) for each in chain["events"] if "row" not in each)
    if given:
        raise Broken("chain_added", called(next(iter(given.values()))))
    return Counted(counted, withheld, len(manifest["chains"]))


def rows_of(event: Json) -> int:
    """One; or as many as are withheld under one digest."""
    return 1 if "row" in event else int(event["covers"])


def follow(head: Json, events: Sequence[Json]) -> None:
    before, subject, place = FIRST, called(head), 0
    for event in events:
        row, place = event.get("row"), place + rows_of(event)
        if row is not None:
            if (row["seq"], row["subject_type"], row["subject_id"]) != (str(place), head["subject"], head["id"]):
                raise Broken("order", f"{subject} {place}", str(place), row["seq"])
            digest = hashlib.sha256((before + canonical(row)).encode()).hexdigest()
            if digest != event["digest"]:
                raise Broken("event", f"{subject} {place}", event["digest"], digest)
        before = event["digest"]
    if str(place) != head["events"]:
        raise Broken("tail", subject, head["events"], str(place))
    if before != head["digest"]:
        raise Broken("head", subject, head["digest"], before)


def called(chain: Json) -> str:
    return f"{chain['subject']}:{chain['id']}"


def events_name_the_files(events: Json, manifest: Json) -> None:
    """A file that came with an event, or was made with one, has the sha256 that stands there."""
    rows = [event["row"] for chain in events["chains"] for event in chain["events"] if "row" in event]
    named = {row["details"].get("sha256") for row in rows}
    for file in manifest["files"]:
        if file.get("recorded") == "yes" and file["sha256"] not in named:
            raise Broken("not_recorded", file["name"], file["sha256"])


def roots_vouch(events: Json) -> int:
    """How many chains a signed root vouches for, up to the event that was their last on its day."""
    proved = 0
    for chain in events["chains"]:
        proof = chain.get("proof")
        if proof is None:
            continue
        if not is_proof(proof):
            raise Broken("unreadable", EVENTS)
        kind, key, seq, digest, _blind = proof["leaf"]
        stood = digests_of(chain["events"])
        if (kind, key) != (chain["subject"], chain["id"]) or stood.get(seq) != digest:
            raise Broken("leaf", f"{called(chain)} {seq}"[:100], stood.get(seq, ""), digest[:100])
        path = [(step["side"], step["hash"]) for step in proof["path"]]
        root, found = proof["root"], root_from(hash_of_leaf(proof["leaf"]), path)
        if found != root["root"]:
            raise Broken("path", called(chain), root["root"], found)
        body = {name: value for name, value in root.items() if name not in {"key", "signature"}}
        if not is_signed_by(root["key"], root["signature"], body):
            raise Broken("root", called(chain), fingerprint(root["key"]))
        proved += 1
    return proved


def digests_of(events: Sequence[Json]) -> dict[str, str]:
    """By their place, from 1; none for a place in the midst of what is withheld."""
    places = accumulate(map(rows_of, events))
    return {str(place): each["digest"] for place, each in zip(places, events, strict=True)}


def notes_are_those(source: Source, events: Json) -> None:
    """What a person wrote beside an event has the digest that the event names."""
    if NOTES not in source.names():
        return
    notes = read_json(source, NOTES).get("notes")
    if not isinstance(notes, list) or not all(map(is_note, notes)):
        raise Broken("unreadable", NOTES)
    rows = [event["row"] for chain in events["chains"] for event in chain["events"] if "row" in event]
    named = {row["note_digest"] for row in rows}
    for note in notes:
        digest = hashlib.sha256((note["salt"] + note["text"]).encode()).hexdigest()
        if digest != note["digest"] or digest not in named:
            raise Broken("note", NOTES, note["digest"][:100], digest)


# --- the time stamp ---


def time_stamp(source: Source, known: Known) -> Stamp | None:
    if STAMP not in source.names():
        return None
    from quality.capsules.stamping import check_stamp  # noqa: PLC0415 - half a second, and many capsules have none

    signed = hash_of(source, SIGNATURE).sha256
    return check_stamp(read(source, STAMP, LONGEST[STAMP]), signed, known.authorities)
