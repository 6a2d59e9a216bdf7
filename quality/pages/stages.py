"""How far an unboxing is: what lacks on each of its pages, and where to go on."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text
from quality.pages.checklist import Shot, shot_of
from quality.pages.unboxing import PAGES, SENT_AS, SHOWS, TITLES, TYPED, Page
from quality.purchases.models import Task
from quality.purchases.unboxing import typed_of
from quality.purchases.waivers import standings


class Stage(NamedTuple):
    """A page of the sequence, and how far it is."""

    page: Page
    title: Text
    lacks: int  # required pieces that are not there
    is_typed: bool  # whatever has to be typed on it
    is_done: bool
    shots: list[Shot]

    @property
    def sent_as(self) -> str:
        return SENT_AS.get(self.page, "")


def stages(session: Session, task: Task) -> list[Stage]:
    standing, typed = standings(task), typed_of(session, task)
    found = []
    for page in PAGES:
        shots = [shot_of(each, None) for each in standing if each.need.kind == SHOWS.get(page)]
        lacks = sum(shot.lacks for shot in shots)
        written = all(typed.get(name, "").strip() for name in TYPED.get(page, ()))
        if page is Page.LABEL:
            written = task.label_checked_at is not None
        done = written and not lacks
        if page is Page.OPENING and not any(shot.required for shot in shots):
            done = any(shot.there for shot in shots)  # good to have, and not asked for twice
        found.append(
            Stage(page, TITLES[page], lacks, written and page is not Page.SEAL, done and page is not Page.SEAL, shots)
        )
    return found


def first_left(found: list[Stage]) -> Page:
    """Where to go on: what is only good to have holds nobody up."""
    return next((each.page for each in found if not each.is_done and not is_optional(each)), Page.SEAL)


def is_optional(stage: Stage) -> bool:
    return stage.page is Page.OPENING and not any(shot.required for shot in stage.shots)
