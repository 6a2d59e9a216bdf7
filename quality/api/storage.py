"""The store of an agency: its named places, and what lies where."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Celsius, Line, Moment, Page, Paragraph, Sent, Told, Version, tenths
from quality.core.db import db
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.cold import degrees
from quality.purchases.operations.storage import add_place, close_place, read_temperature
from quality.purchases.places import StoragePlace
from quality.purchases.queries import lying_in, one_place, places_of

MOST = 200
LARGEST = 2**31 - 1
storage = door("storage", tag="storage", about="Where sealed portions lie")
DOORS = [storage]


class PlaceTold(Told):
    id: int
    version: int
    code: str = Field(description="A hand-over names the place `store:` and this")
    room: str
    shelf: str
    least: str | None = Field(description="In °C")
    most: str | None = Field(description="In °C")
    closed: bool = Field(description="Nothing more is put there")


class PlaceNamed(Sent):
    code: Line = Field(description="Short, as it stands on the shelf: `B-12`; never given twice")
    room: Line
    shelf: Line = ""
    least: Celsius = None
    most: Celsius = None


class PlaceClosed(Sent):
    place: int = Field(ge=1, le=LARGEST, description="Its `id`")
    version: Version


class ReadingSent(PlaceClosed):
    temperature: str = Field(pattern=r"^-?[0-9]{1,3}(\.[0-9])?$", description="In °C, as it was read there")
    at: Moment = Field(description="Not in the future, and not more than 31 days ago")
    note: Paragraph = Field("", description="What was done: asked for where it is outside of the place's range")


class ReadingTold(Told):
    at: Moment
    temperature: str = Field(description="In °C")
    outside: bool = Field(description="Of the range of its place: a deviation, shown wherever goods lay there then")
    note: str


class Lying(Told):
    hand_over: int
    sample: str = Field(description="Of a portion of a control: its own number there")
    portion: str = Field(description="`test` or `backup`")
    seal_no: str
    since: Moment


class LyingFilter(Asked):
    place: str = Field(max_length=40, pattern=r"^[^\x00]+$", description="Its code; the agency's own: not named yet")
    limit: int = Field(50, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")


def place_told(place: StoragePlace) -> PlaceTold:
    return PlaceTold(
        id=place.id,
        version=place.version,
        code=place.code,
        room=place.room,
        shelf=place.shelf,
        least=None if place.least_tenths is None else degrees(place.least_tenths),
        most=None if place.most_tenths is None else degrees(place.most_tenths),
        closed=place.closed_at is not None,
    )


@storage.get("/storage-places", summary="The named places", responses={200: Page[PlaceTold]})
@needs(Can.STORAGE_READ)
@takes()
def list_places() -> ResponseReturnValue:
    found = places_of(db.session(), me.organisation_id)
    return told(Page[PlaceTold](items=[place_told(each) for each in found], next=None))


@storage.post("/storage-places", summary="Name a place", responses={201: PlaceTold})
@once
@needs(Can.STORAGE_KEEP)
@takes(body=PlaceNamed)
def name_place() -> ResponseReturnValue:
    given = sent(PlaceNamed)
    place = add_place(
        db.session(),
        by=me,
        code=given.code,
        room=given.room,
        shelf=given.shelf,
        least_tenths=tenths(given.least),
        most_tenths=tenths(given.most),
    )
    return told(place_told(place), 201)


@storage.post("/storage-places/close", summary="Put nothing more there", responses={200: PlaceTold})
@once
@needs(Can.STORAGE_KEEP)
@takes(body=PlaceClosed)
def put_nothing_more_there() -> ResponseReturnValue:
    given = sent(PlaceClosed)
    place = one_place(db.session(), me, given.place)
    close_place(db.session(), place, by=me, version=given.version)
    return told(place_told(place))


@storage.post("/storage-places/readings", summary="Write down the temperature of a place", responses={201: ReadingTold})
@once
@needs(Can.STORAGE_KEEP)
@takes(body=ReadingSent)
def read_a_place() -> ResponseReturnValue:
    given = sent(ReadingSent)
    place, measured = one_place(db.session(), me, given.place), tenths(given.temperature)
    assert measured is not None, "its shape was asked for"
    made = read_temperature(db.session(), place, measured, given.at, by=me, note=given.note, version=given.version)
    said = ReadingTold(at=made.at, temperature=degrees(measured), outside=made.is_outside, note=made.note)
    return told(said, 201)


@storage.get("/storage-places/lying", summary="What lies in one place", responses={200: Page[Lying]})
@needs(Can.STORAGE_READ)
@takes(query=LyingFilter)
def what_lies_there() -> ResponseReturnValue:
    wanted = asked(LyingFilter)
    hand = f"store:{wanted.place}"
    found = lying_in(db.session(), me, hand, before=wanted.cursor, most=wanted.limit)
    items = [
        Lying(
            hand_over=step.id,
            sample=step.portion.sample.number,
            portion=step.portion.kind,
            seal_no=step.portion.seal_no,
            since=step.at,
        )
        for step in found[: wanted.limit]
    ]
    return told(Page[Lying](items=items, next=str(items[-1].hand_over) if len(found) > wanted.limit else None))
