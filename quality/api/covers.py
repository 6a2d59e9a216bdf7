"""Cover identities: which there are and how often each was seen. What they say is sent in, and never told."""

from __future__ import annotations

from datetime import date

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.cases import Paging
from quality.api.door import Door, door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import (
    LARGEST,
    Asked,
    Line,
    Moment,
    Organisation,
    Page,
    Sent,
    Told,
    Version,
    Words,
    organisation,
)
from quality.core.db import db
from quality.pages.asking import as_number, cursor_of
from quality.pages.covers import Line as Seen
from quality.pages.covers import lines
from quality.pages.forms.purchases import cipher
from quality.people.access import me, needs
from quality.people.looks import LookReason
from quality.permissions import Can
from quality.purchases.covers import CoverIdentity, Retiring
from quality.purchases.looks import Look, Wanted, looked_at, numbers_of, subject_called
from quality.purchases.operations.covers import MOST_AT_ONCE, NewCover, add_covers, one_cover, retire, visible_covers
from quality.purchases.rules import limits_of

covers = door("covers", tag="covers", about="Whom buyers appear as: without what it says")
DOORS: list[Door] = [covers]


class SeenTold(Told):
    platform: str = Field(description="Its name")
    orders: int = Field(description="Within the period, with whichever of its values was seen there most often")
    blocked_until: str | None = Field(description="A day; null: it may be used there")
    why: Words | None


class CoverTold(Told):
    id: int
    version: int
    number: str
    platform: Organisation | None = Field(description="Null: for any")
    region: str
    buyer: int | None = Field(description="Whose it is: GET /buyers; null: any buyer's")
    retired: str | None = Field(description="Why it is not used any more")
    seen: list[SeenTold]


class CoverSent(Sent):
    """One at least of account, address and telephone."""

    account: Line = ""
    recipient: Line = ""
    address: Line = ""
    telephone: Line = ""
    region: Line = Field("", description="As frames call it")
    platform: Line = Field("", description="Name or code; empty: any")
    buyer: Line = Field("", description="Name or e-mail of a buyer; empty: any buyer of the agency")


class CoversSent(Sent):
    covers: list[CoverSent] = Field(min_length=1, max_length=MOST_AT_ONCE)


class CoversMade(Told):
    numbers: list[str]


class CoverRetired(Sent):
    cover: int = Field(ge=1, le=LARGEST, description="Its `id`")
    version: Version
    reason: Retiring


def cover_told(line: Seen) -> CoverTold:
    cover = line.cover
    return CoverTold(
        id=cover.id,
        version=cover.version,
        number=cover.number,
        platform=organisation(cover.platform) if cover.platform else None,
        region=cover.region,
        buyer=cover.buyer_id,
        retired=cover.retired_why,
        seen=[
            SeenTold(
                platform=place.name,
                orders=place.seen,
                blocked_until=place.over.until.isoformat() if place.over else None,
                why=str(place.over.text) if place.over else None,
            )
            for place in line.places
        ],
    )


class IdentityLookTold(Told):
    at: Moment
    by: int | None = Field(description="Of a person; null: a program of the installation")
    of: str = Field(description="The number of a purchase, a sample or a cover identity")
    read: list[str] = Field(
        description="Kinds of values, `evidence` for a picture, `capsule` for a whole one; never what they say"
    )
    reason: str = Field(description="A code; empty where none was asked yet")
    why: str = Field(description="In the reader's own words")
    stands_out: list[str] = Field(description="As facts: `many`, `hours`, `closed`, `colleague`")


class IdentityLookFilter(Asked):
    reader: int | None = Field(None, ge=1, le=LARGEST, description="Who looked")
    of: str = Field("", max_length=40, description="The number of a purchase, a sample or a cover identity")
    reason: LookReason | None = None
    first: date | None = Field(None, description="Looks from this day on, in Beijing")
    last: date | None = Field(None, description="Looks up to this day, it included")
    outstanding: bool = Field(False, description="Only those in which something stands out")
    own_too: bool = Field(False, description="Also what buyers read of their own")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")


def look_told(look: Look, number: str) -> IdentityLookTold:
    return IdentityLookTold(
        at=look.at,
        by=look.reader,
        of=number,
        read=list(dict.fromkeys(look.what)),
        reason=look.reason,
        why=look.why,
        stands_out=[fact.value for fact in look.facts],
    )


@covers.get(
    "/looks", summary="Who looked at a buyer's identity, when, and why", responses={200: Page[IdentityLookTold]}
)
@needs(Can.READING_READ)
@takes(query=IdentityLookFilter)
def list_looks() -> ResponseReturnValue:
    session, wanted = db.session(), asked(IdentityLookFilter)
    subject = subject_called(session, me, as_number(wanted.of)) if wanted.of else None
    if wanted.of and subject is None:
        return told(Page[IdentityLookTold](items=[], next=None))
    page = looked_at(
        session,
        me,
        Wanted(
            wanted.reader,
            subject,
            wanted.reason or "",
            wanted.first,
            wanted.last,
            wanted.outstanding,
            wanted.own_too,
            wanted.cursor,
        ),
    )
    numbers = numbers_of(session, page.looks) if page.looks else {}
    items = [look_told(each, numbers.get(each.subject, "")) for each in page.looks]
    return told(Page[IdentityLookTold](items=items, next=None if page.older is None else str(page.older)))


@covers.get("/covers", summary="Cover identities, without what they say", responses={200: Page[CoverTold]})
@needs(Can.COVER_READ)
@takes(query=Paging)
def list_covers() -> ResponseReturnValue:
    session, wanted = db.session(), asked(Paging)
    behind = visible_covers(me).where(CoverIdentity.id > (cursor_of(wanted.cursor) or 0))
    found = session.scalars(behind.limit(wanted.limit + 1)).all()
    shown = found[: wanted.limit]
    items = [cover_told(each) for each in lines(session, me, shown, limits_of(session, me.organisation_id))]
    return told(Page[CoverTold](items=items, next=str(shown[-1].id) if len(found) > wanted.limit else None))


@covers.post("/covers", summary="Register cover identities", responses={201: CoversMade})
@once
@needs(Can.COVER_KEEP)
@takes(body=CoversSent)
def register() -> ResponseReturnValue:
    """All of them or none. What is sent is kept encrypted, and never answered."""
    rows = [NewCover(**each.model_dump()) for each in sent(CoversSent).covers]
    made = add_covers(db.session(), rows, by=me, cipher=cipher())
    return told(CoversMade(numbers=[each.number for each in made]), 201)


@covers.post("/covers/retire", summary="Take a cover identity out of use", responses={200: CoverTold})
@once
@needs(Can.COVER_KEEP)
@takes(body=CoverRetired)
def take_out_of_use() -> ResponseReturnValue:
    given, session = sent(CoverRetired), db.session()
    cover = one_cover(session, me, given.cover)
    retire(session, cover, given.reason, by=me, version=given.version)
    [line] = lines(session, me, [cover], limits_of(session, me.organisation_id))
    return told(cover_told(line))
