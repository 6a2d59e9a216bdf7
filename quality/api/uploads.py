"""Uploads that go on where they broke off, by tus 1.0: a file of a program, or a sealed piece of a telephone.

The protocol is https://tus.io/protocols/resumable-upload with the extensions named in EXTENSIONS. What is in a whole
upload is told by GET, which tus does not have: to send bytes is one thing, what they are is another.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NoReturn

from flask import Response, current_app, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import sessionmaker
from werkzeug.exceptions import ClientDisconnected

from quality.api.door import at_most, door, told
from quality.api.evidence import FileTold, of_a_file
from quality.api.phones import knock_with_phones
from quality.api.shapes import Moment, Told, Wrong
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _, tongue_now
from quality.evidence.parts import PartStore, parts_at
from quality.evidence.queries import holding_of
from quality.evidence.vault import LARGEST, SHA256, vault_from
from quality.field import uploads as arriving
from quality.field.models import Upload
from quality.field.taking import take_in_plain
from quality.field.uploads import ALGORITHMS, Announced, Checksum, Differs, Going, Sender
from quality.pages.pieces import do_piece, do_what_waits
from quality.people.access import me, needs
from quality.permissions import Can
from quality.web import settings
from quality.web.bounds import WITH_FILES
from quality.web.errors import answer

VERSION = "1.0.0"
OTHER_VERSION = 412  # HTTP: precondition failed
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BYTES = "application/offset+octet-stream"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOST_DIGITS = 15
LONGEST_METADATA = 4_096
ABOUT = (
    "tus 1.0 (core, creation, creation-with-upload, checksum with sha256, expiration, termination): any client of it "
    "sends a file of up to 2 GiB in as many parts as the network takes. Every request but GET and OPTIONS says "
    "`Tus-Resumable: 1.0.0`. An upload is its sender's alone, and ends a week after its last part"
)
uploads = door("uploads", tag="uploads", about=ABOUT, knocks=knock_with_phones)
DOORS = [uploads]


class TusRefused(Exception):
    """What the protocol has a status for."""

    def __init__(self, http: int, code: str, text: Text) -> None:
        super().__init__(code)
        self.http, self.code, self.text = http, code, text


class UploadTold(Told):
    id: str
    state: str = Field(
        description="`arriving`, `whole` (being looked at), `taken_in` or `refused`; of a piece see GET /pieces"
    )
    length: int = Field(description="In bytes, as it was said")
    offset: int = Field(description="How many of them are here")
    expires_at: Moment = Field(description="Unless more comes")
    filename: str
    file: FileTold | None = Field(description="What it became: as by POST /evidence")
    problems: list[Wrong] | None = Field(description="Why it was not taken in")


# --- the protocol ---


@uploads.post("/uploads", summary="Begin an upload", responses={201: None, 200: None, 412: None, 460: None})
@needs(Can.EVIDENCE_ADD)
@at_most(WITH_FILES)
def begin_upload() -> ResponseReturnValue:
    """`Upload-Length`, and `Upload-Metadata`: of a key `kind`, `filename`, `sha256`; of a telephone `piece`, its UUID.

    With `Content-Type: application/offset+octet-stream` the body holds the first bytes. The address to go on at is in
    `Location`. A piece that was begun before answers 200 with the address and the `Upload-Offset` that it has.
    """
    require_tus()
    said = announced()
    with sessions().begin() as session:
        upload, is_new = arriving.begin(session, sender(), said)
        going, expires_at = going_of(upload), upload.expires_at
    came = going.came
    if is_new and request.mimetype == BYTES:
        came = received(going)
    response = bare(201 if is_new else 200)
    response.headers["Location"] = url_for(".show_upload", token=going.token, _external=False)
    response.headers["Upload-Offset"] = str(came)
    return expiring(response, expires_at)


@uploads.get("/uploads/<token>", summary="How far an upload is, and what became of it", responses={200: UploadTold})
@needs(Can.EVIDENCE_ADD, once_found=True)
def show_upload(token: str) -> ResponseReturnValue:
    """With HEAD (and `Tus-Resumable`) only how far it is: `Upload-Offset`."""
    upload = found(token)
    if request.method == "HEAD":
        require_tus()
        response = bare(200)
    else:
        response = told(of_an_upload(upload))
    response.headers["Upload-Offset"], response.headers["Upload-Length"] = str(upload.came), str(upload.length)
    response.headers["Cache-Control"] = "no-store"
    return expiring(response, upload.expires_at)


@uploads.patch("/uploads/<token>", summary="Send more of it", responses={204: None, 412: None, 460: None, 409: None})
@needs(Can.EVIDENCE_ADD, once_found=True)
@at_most(WITH_FILES)
def send_more(token: str) -> ResponseReturnValue:
    """`Upload-Offset` says where the body begins. With `Upload-Checksum: sha256 …` all of it is kept or none (460)."""
    upload = found(token)
    require_tus()
    if request.mimetype != BYTES:
        raise TusRefused(415, "no_offset_stream", _("Send the bytes as application/offset+octet-stream"))
    if number_in("Upload-Offset") != upload.came:
        raise arriving.offset_differs()
    arriving.refuse_too_many_parts(db.session(), upload)
    came = received(going_of(upload))
    response = bare(204)
    response.headers["Upload-Offset"] = str(came)
    return expiring(response, arriving.find(db.session(), sender(), token).expires_at)


@uploads.delete("/uploads/<token>", summary="End an upload", responses={204: None, 412: None})
@needs(Can.EVIDENCE_ADD, once_found=True)
def end_upload(token: str) -> ResponseReturnValue:
    """What came of it goes. What was taken in already stays, as by POST /evidence."""
    upload = found(token)
    require_tus()
    with sessions().begin() as session:
        names = arriving.end(session, session.get_one(Upload, upload.id))
    store().drop(names)
    return bare(204)


@uploads.post(
    "/uploads/<token>", summary="As PATCH or DELETE, where a proxy lets no other method through",
    responses={204: None, 412: None, 460: None},
)  # fmt: skip
@needs(Can.EVIDENCE_ADD, once_found=True)
@at_most(WITH_FILES)
def by_another_name(token: str) -> ResponseReturnValue:
    """`X-HTTP-Method-Override` says which is meant."""
    meant = {"PATCH": send_more, "DELETE": end_upload}.get(request.headers.get("X-HTTP-Method-Override", ""))
    if meant is None:
        found(token)
        raise Invalid(FieldProblem("X-HTTP-Method-Override", "unknown_method", _("Write PATCH or DELETE")))
    return make_response(meant(token=token))


@uploads.after_request
def say_tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if request.method == "OPTIONS":
        del response.headers["Content-Type"]
    if request.method == "OPTIONS" or response.status_code == OTHER_VERSION:
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = EXTENSIONS
        response.headers["Tus-Max-Size"] = str(LARGEST)
        response.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


@uploads.errorhandler(TusRefused)
def answer_tus(no: TusRefused) -> ResponseReturnValue:
    return answer(no.http, no.code, no.text)


# --- what a request says ---


def require_tus() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise TusRefused(412, "tus_version", _("Speak tus 1.0.0: send `Tus-Resumable: 1.0.0`"))


def announced() -> Announced:
    if "Upload-Defer-Length" in request.headers:
        refuse("Upload-Length", "missing", _("Say how long the file is"))
    length = number_in("Upload-Length")
    if length > LARGEST:
        most = LARGEST // 1024**3
        text = _("The file is too large: at most %(most)s GiB are taken. Cut a long video into parts", most=most)
        raise TusRefused(413, "too_large", text)
    if length == 0:
        refuse("Upload-Length", "empty", _("This file is empty; choose another"))
    said = metadata()
    sha256, piece = said.get("sha256"), said.get("piece")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        refuse("sha256", "bad_sha256", _("Write the SHA-256 as 64 hexadecimal digits in lower case"))
    if g.get("phone") is None:
        return Announced(length, said.get("filename", ""), said.get("kind", ""), sha256)
    if piece is None or not UUID.fullmatch(piece):
        refuse("piece", "bad_piece", _("Name the piece by its UUID in lower case"))
    return Announced(length, said.get("filename", ""), None, sha256, piece)


def metadata() -> dict[str, str]:
    """`key base64,key base64`. Raises `Invalid`."""
    sent, said = request.headers.get("Upload-Metadata", ""), dict[str, str]()
    if len(sent) > LONGEST_METADATA:
        refuse("Upload-Metadata", "too_long", _("Send at most %(most)s characters", most=LONGEST_METADATA))
    for pair in filter(None, (each.strip() for each in sent.split(","))):
        name, _space, value = pair.partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            refuse("Upload-Metadata", "bad_metadata", _("Write each as a name, a space and the value in base64"))
        said[name] = "".join(sign for sign in text if sign.isprintable())
    return said


def number_in(header: str) -> int:
    sent = request.headers.get(header, "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= MOST_DIGITS):
        refuse(header, "no_number", _("Write how many bytes, in digits"))
    return int(sent)


def checksum() -> Checksum | None:
    sent = request.headers.get("Upload-Checksum")
    if sent is None:
        return None
    algorithm, _space, value = sent.partition(" ")
    if algorithm not in ALGORITHMS:
        raise TusRefused(400, "checksum_algorithm", _("Only sha256 and sha1 are checked: `Upload-Checksum: sha256 …`"))
    try:
        return Checksum(algorithm, base64.b64decode(value, validate=True))
    except binascii.Error:
        raise TusRefused(400, "checksum_algorithm", _("Write the checksum in base64")) from None


def refuse(field: str, code: str, text: Text) -> NoReturn:
    raise Invalid(FieldProblem(field, code, text))


# --- what is done with it ---


def received(going: Going) -> int:
    """Take the body in at its place; whoever brings the last byte sees to what it is."""
    wanted, sha256 = request.content_length, checksum()
    if wanted is not None and wanted > going.length - going.came:
        raise TusRefused(413, "too_large", _("More bytes come than were said; begin a new upload"))
    by, phone = me._get_current_object(), g.get("phone")  # type: ignore[attr-defined]
    db.session.close()  # a long body holds no connection while it comes
    try:
        came = arriving.receive(sessions(), store(), going, reader(), sha256)
    except Differs:
        text = _("The bytes are others than their checksum says; nothing of them was kept. Send them again")
        raise TusRefused(460, "checksum_mismatch", text) from None
    if came == going.length:
        if phone is None:
            take_in_plain(sessions(), vault_from(settings().evidence_url), store(), going.id, by=by)
        else:
            do_now(going.id)
    return came


def do_now(upload_id: int) -> None:
    """Its bytes are safe whatever happens now: what cannot be done at this moment, a job does."""
    with sessions()() as session:
        piece_id = session.get_one(Upload, upload_id).piece_id
    assert piece_id is not None, "a telephone sends pieces"
    try:
        do_piece(sessions(), settings(), piece_id)
        do_what_waits(sessions(), settings(), piece_id)
    except Exception:
        current_app.logger.exception("a piece is left to the jobs")


def reader() -> Callable[[int], bytes]:
    """Up to so many bytes of the body; fewer where its sender is gone: what came is kept."""

    def read(size: int) -> bytes:
        pieces, wanted = list[bytes](), size
        try:
            while wanted and (piece := request.stream.read(min(wanted, 1024 * 1024))):
                pieces.append(piece)
                wanted -= len(piece)
        except (ClientDisconnected, OSError):
            current_app.logger.debug("an upload broke off")
        return b"".join(pieces)

    return read


def sessions() -> sessionmaker[Any]:
    return sessionmaker(db.engine)


def store() -> PartStore:
    return parts_at(settings().evidence_url)


def sender() -> Sender:
    phone = g.get("phone")
    return Sender(phone.membership_id, phone.id) if phone else Sender(g.key.membership_id, None)


def found(token: str) -> Upload:
    from quality.core.errors import NotFound  # noqa: PLC0415

    if not me.can(Can.EVIDENCE_ADD):
        raise NotFound("upload")
    return arriving.find(db.session(), sender(), token)


def going_of(upload: Upload) -> Going:
    return Going(upload.id, upload.token, upload.came, upload.length)


def bare(status: int) -> Response:
    """Headers alone."""
    response = make_response("", status)
    del response.headers["Content-Type"]
    return response


def expiring(response: Response, at: datetime) -> Response:
    response.headers["Upload-Expires"] = format_datetime(at, usegmt=True)
    return response


def of_an_upload(upload: Upload) -> UploadTold:
    held = holding_of(db.session(), me.organisation_id, upload.sha256) if upload.sha256 else None
    problems = [Wrong(field=p["field"], code=p["code"], reason=p[tongue_now()]) for p in upload.problems or []]
    state = "arriving" if upload.whole_at is None else "refused" if problems else "taken_in" if held else "whole"
    return UploadTold(
        id=upload.token,
        state=state,
        length=upload.length,
        offset=upload.came,
        expires_at=upload.expires_at,
        filename=upload.filename,
        file=of_a_file(held) if held else None,
        problems=problems or None,
    )
