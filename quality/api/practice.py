"""How an agency looks for itself, and what it set before."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import LARGEST, Line, Moment, Page, Sent, Told
from quality.core.db import db
from quality.notices.models import Practice
from quality.notices.practice import MOST_HOSTS, editions, set_practice
from quality.people.access import me, needs
from quality.permissions import Can
from quality.web import settings

practice = door("practice", tag="practice", about="How an agency looks for itself")
DOORS = [practice]


class PracticeTold(Told):
    edition: int = Field(description="From 1")
    second_look_percent: int = Field(description="Of claims, drawn by nobody, that two persons look at")
    capture_hosts: list[str] = Field(description="Whose pages a program may capture when a look is due")
    captures: bool = Field(description="A browser is set up: without one nothing is captured")
    set_at: Moment = Field(description="It holds for claims from then on")


class PracticeSent(Sent):
    edition: int = Field(ge=0, le=LARGEST, description="The newest that you read; 0: nothing was ever set")
    second_look_percent: int = Field(ge=0, le=LARGEST, description="0 to 100")
    capture_hosts: list[Line] = Field([], max_length=MOST_HOSTS, description="`item.example.com`, `*.example.com`")


def practice_told(one: Practice) -> PracticeTold:
    kept = ("edition", "second_look_percent", "capture_hosts", "set_at")
    return PracticeTold(**{name: getattr(one, name) for name in kept}, captures=settings().chromium is not None)


@practice.get("/practice", summary="What is set, the newest first", responses={200: Page[PracticeTold]})
@needs(Can.ITEM_VERIFY)
@takes()
def list_practice() -> ResponseReturnValue:
    found = editions(db.session(), me)
    return told(Page[PracticeTold](items=[practice_told(each) for each in found], next=None))


@practice.post("/practice", summary="Set it anew", responses={201: PracticeTold})
@once
@needs(Can.PRACTICE_SET)
@takes(body=PracticeSent)
def set_it() -> ResponseReturnValue:
    """The same again makes no new edition."""
    return told(practice_told(set_practice(db.session(), by=me, **sent(PracticeSent).model_dump())), 201)
