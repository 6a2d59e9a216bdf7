"""The worklist of the radar (重新上架线索): what was taken down and may be on sale again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.radar import LIST, SWEEPS, lines_of
from quality.pages.views.candidates import Desk, decided, drawn
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.radar.models import Said
from quality.radar.operations import decide as decide_hits
from quality.radar.queries import one_visible, swept_by, waiting_for

radar = Blueprint("radar", __name__, url_prefix="/desk/radar")


@radar.get("")
@needs(Can.FINDING_READ)
def queue() -> ResponseReturnValue:
    return drawn(DESK)


@radar.post("", endpoint="say")
@comes_back
@needs(Can.ALIKE_DECIDE)
def say() -> ResponseReturnValue:
    return decided(DESK)


def decide(chosen: Sequence[Sequence[int]], decision: str, reason: str) -> None:
    session = db.session()
    decide_hits(session, [one_visible(session, me, key) for (key,) in chosen], decision, by=me, reason=reason)


def beside() -> dict[str, Any]:
    session = db.session()
    return {"sweeps": swept_by(session, me, SWEEPS), "waiting": waiting_for(session, me)}


DESK = Desk(
    of=LIST,
    lines_of=lines_of,
    template="desk/radar.html",
    queue="radar.queue",
    parts=1,
    decide=decide,
    confirms=Said.SAME,
    beside=beside,
)
