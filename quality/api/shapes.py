"""What more than one answer says: a problem, a move, a clock, an event, a list; how texts and moments are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from quality.core.clock import BEIJING

T = TypeVar("T")
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LARGEST = 2**31 - 1  # that a column of whole numbers takes


def in_our_time(moment: datetime) -> datetime:
    if not FIRST <= moment < LAST:
        raise PydanticCustomError("not_in_our_time", "a moment between 2000 and 2200")
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    AfterValidator(in_our_time),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-10-15T01:30:00Z"]}),
]
DayEnds = Annotated[  # the moment at which a period is over: midnight in Beijing
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(BEIJING).isoformat(), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-10-16T00:00:00+08:00"]}),
]
Words = Annotated[str, BeforeValidator(str)]  # a sentence of ours, in the language that was asked for
Line = Annotated[str, Field(max_length=1000)]
Paragraph = Annotated[str, Field(max_length=20_000)]
Version = Annotated[int, Field(ge=1, le=LARGEST, description="The version that you read; an older one is 409")]
Id = Annotated[int, Field(ge=1, le=LARGEST)]  # of a row: a database takes no larger one, and a page gave none
Fen = Annotated[int, Field(ge=0, le=LARGEST, description="Money in fen")]
Celsius = Annotated[
    str | None,
    Field(pattern=r"^-?[0-9]{1,3}(\.[0-9])?$", description="In °C, such as `-18.5`, where the category asks for it"),
]
File = Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of a file that your organisation holds")]


def tenths(celsius: str | None) -> int | None:
    """`-18.5` is -185, as the domain counts."""
    return None if celsius is None else round(float(celsius) * 10)


# defer_build: what reads and checks a body is built when the first one comes, not when the program starts


class Sent(BaseModel):
    """A body that we take. A field that we do not know is refused, and a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Asked(BaseModel):
    """What may stand behind the question mark of an address; a name that we do not know is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Told(BaseModel):
    """A body that we give. Fields may be added later; none is renamed."""

    model_config = ConfigDict(defer_build=True)


class Wrong(Told):
    field: str = Field(description="The field; in a list `outcomes 2, acted_at`, counted from 1")
    code: str = Field(description="For programs")
    reason: Words = Field(description="What to do about it")


class Present(Told):
    status: str | None
    version: int | None


class Since(Told):
    seq: int
    action: str
    actor: str
    at: str


class ChangeTold(Told):
    """One difference of an edition beside the one before it. `old` null: added; `new` null: taken away."""

    edition: int
    field: str = Field(description="`legal_basis`, `reasons`, `answer_to`, `how_to_object`, `measure` or `listing`")
    of: str = Field(description="The `listing_id` of a listing, else empty")
    old: str | None
    new: str | None


class Problem(Told):
    """RFC 9457. `code` is stable and in docs/api.md; `detail` is for people, in the language of Accept-Language."""

    type: str = Field(description="`/problems/` and the code: a name, not a page")
    title: str = Field(description="What HTTP calls the status")
    status: int
    code: str = Field(description="For programs; docs/api.md has them all")
    detail: str = Field(description="What to do about it")
    errors: list[Wrong] | None = Field(None, description="With 422: everything that is wrong, not only the first")
    present: Present | None = Field(None, description="With 409 `stale`: how the case stands now")
    since: list[Since] | None = Field(
        None,
        description="With 409 `stale`: what was done since the version you sent. Empty for a laboratory and a "
        "platform: what they may know of it stands in the record",
    )
    edition: int | None = Field(None, description="With 409 `superseded`: the edition of the notice that is in force")
    changed: list[ChangeTold] | None = Field(None, description="With 409 `superseded`: what changed since you read it")


class Move(Told):
    """A move that your role may make of such a case in this status, and what stands in its way now."""

    name: str = Field(description="As the address calls it")
    allowed: bool = Field(description="Whether you could make it now")
    code: str | None = Field(description="Why it is not allowed, for programs")
    reason: Words | None = Field(description="The same in a sentence")


class Clock(Told):
    rule: str = Field(description="`lab_report`, `acknowledge`, `remove_by_order`, `remove_by_notice`, …")
    started_at: Moment = Field(description="Of what began it; that day does not count")
    due_on: date = Field(description="The last day")
    due_at: DayEnds = Field(description="From this moment on it is overdue")
    overdue: bool = Field(description="Whether it ran out while it ran")
    provisional: bool = Field(description="A holiday calendar that it needs is not announced yet")
    stopped_at: Moment | None = Field(description="Null while it runs")
    outcome: str | None = Field(description="Why it stopped, such as `done`; null while it runs")
    explanation: Words = Field(description="How the day was reckoned, step by step")
    listing_id: str | None = Field(None, description="Of a notice: the listing whose own time it is; else null")


class EventLine(Told):
    seq: int = Field(description="Counted within this record")
    at: Moment = Field(description="When it was done")
    action: str = Field(description="The record's own word, as in docs/workflows.md")
    part: str | None = Field(description="The part of the case that it was done to; null: to all of it")
    old_status: str | None = Field(description="Null where no status changed")
    status: str | None = Field(description="After it; null where no status changed")
    who: Words = Field(description="A person of yours, or the name of another organisation")
    actor: str | None = Field(description="As the record names them; of your own organisation only")
    note: str | None = Field(description="Of your own organisation only")
    digest: str = Field(description="Of this event and all before it in the record")


class Page(Told, Generic[T]):
    items: list[T]
    next: str | None = Field(description="The `cursor` of the next page; null at the end")


class Organisation(Told):
    code: str
    name: str


def organisation(one: Any) -> Organisation:
    return Organisation(code=one.code, name=one.name)


class StandardJudgedBy(Told):
    """A standard of the agency's library that a limit was taken from, as it stood in that version."""

    number: str
    version: str = Field(description="Of the library, from 1")
    published: str = Field(description="The publisher's own version")
    category: str = Field(description="Empty: every product")
    clause: str


class Changed(Told):
    """What a move answers: the case as it is now."""

    number: str = Field(description="As its address has it")
    status: str = Field(description="As it is now")
    version: int = Field(description="As it is now")


class JustAMove(Sent):
    version: Version
    note: Paragraph = ""


class WithAReason(JustAMove):
    note: Paragraph = Field(min_length=1, description="Needed: it stands in the record")


PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    code: {"content": PROBLEM} for code in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
}
