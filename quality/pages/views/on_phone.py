"""The buyer's telephone: what is due where, what waits on it, and the pages that it keeps for where no network is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import db
from quality.core.words import Text, _
from quality.pages.due import Stop, board
from quality.pages.keeping import files_to_keep, pages_to_keep, person_here, samples_of, tasks_of
from quality.pages.moments import last_day
from quality.pages.words import STATUSES
from quality.pages.worklist import Line, worklist
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus

on_phone = Blueprint("on_phone", __name__, url_prefix="/desk/field")
WAY = {status: step for step, status in enumerate(TaskStatus)}


@on_phone.get("/", endpoint="board")
@needs(Can.SAMPLE_DISPATCH)
def what_is_due() -> ResponseReturnValue:
    today = day_of(clock.now())
    return render_template("desk/field_board.html", board=board(stops(), today), today=today)


@on_phone.get("/queue")
@needs(Can.SAMPLE_DISPATCH)
def queue() -> ResponseReturnValue:
    """What waits on this telephone. Only the telephone knows; the page shows it what to say."""
    return render_template("desk/field_queue.html")


@on_phone.get("/not-kept")
@needs(Can.SAMPLE_DISPATCH)
def not_kept() -> ResponseReturnValue:
    """Shown in place of a page that the telephone does not have while it has no network."""
    session = db.session()
    return render_template(
        "desk/field_not_kept.html", tasks=tasks_of(session, me), samples=samples_of(session, me), statuses=STATUSES
    )


@on_phone.get("/kept")
@needs(Can.SAMPLE_DISPATCH)
def kept() -> ResponseReturnValue:
    """Which pages and files a telephone is to keep, and as of what each is."""
    pages = [page._asdict() for page in pages_to_keep(db.session(), me)]
    return jsonify(person=person_here(me), pages=pages, files=files_to_keep())


def stops() -> Iterator[Stop]:
    """Of the worklist, what a buyer has in the field: from the assignment until a laboratory has it."""
    for _group, lines in worklist(db.session(), me).groups:
        for line in lines:
            if is_in_the_field(line.case):
                yield stop(line)


def is_in_the_field(case: object) -> bool:
    """A coordinator's worklist has others of both kinds, too: not assigned yet, or tested long ago."""
    if isinstance(case, Task):
        return case.status is not TaskStatus.PLANNED
    return isinstance(case, Sample) and case.status in {SampleStatus.SEALED, SampleStatus.DISPATCHED}


def stop(line: Line) -> Stop:
    case, kind = line.case, line.kind
    until = line.sort[1]
    due = last_day(until) if isinstance(until, datetime) else None
    if isinstance(case, Task):
        due = due or case.campaign.ends_on
        step, place = WAY[case.status], place_of(case)
    else:
        step, place = WAY[TaskStatus.SEALED], _("With you, for the laboratory")
        if case.status is SampleStatus.DISPATCHED:
            step, place = step + 1, _("On the way to the laboratory")
    return Stop(kind.number(case), kind.heading(case), kind.address(case), step, place, line.to_do, due)


def place_of(task: Task) -> Text:
    """Where the goods are, as far as their listing says it. Never where the buyer has them sent."""
    region = str(task.drawn.listing.get("region") or "") or task.drawn.platform.name
    match task.status:
        case TaskStatus.ASSIGNED:
            return _("To be ordered at %(platform)s", platform=task.drawn.platform.name)
        case TaskStatus.ORDERED:
            return _("With the shop, %(region)s", region=region)
        case TaskStatus.SHIPPED:
            return _("On its way to you")
        case _other:
            return _("With you, to be sealed")
