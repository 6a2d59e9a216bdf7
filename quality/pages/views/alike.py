"""The queue of listings that are like a tested one (同款、同店商品)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.lab.models import Finding
from quality.likeness.models import Decision
from quality.likeness.queries import one_visible, progress_of
from quality.notices.operations import Choice
from quality.notices.operations import decide as decide_alike
from quality.pages.alike import LIST, lines_of, progress_of_all
from quality.pages.views.candidates import Desk, decided, drawn
from quality.people.access import me, needs
from quality.people.actor import within
from quality.people.kept import comes_back
from quality.permissions import Can

alike = Blueprint("alike", __name__, url_prefix="/desk/alike")


@alike.get("")
@needs(Can.FINDING_READ)
def queue() -> ResponseReturnValue:
    return drawn(DESK)


@alike.post("", endpoint="say")
@comes_back
@needs(Can.ALIKE_DECIDE)
def say() -> ResponseReturnValue:
    return decided(DESK)


def decide(chosen: Sequence[Sequence[int]], decision: str, reason: str) -> None:
    session = db.session()
    choices = [Choice(one_visible(session, me, key), version) for key, version in chosen]
    decide_alike(session, choices, decision, by=me, reason=reason)


def beside() -> dict[str, Any]:
    return {"progress": progress_of_all(progress_of(db.session(), within(Finding, me)))}


DESK = Desk(
    of=LIST,
    lines_of=lines_of,
    template="desk/alike.html",
    queue="alike.queue",
    parts=2,
    decide=decide,
    confirms=Decision.CONFIRMED,
    beside=beside,
)
