"""What the lists of candidates share: what may be asked of one, what each line tells, and who is meant by an id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.api.door import told
from quality.api.shapes import Asked, Line, Moment, Organisation, Page, Told, organisation
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.likeness.models import Alike
from quality.pages.candidates import C, Candidates, asked_of, platforms_of, walked
from quality.pages.timeline import Names
from quality.people.access import me
from quality.people.actor import Actor
from quality.radar.models import Hit

A_PAGE, MOST = 50, 200
T = TypeVar("T", bound=Told)


class CandidateFilter(Asked):
    sure: Line = Field("", description="`certain`, `likely` or `possible`")
    platform: Line = Field("", description="Its code")
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=40, description="`next` of the page before")


class CandidateTold(Told):
    id: int = Field(description="By which it is decided on")
    platform: Organisation = Field(description="Where it is on sale")
    listing_id: str
    listing: dict[str, Any] = Field(description="The frame's row as it stood")
    sure: str = Field(description="`certain`, `likely` or `possible`")
    found_at: Moment
    decided_by: str = Field(description="Empty while it waits")
    decided_at: Moment | None
    reason: str


def of_each(each: Alike | Hit, names: Names) -> dict[str, Any]:
    """What is told of every candidate."""
    kept = ("id", "listing_id", "listing", "sure", "why", "found_at", "decided_at", "reason")
    return {name: getattr(each, name) for name in kept} | {
        "platform": organisation(each.platform),
        "decided_by": str(names.name(each.decided_by_id)) if each.decided_by_id else "",
    }


def listed(
    of: Candidates[C], wanted: CandidateFilter, told_of: Callable[[Sequence[C]], list[T]], shape: type[T]
) -> ResponseReturnValue:
    """A page of the list. A program that asks for what there is not is told so, where a page leaves it out."""
    session = db.session()
    said = wanted.model_dump(exclude={"limit", "cursor"}) | {"after": wanted.cursor}
    understood = asked_of(of, MultiDict(said), platforms_of(session, of, me))
    if understood.not_understood:
        text = _("There is no such filter here: %(what)s", what=understood.not_understood[0])
        raise Invalid(FieldProblem("query", "unknown_filter", text))
    found, last = walked(session, of, understood, me, wanted.limit)
    return told(Page[shape](items=told_of(found), next=last))  # type: ignore[valid-type]


def found_as(one_visible: Callable[[Session, Actor, int], C], place: int, key: int, field: str = "items") -> C:
    try:
        return one_visible(db.session(), me, key)
    except NotFound:
        text = _("There is no such listing among those that you may see")
        raise Invalid(FieldProblem(f"{field} {place}", "unknown", text)) from None
