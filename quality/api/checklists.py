"""What purchases have to show: the agency's list, and what a category asks for more; drafted, then approved."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import JustAMove, Moment, Page, Sent, Told, Version, WithAReason
from quality.core.db import db
from quality.evidence.models import EvidenceKind
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.purchases import checklist_editions as editions
from quality.purchases.checklists import LONGEST_HINT, MOST, Need, Shape, Step, kept

checklists = door("checklists", tag="checklists", about="What purchases have to show before each step is finished")
DOORS = [checklists]
MOST_NEEDS = 40


class NeedSent(Sent):
    kind: EvidenceKind = Field(strict=False)
    step: Step = Field(strict=False, description="The move that waits for it")
    least: int = Field(ge=0, le=MOST, description="Pieces; 0: shown to the buyer, and not required")
    shape: Shape = Field(Shape.ANY, strict=False, description="`video`: only videos count")
    hint: str = Field("", max_length=LONGEST_HINT)
    hint_zh: str = Field("", max_length=LONGEST_HINT)


class NeedTold(Told):
    kind: str
    step: str
    least: int
    shape: str
    hint: str
    hint_zh: str


class ChecklistSent(Sent):
    category: str = Field("", max_length=100, description="Empty: for every purchase; else only what it asks for more")
    needs: list[NeedSent] = Field(max_length=MOST_NEEDS)
    version: Version | None = Field(None, description="Of the edition that waits, to draft it anew")


class ChecklistTold(Told):
    id: int
    version: int
    category: str
    edition: int
    needs: list[NeedTold]
    is_in_force: bool = Field(description="Campaigns that are frozen now take it")
    drafted_by: str
    drafted_at: Moment
    approved_by: str | None
    approved_at: Moment | None
    ended_at: Moment | None = Field(description="Put away without approval")


def edition_told(one: editions.ChecklistEdition, in_force: int | None) -> ChecklistTold:
    names = ("id", "version", "category", "edition", "drafted_at", "approved_at", "ended_at")
    return ChecklistTold(
        **{name: getattr(one, name) for name in names},
        needs=[NeedTold(**kept(need)) for need in one.asks],
        is_in_force=one.id == in_force,
        drafted_by=one.drafted_by.name,
        approved_by=one.approved_by.name if one.approved_by else None,
    )


def now(one: editions.ChecklistEdition) -> ChecklistTold:
    return edition_told(one, editions.in_force(db.session(), one.agency_id, one.category).id)


@checklists.get("/checklists", summary="Every edition", responses={200: Page[ChecklistTold]})
@needs(Can.CAMPAIGN_READ)
@takes()
def list_checklists() -> ResponseReturnValue:
    """By category, the newest first. Where there is none, the usual list holds."""
    session, found = db.session(), editions.editions_of(db.session(), me)
    holds = editions.in_force_of(session, me.organisation_id, [each.category for each in found])
    items = [edition_told(each, holds[each.category].id) for each in found]
    return told(Page[ChecklistTold](items=items, next=None))


@checklists.post("/checklists", summary="Draft an edition", responses={201: ChecklistTold})
@once
@needs(Can.CHECKLIST_PROPOSE)
@takes(body=ChecklistSent)
def draft_checklist() -> ResponseReturnValue:
    """Another person approves it; until then the edition before it holds."""
    given = sent(ChecklistSent)
    asks = [Need(each.kind, each.step, each.least, each.shape, each.hint, each.hint_zh) for each in given.needs]
    made = editions.propose_checklist(db.session(), given.category, asks, by=me, version=given.version)
    return told(now(made), 201)


@checklists.post("/checklists/<int:checklist>/approve", summary="Approve it", responses={200: ChecklistTold})
@once
@needs(Can.CHECKLIST_APPROVE, once_found=True)
@takes(body=JustAMove)
def approve_checklist(checklist: int) -> ResponseReturnValue:
    one = editions.one_edition(db.session(), me, checklist)
    require_for(one)
    editions.approve_checklist(db.session(), one, by=me, version=sent(JustAMove).version)
    return told(now(one))


@checklists.post("/checklists/<int:checklist>/refuse", summary="Put it away", responses={200: ChecklistTold})
@once
@needs(Can.CAMPAIGN_READ, once_found=True)
@takes(body=WithAReason)
def refuse_checklist(checklist: int) -> ResponseReturnValue:
    one = editions.one_edition(db.session(), me, checklist)
    require_for(one)
    given = sent(WithAReason)
    editions.put_checklist_away(db.session(), one, given.note, by=me, version=given.version)
    return told(now(one))
