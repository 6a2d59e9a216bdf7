"""A portion goes to a laboratory, by courier or by hand; of a re-inspection it is the backup."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.custody import NoPhoto, NoScan, Photos, seen_of
from quality.api.moves import laboratory_called
from quality.api.shapes import Celsius, Line, Paragraph, Sent, Version
from quality.people.actor import Actor
from quality.purchases.models import Sample
from quality.purchases.operations import Way, dispatch

PERSON = r"^(person:\d{1,9})?$"
COURIER = "Which courier takes it"
PARCEL = "The courier's; needed where a courier takes it"
BY_HAND = "Instead of a courier: `person:17` of the agency, who confirms by the seal at both ends"


class Dispatch(Sent):
    version: Version
    laboratory: Line = Field(description="Its code")
    courier: Line = Field("", description=COURIER)
    parcel_no: Line = Field("", description=PARCEL)
    carried_by: Line = Field("", description=BY_HAND, pattern=PERSON)
    place: Line = ""
    despite: Paragraph = Field("", description="Why it goes there though its certificates do not cover everything")
    no_scan: NoScan = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class Reinspecting(Sent):
    version: Version
    laboratory: Line | None = Field(None, description="Left out: the one that was drawn; another is refused")
    courier: Line = Field("", description=COURIER)
    parcel_no: Line = Field("", description=PARCEL)
    carried_by: Line = Field("", description=BY_HAND, pattern=PERSON)
    place: Line = ""
    no_scan: NoScan = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


def send_to_laboratory(session: Session, sample: Sample, given: Dispatch, by: Actor) -> None:
    laboratory = laboratory_called(session, given.laboratory)
    way, shown = way_of(given), seen_of(given.model_dump())
    dispatch(
        session,
        sample,
        laboratory,
        by=by,
        version=given.version,
        way=way,
        despite=given.despite,
        no_scan=given.no_scan.strip() or None,  # a program is not asked
        seen=shown,
    )


def way_of(given: Dispatch | Reinspecting) -> Way:
    return Way(given.carried_by or f"courier:{given.courier}", given.parcel_no, given.place)
