"""A capsule out of nothing, ways to alter one, and a time-stamping authority on this machine (OpenSSL's)."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import subprocess
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quality.capsules.archive import Archive, Member, write
from quality.capsules.contents import Contents, File, covered
from quality.capsules.keys import Key
from quality.capsules.making import Beside, Order, Wanted, pack, signature_over
from quality.capsules.shape import EVENTS, MANIFEST, NOTES, SIGNATURE, STAMP
from quality.core.db import canonical
from quality.core.events import FIRST
from quality.core.handover import public_of, signed
from quality.core.merkle import hash_of_leaf, root_from

OURS = Ed25519PrivateKey.from_private_bytes(b"agency's key for capsules, test.")
THEIRS = Ed25519PrivateKey.from_private_bytes(b"a key of somebody else for tests")
ASKED_AT = "2026-09-01T02:30:00.000000Z"


def key_of(private: Ed25519PrivateKey) -> Key:
    return Key(private, public_of(private), True)


class InMemory:
    """A vault that only gives."""

    def __init__(self, *files: bytes) -> None:
        self.files = {hashlib.sha256(each).hexdigest(): each for each in files}

    def open(self, sha256: str) -> BinaryIO:
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        return io.BytesIO(self.files[sha256])


def chain(subject: str, key: int, details: list[dict[str, Any]], note_digest: str | None = None) -> dict[str, Any]:
    events, before = [], FIRST
    for seq, told in enumerate(details, 1):
        row = {
            "action": "evidence", "actor": "person:3", "at": ASKED_AT, "details": told, "new_status": None,
            "note_digest": note_digest if seq == 1 else None, "old_status": None, "part": None, "seq": str(seq),
            "subject_id": str(key), "subject_type": subject,
        }  # fmt: skip
        before = hashlib.sha256((before + canonical(row)).encode()).hexdigest()
        events.append({"digest": before, "row": row})
    proof = proof_of(subject, str(key), str(len(events)), before)
    return {"subject": subject, "id": str(key), "number": f"{subject}-{key}", "events": events, "proof": proof}


def proof_of(subject: str, key: str, seq: str, digest: str) -> dict[str, Any]:
    leaf, path = [subject, key, seq, digest, "0" * 32], [("right", "a" * 64), ("left", "b" * 64)]
    body = {"day": "2026-08-31", "root": root_from(hash_of_leaf(leaf), path)}
    root = body | {"key": public_of(OURS), "signature": signed(OURS, body)}
    return {"leaf": leaf, "path": [{"side": side, "hash": each} for side, each in path], "root": root}


def file_of(name: str, content: bytes, role: str) -> File:
    digest = hashlib.sha256(content).hexdigest()
    about = {"name": name, "role": role, "sha256": digest, "bytes": str(len(content)), "recorded": "yes"}
    return File(about | {"media_type": "image/jpeg", "kinds": [role], "cases": ["sample:7"]})


class Invented(NamedTuple):
    capsule: bytes
    key: str  # public, base64


def invented(
    page: bytes = b"<p>", stamp: Callable[[bytes], bytes | None] = lambda _signature: None, number: str = "YZ-S-7"
) -> Invented:
    """Two pictures, two papers, a note, three chains, no database."""
    contents = [b"picture of the label", b"picture of the seal", b"%PDF one", b"%PDF two"]
    names = ["001-marks.jpg", "002-seal-test.jpg", "003-test-order-zh.pdf", "004-label-zh.pdf"]
    files = [file_of(name, content, "evidence") for name, content in zip(names, contents, strict=True)]
    told = [{"sha256": each.sha256, "kind": "marks"} for each in files]
    text = {"salt": "s" * 32, "text": "封样完好 <b>"}
    note = {"digest": hashlib.sha256((text["salt"] + text["text"]).encode()).hexdigest()} | text
    chains = [chain("task", 5, told[:1]), chain("sample", 7, told, note["digest"]), chain("report", 2, told[2:])]
    hidden = chain("finding", 3, told)
    chains.insert(2, hidden | {"events": covered(hidden["events"], {1})})
    left = [{"sha256": "c" * 64, "bytes": "12", "kinds": ["payment"], "why": "buyer"}]
    found = Contents(files, left, chains, [note], {"number": number})
    agency = {"code": "YZ", "name": "云州市市场监督管理局"}
    wanted = Wanted(number, "1", "whole", ASKED_AT, agency, "tsa.example")
    vault: Any = InMemory(*contents)
    file = io.BytesIO()
    pack(file, Order(found, wanted, Beside(page, []), key_of(OURS)), vault, stamp, lambda _done: None)
    return Invented(file.getvalue(), public_of(OURS))


# --- altered ---


def members(capsule: bytes) -> dict[str, bytes]:
    archive = Archive(io.BytesIO(capsule))
    return {name: b"".join(archive.pieces(name)) for name in archive.names()}


def written(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    write(made, [Member(name, [content]) for name, content in files.items()])
    return made.getvalue()


def with_file(capsule: bytes, name: str, content: bytes) -> bytes:
    return written(members(capsule) | {name: content})


def changed(capsule: bytes, name: str, change: Callable[[Any], Any]) -> bytes:
    """A JSON file in it, canonical as it was."""
    value = json.loads(members(capsule)[name])
    change(value)
    return with_file(capsule, name, canonical(value).encode())


def signed_again(capsule: bytes, private: Ed25519PrivateKey = OURS) -> bytes:
    """The manifest made to fit whatever was changed, and signed."""
    files = members(capsule)
    manifest = json.loads(files[MANIFEST])
    for each in manifest["files"]:
        content = files[each["name"]]
        each |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": str(len(content))}
    files[MANIFEST] = canonical(manifest).encode()
    files[SIGNATURE] = signature_over(files[MANIFEST], key_of(private))
    return written(files)


def without(capsule: bytes, name: str) -> bytes:
    return written({each: content for each, content in members(capsule).items() if each != name})


def renamed(capsule: bytes, name: str, other: str) -> bytes:
    return written({other if each == name else each: content for each, content in members(capsule).items()})


def flipped(capsule: bytes, content: bytes) -> bytes:
    """One byte of a file, in place: its checksum stays as it was."""
    at = capsule.index(content)
    return capsule[:at] + bytes([capsule[at] ^ 1]) + capsule[at + 1 :]


def again_by_another(capsule: bytes, *, packed: bool = False, twice: str = "", slip: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as zipped:
        for name, content in members(capsule).items():
            entry = zipfile.ZipInfo(slip if slip and name == "001-marks.jpg" else name)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            zipped.writestr(entry, content)
        if twice:
            entry = zipfile.ZipInfo(twice)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                zipped.writestr(entry, b"another")
    return made.getvalue()


def with_comment(capsule: bytes) -> bytes:
    said = b"see the other file"
    return capsule[:-2] + struct.pack("<H", len(said)) + said


def before_everything(capsule: bytes) -> bytes:
    """What a self-extracting archive does: a program before the first entry, and offsets that know of it."""
    head = b"#!/bin/sh\n"
    made = io.BytesIO(head)
    made.seek(0, io.SEEK_END)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_STORED) as zipped:
        for name, content in members(capsule).items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            zipped.writestr(entry, content)
    return made.getvalue()


def swapped(capsule: bytes, one: str, other: str) -> bytes:
    files = members(capsule)
    return written(files | {one: files[other], other: files[one]})


def of_the_sample(events: Any) -> Any:
    return next(each for each in events["chains"] if each["subject"] == "sample")


def exchange(rows: list[Any]) -> None:
    rows[1], rows[2] = rows[2], rows[1]


class Altered(NamedTuple):
    what: str
    capsule: bytes
    code: str
    name: str


def alterations(capsule: bytes, other: bytes) -> Iterator[Altered]:
    """Each with the first thing that is wrong. `other` is another capsule of the same agency, stamped too."""
    plain = members(capsule)
    event = lambda change: lambda events: change(of_the_sample(events)["events"])  # noqa: E731
    yield Altered("a byte of a file", flipped(capsule, b"picture of the label"), "crc", "001-marks.jpg")
    yield Altered(
        "a file and its checksum", with_file(capsule, "001-marks.jpg", b"Picture of the label"), "altered",
        "001-marks.jpg",
    )  # fmt: skip
    yield Altered("a file removed", without(capsule, "002-seal-test.jpg"), "missing", "002-seal-test.jpg")
    yield Altered("a file added", with_file(capsule, "005-more.jpg", b"x"), "added", "005-more.jpg")
    yield Altered("a file renamed", renamed(capsule, "002-seal-test.jpg", "9.jpg"), "missing", "002-seal-test.jpg")
    yield Altered(
        "the manifest edited", changed(capsule, MANIFEST, lambda m: m.update(number="X")), "manifest", MANIFEST
    )
    yield Altered("signed by another key", signed_again(capsule, THEIRS), "key", SIGNATURE)
    yield Altered(
        "an event changed", changed(capsule, EVENTS, event(lambda rows: rows[1]["row"].update(actor="person:4"))),
        "event", "sample:7 2",
    )  # fmt: skip
    yield Altered("an event removed at the tail", changed(capsule, EVENTS, event(list.pop)), "tail", "sample:7")
    yield Altered("events exchanged", changed(capsule, EVENTS, event(exchange)), "order", "sample:7 2")
    stamp = members(other)[STAMP]
    yield Altered("the stamp of another", with_file(capsule, STAMP, stamp), "stamp_of_another", STAMP)
    papers = ("003-test-order-zh.pdf", "004-label-zh.pdf")
    yield Altered("papers exchanged", swapped(capsule, *papers), "altered", papers[0])
    yield Altered("a comment", with_comment(capsule), "behind", "")
    yield Altered("bytes behind", capsule + b"\0", "behind", "")
    yield Altered("no ZIP", b"%PDF-1.7 something else altogether", "no_archive", "")
    yield Altered("an entry twice", again_by_another(capsule, twice="001-marks.jpg"), "duplicate", "001-marks.jpg")
    yield Altered("a zip slip", again_by_another(capsule, slip="../../etc/x"), "bad_name", "../../etc/x")
    yield Altered("packed", again_by_another(capsule, packed=True), "packed", "verify.html")
    yield Altered("a program before it", before_everything(capsule), "layout", "verify.html")
    yield Altered("its signature removed", without(capsule, SIGNATURE), "missing", SIGNATURE)
    yield Altered("its signature damaged", flipped(capsule, b'"manifest":"'), "crc", SIGNATURE)
    yield Altered("a note changed", changed(capsule, NOTES, lambda n: n["notes"][0].update(text="")), "altered", NOTES)
    # what only who has the key could do: the rest of the links hold it all the same
    chained = lambda change: signed_again(changed(capsule, EVENTS, change))  # noqa: E731
    proof = lambda change: chained(lambda events: change(of_the_sample(events)["proof"]))  # noqa: E731
    yield Altered("the leaf of another", proof(lambda p: p["leaf"].__setitem__(2, "1")), "leaf", "sample:7 1")
    yield Altered("another path", proof(lambda p: p["path"].pop()), "path", "sample:7")
    yield Altered("another root", proof(lambda p: p["root"].update(day="2020-01-01")), "root", "sample:7")
    yield Altered(
        "a file that no event names", signed_again(with_file(capsule, "001-marks.jpg", b"another")), "not_recorded",
        "001-marks.jpg",
    )  # fmt: skip
    yield Altered(
        "a note that no event names",
        signed_again(changed(capsule, NOTES, lambda n: n["notes"][0].update(text="?"))), "note", NOTES,
    )  # fmt: skip
    yield Altered("a chain removed", chained(lambda events: events["chains"].pop()), "chain_missing", "report:2")
    spaced = plain[EVENTS].replace(b'{"chains"', b'{ "chains"')
    yield Altered("written otherwise", signed_again(with_file(capsule, EVENTS, spaced)), "unreadable", EVENTS)


# --- a time-stamping authority ---

CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority(NamedTuple):
    url: str
    certificate: Path  # of the root that issued it


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """OpenSSL's `ts -reply` behind a server of HTTP, with a certificate that its own root issued."""
    folder.mkdir(parents=True, exist_ok=True)
    make_certificates(folder)
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply", folder=folder)
            answer = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_said: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        yield Authority(f"http://127.0.0.1:{server.server_port}/tsa", folder / "root.pem")
        server.shutdown()
        serving.join()


def make_certificates(folder: Path) -> None:
    (folder / "usage").write_text("extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl(
        *new, "root.key", "-x509", "-days", "30000", "-subj", "/CN=Root of Stamps", "-out", "root.pem", folder=folder
    )
    openssl(*new, "tsa.key", "-subj", "/CN=Yunzhou Stamps", "-out", "tsa.csr", folder=folder)
    openssl(
        "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30000",
        "-extfile", "usage", "-out", "tsa.pem", folder=folder,
    )  # fmt: skip


def openssl(*words: str, folder: Path) -> str:
    done = subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
