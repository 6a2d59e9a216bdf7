"""What a purchase has to show, as its buyer and its coordinator see it: what is there, what lacks, what is excused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import visible_exhibits
from quality.pages.kinds.shape import Made
from quality.pages.timeline import name_for
from quality.people.actor import Actor
from quality.purchases.checklist_editions import needs_for
from quality.purchases.checklists import ON_A_SCREEN, Need, Shape, Standing, called, shown_at
from quality.purchases.models import Task
from quality.purchases.operations.waiving import accept_waiver, refuse_waiver, take_waiver_back
from quality.purchases.waivers import (
    ACCEPT,
    REFUSE,
    TAKE_BACK,
    WORDS,
    Waiver,
    can_be_excused,
    session_of,
    standings,
    step_of,
)

ACCEPTS = {Shape.ANY: "image/*,video/*", Shape.VIDEO: "video/*"}


class Shot(NamedTuple):
    """A line of the buyer's list."""

    kind: EvidenceKind
    name: str
    label: Text
    hint: Text
    required: int  # pieces; 0: good to have
    there: int
    at: datetime | None  # when the last of this kind came
    by_camera: bool  # what stands on a screen is chosen among the screenshots
    accepts: str
    is_excused: bool
    is_asked: bool
    may_ask: bool  # to go without it

    @property
    def shape(self) -> str:
        return Shape.VIDEO if self.accepts == ACCEPTS[Shape.VIDEO] else ""

    @property
    def is_done(self) -> bool:
        return self.is_excused or self.there >= max(1, self.required)

    @property
    def lacks(self) -> int:
        return 0 if self.is_excused else max(0, self.required - self.there)


class Checklist(NamedTuple):
    shots: list[Shot]
    required: int  # pieces, of all lines
    there: int  # of the required ones, or excused

    @property
    def lacks(self) -> int:
        return self.required - self.there


def checklist(session: Session, task: Task, me: Actor) -> Checklist | None:
    """What can be shown at the present step: what it waits for, and what a later one will."""
    if (step := step_of(task)) is None:
        return None
    came = {each.kind: each.at for each in visible_exhibits(session, me, task)}
    shots = [shot_of(each, came.get(each.need.kind)) for each in standings(task) if shown_at(each.need, step)]
    required = sum(shot.required for shot in shots)
    return Checklist(shots, required, required - sum(shot.lacks for shot in shots))


def shot_of(one: Standing, at: datetime | None) -> Shot:
    need = one.need
    return Shot(
        kind=need.kind,
        name=need.name,
        label=called(need, 1),
        hint=need.says,
        required=need.least,
        there=one.there,
        at=at,
        by_camera=need.kind not in ON_A_SCREEN,
        accepts=ACCEPTS[need.shape],
        is_excused=one.excused,
        is_asked=one.asked,
        may_ask=can_be_excused(one),
    )


def overview(task: Task) -> list[Shot]:
    """Every line, for who stands over the purchase."""
    return [shot_of(each, None) for each in standings(task)]


# --- reasons to go without one ---


class Reason(NamedTuple):
    waiver: Waiver
    piece: Text
    code: Text
    asked_by: Text
    decided_by: Text | None


def waivers_shown(session: Session, asked: Sequence[Waiver], me: Actor) -> list[Reason]:
    """The newest first."""
    if not asked:
        return []
    named = needs_by_name(needs_for(session, asked[0].task.campaign))
    return [
        Reason(
            each,
            piece_of(each, named),
            WORDS[each.code],
            name_for(session, each.asked_by_id, me),
            name_for(session, each.decided_by_id, me) if each.decided_by_id else None,
        )
        for each in reversed(asked)
    ]


def needs_by_name(needs: Iterable[Need]) -> dict[str, Need]:
    return {each.name: each for each in needs}


def piece_of(asked: Waiver, named: dict[str, Need]) -> Text:
    return called(named[asked.need], 1) if asked.need in named else asked.need


def names_of(asked: Sequence[Waiver]) -> dict[str, Text]:
    """What people call them in the record."""
    if not asked:
        return {}
    named = needs_by_name(needs_for(session_of(asked[0].task), asked[0].task.campaign))
    return {name_of(each): piece_of(each, named) for each in asked}


def accept(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    accept_waiver(session, asked, by=by, version=version, note=note)


def refuse(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    refuse_waiver(session, asked, note, by=by, version=version)


def take_back(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    take_waiver_back(session, asked, by=by, version=version, note=note)


WAIVER_MAKES = {
    ACCEPT.name: Made(accept),
    REFUSE.name: Made(refuse, _("Why it is needed, and what to do"), must=True),
    TAKE_BACK.name: Made(take_back),
}
