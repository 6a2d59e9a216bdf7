"""What proves a case, as its page shows it: a list, and each file as far as one may look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import Door, told
from quality.api.shapes import Moment, Told
from quality.core.db import db
from quality.core.errors import NotFound
from quality.evidence.findings import Finding
from quality.evidence.models import CopyKind, Exhibit
from quality.evidence.operations import show
from quality.evidence.queries import may_have_the_original, with_copies
from quality.evidence.vault import vault_from
from quality.pages.arrivals import UNKNOWN, Came, arrivals_for
from quality.pages.exhibits import exhibits, is_own, protected
from quality.pages.kinds import Kind
from quality.pages.resemblances import Look, looks_of
from quality.people.access import me
from quality.web import settings
from quality.web.streams import streamed

BINARY: dict[str, Any] = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


class ResemblingTold(Told):
    """A fact, and no accusation."""

    collection: str = Field(description="Of the case that the other proves: task, sample, notice …")
    number: str
    kind: str = Field(description="What the other proves there")
    sha256: str
    taken_at: Moment | None
    sent_at: Moment
    distance: int = Field(description="Bits of 64 that differ between both perceptual hashes (pHash); at most 7")
    turned: bool = Field(description="It resembles the other turned by a quarter or more")
    same_file: bool


class ArrivalTold(Told):
    """A fact of how it came, and no accusation."""

    code: str
    stands_out: bool
    text: str


class ProofTold(Told):
    id: int
    kind: str
    sha256: str = Field(description="Of the original, as it came")
    media_type: str
    bytes: int
    taken_at: Moment | None = Field(description="EXIF time, read as Asia/Shanghai")
    sent_at: Moment
    own: bool = Field(description="Your organisation sent it")
    leads_to_the_buyer: bool = Field(description="Then it is shown on the page only, and each look is recorded")
    resembles: list[ResemblingTold] = Field(description="Pictures of other cases, or of this one for another thing")
    findings: list[ArrivalTold] = Field(
        description="How it came: clocks, camera, what its sender said; agencies. To its sender, what they can mend"
    )
    file: str | None = Field(description="Where it is: of a picture a JPEG without place and device; null: not for you")


class ProofsTold(Told):
    items: list[ProofTold]
    next: None = None


def proofs_of(kind: Kind, case: Any, address: str) -> ProofsTold:
    """As far as `me` may know of them; a case has no more than a page can show."""
    session = db.session()
    found = exhibits(session, kind, case, me)
    secret, copied = protected(session, found, me), with_copies(session, found)
    looks = looks_of(session, found, me)
    came = arrivals_for(session, found, secret, me)
    return ProofsTold(
        items=[
            proof(
                each,
                address,
                Known(each.id in secret, each.id in copied, looks.get(each.id, []), came.get(each.id, UNKNOWN)),
            )
            for each in found
        ]
    )


def arrival_told(found: Finding) -> ArrivalTold:
    return ArrivalTold(code=found.code, stands_out=found.stands_out, text=str(found.text))


def look_told(look: Look) -> ResemblingTold:
    held = look.exhibit.holding
    return ResemblingTold(
        collection=look.kind.name,
        number=look.number,
        kind=look.exhibit.kind,
        sha256=held.sha256,
        taken_at=held.taken_at,
        sent_at=held.sent_at,
        distance=look.bits,
        turned=look.is_turned,
        same_file=look.is_same_file,
    )


class Known(NamedTuple):
    """What is known of an exhibit beside its row."""

    is_secret: bool
    is_copied: bool
    looks: list[Look]
    came: Came


def proof(each: Exhibit, address: str, known: Known) -> ProofTold:
    held, own, shown = each.holding, is_own(each, me), known.is_copied or may_have_the_original(me, each)
    return ProofTold(
        id=each.id,
        kind=each.kind,
        sha256=held.sha256,
        media_type=held.media_type,
        bytes=held.bytes,
        taken_at=held.taken_at,
        sent_at=held.sent_at,
        own=own,
        leads_to_the_buyer=known.is_secret,
        resembles=[look_told(look) for look in known.looks],
        findings=[arrival_told(found) for found in (*known.came.out, *known.came.other)],
        file=f"{address}/evidence/{each.id}/file" if shown and not known.is_secret else None,
    )


def file_of(kind: Kind, case: Any, key: int) -> ResponseReturnValue:
    session = db.session()
    found = next((each for each in exhibits(session, kind, case, me) if each.id == key), None)
    if found is None or protected(session, [found], me):
        raise NotFound(str(key))
    copy = CopyKind.READABLE if with_copies(session, [found]) else None
    try:
        shown = show(session, vault_from(settings().evidence_url), found, by=me, copy=copy)
    except FileNotFoundError:
        raise NotFound(str(key)) from None
    return streamed(shown.file, shown.bytes, "application/octet-stream", f"{found.kind.value}-{key}")


def add_evidence(
    made: Door,
    name: str,
    part: str,
    *,
    kind: Kind,
    find: Callable[[str], Any],
    address: Callable[[Any], str],
    wear: Any,
) -> None:
    """Both addresses for one collection."""

    def listed(**named: str) -> ResponseReturnValue:
        case = find(named[part])
        return told(proofs_of(kind, case, address(case)))

    def fetched(exhibit: int, **named: str) -> ResponseReturnValue:
        """Also a `Range` of it."""
        return file_of(kind, find(named[part]), exhibit)

    rule, called = f"/{name}/<{part}>/evidence", name.replace("/", "_")
    made.get(rule, summary="What proves it", responses={200: ProofsTold})(wear(listed, f"evidence_of_{called}"))
    answers: dict[Any, Any] = {200: BINARY, 206: BINARY, 416: None}
    view = wear(fetched, f"evidence_file_of_{called}")
    made.get(f"{rule}/<int:exhibit>/file", summary="A file that proves it", responses=answers)(view)
