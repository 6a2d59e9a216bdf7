"""Files that prove something, sent by a program before a case refers to them, and read back by who sent them."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import at_most, door, takes, told
from quality.api.idempotency import once
from quality.api.reading import file, form
from quality.api.shapes import File, Moment, Sent, Told
from quality.core.db import db
from quality.core.errors import NotFound
from quality.evidence.models import EvidenceKind, Holding
from quality.evidence.operations import take_in
from quality.evidence.queries import holding_of, holdings_by_id, may_be_read_back
from quality.evidence.resembling import Alike, alike_to
from quality.evidence.said import FARTHEST_ZONE, Said, Source
from quality.evidence.scanning import require_not_apart
from quality.evidence.vault import vault_from
from quality.people.access import me, needs
from quality.permissions import Can, Sees
from quality.web import settings
from quality.web.bounds import WITH_FILES
from quality.web.streams import streamed

ABOUT = (
    "A file belongs to the organisation that sent it until a case refers to it by its sha256. What no case refers to "
    "is listed after 30 days and removed a week later"
)
MOST = 200
evidence = door("evidence", tag="evidence", about=ABOUT)
DOORS = [evidence]


class FileSent(Sent):
    file: File = Field(description="At most 2 GiB: JPEG, PNG, WebP, HEIC, MP4, MOV, PDF, HTML, MHTML, JSON, text")
    sha256: str = Field(
        "", pattern="^([0-9a-f]{64})?$", description="In hex, counted before it was sent: other bytes are refused"
    )
    kind: str = Field(max_length=32, description=f"What it proves: {', '.join(EvidenceKind)}")
    taken_at: Moment | None = Field(None, strict=False, description="When its device says that it was taken")
    phone_now: Moment | None = Field(None, strict=False, description="What the device's clock shows as it is sent")
    zone_minutes: int | None = Field(
        None,
        strict=False,
        gt=-FARTHEST_ZONE,
        lt=FARTHEST_ZONE,
        description="Of the device, in minutes east of Greenwich: 480 in Beijing",
    )
    source: Source | None = Field(None, strict=False, description="Where the device says that it has the file from")


class FileTold(Told):
    sha256: str
    kind: str = Field(description="As it was first sent")
    media_type: str = Field(description="Read from the bytes")
    bytes: int
    taken_at: Moment | None = Field(description="EXIF time, read as Asia/Shanghai")


class PictureTold(Told):
    sha256: str
    kind: str = Field(description="As it was first sent")
    taken_at: Moment | None
    sent_at: Moment
    distance: int = Field(description="Bits of 64 that differ; at most 7")
    turned: bool = Field(description="By a quarter or more")


class ResemblanceTold(Told):
    items: list[PictureTold]
    next: None = None


@evidence.post("/evidence", summary="Send a file", responses={201: FileTold})
@once
@needs(Can.EVIDENCE_ADD)
@at_most(WITH_FILES)
@takes(form=FileSent)
def send_evidence() -> ResponseReturnValue:
    """The same bytes again give the same answer. A file that is two things in one is refused and kept apart.

    What its device says of it is kept as it was said, believed in nothing, and laid beside what the file itself says.
    """
    told_by_them = form(FileSent)
    came = cast(BinaryIO, file().stream)
    said = Said(
        told_by_them.sha256 or None,
        told_by_them.taken_at,
        told_by_them.phone_now,
        told_by_them.zone_minutes,
        told_by_them.source,
    )
    vault = vault_from(settings().evidence_url)
    return told(of_a_file(take_in(db.session(), vault, came, kind=told_by_them.kind, by=me, said=said)), 201)


@evidence.get("/evidence/<sha256>", summary="A file that your organisation holds", responses={200: FileTold})
@needs(Can.EVIDENCE_ADD, once_found=True)
def show_evidence(sha256: str) -> ResponseReturnValue:
    return told(of_a_file(held(sha256)))


@evidence.get(
    "/evidence/<sha256>/file",
    summary="Its bytes, as they came",
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        416: None,
    },
)
@needs(Can.EVIDENCE_ADD, once_found=True)
def fetch_evidence(sha256: str) -> ResponseReturnValue:
    """Also a `Range` of it. What leads to a buyer is read back by nobody but who sent it."""
    found = held(sha256)
    require_not_apart(db.session(), found)
    try:
        opened = vault_from(settings().evidence_url).open(found.sha256)
    except FileNotFoundError:
        raise NotFound(sha256) from None
    return streamed(opened, found.bytes, "application/octet-stream", found.sha256)


@evidence.get("/evidence/<sha256>/resembling", summary="Pictures that look alike", responses={200: ResemblanceTold})
@needs(Can.EVIDENCE_ADD, once_found=True)
def show_alike(sha256: str) -> ResponseReturnValue:
    """All pictures of your agency whose perceptual hash (pHash, 64 bits) differs from this one's in at most 7 bits,
    upright or turned by quarters: the nearest first, at most 200. Which cases they prove, `GET …/evidence` of a case
    says. A picture is found as soon as it has come; where there is nothing on it, nothing is alike to it.
    """
    found = holding_of(db.session(), me.organisation_id, sha256) if me.sees is Sees.AGENCY else None
    if found is None:
        raise NotFound(sha256[:64])
    near = alike_to(db.session(), found)[:MOST]
    holdings = holdings_by_id(db.session(), [each.holding_id for each in near])
    return told(ResemblanceTold(items=[of_an_alike(holdings[each.holding_id], each) for each in near]))


def held(sha256: str) -> Holding:
    found = holding_of(db.session(), me.organisation_id, sha256) if me.can(Can.EVIDENCE_ADD) else None
    if found is None or not may_be_read_back(db.session(), found, me):
        raise NotFound(sha256[:64])
    return found


def of_an_alike(held: Holding, alike: Alike) -> PictureTold:
    return PictureTold(
        sha256=held.sha256, kind=held.kind, taken_at=held.taken_at, sent_at=held.sent_at,
        distance=alike.bits, turned=alike.is_turned,
    )  # fmt: skip


def of_a_file(held: Holding) -> FileTold:
    return FileTold(
        sha256=held.sha256, kind=held.kind, media_type=held.media_type, bytes=held.bytes, taken_at=held.taken_at
    )
