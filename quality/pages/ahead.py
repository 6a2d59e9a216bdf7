"""The steps of a purchase that are still to come, so that a telephone has them where no network is."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core.words import Text
from quality.pages.checklist import Shot, shot_of
from quality.pages.forms.custody import SAMPLE_SHEETS
from quality.pages.forms.fields import Form
from quality.pages.forms.purchases import TASK_SHEETS
from quality.people.actor import Actor
from quality.purchases.checklists import EARLIEST, STEPS, Shape, Standing, called
from quality.purchases.models import Task
from quality.purchases.waivers import standings, step_of
from quality.purchases.workflow import SAMPLE_LIFE, TASK_LIFE


class Needed(NamedTuple):
    """A piece without which a step is not finished, as far as the server has it."""

    kind: str
    shape: str
    label: Text
    required: int
    there: int


class Ahead(NamedTuple):
    """A step with its form, what can be shown for it that could not be shown before, and what must be."""

    name: str
    label: Text
    says: Text
    form: Form
    shots: list[Shot]
    needs: list[Needed]


class Coming(NamedTuple):
    """Of a sample that is not sealed yet what the form of its dispatch asks."""

    agency_id: int
    buyer_id: int | None
    campaign: Campaign


def steps_ahead(session: Session, task: Task, me: Actor, *, with_present: bool) -> list[Ahead]:
    """Of who buys it. `with_present`: the present step too, whose form the page does not show yet."""
    now = step_of(task)
    assert now, "it is under way"
    present = STEPS.index(now)
    stands = standings(task)
    places = range(present if with_present else present + 1, len(STEPS))
    steps = [ahead(session, task, me, place, stands, is_present=place == present) for place in places]
    return [*steps, dispatch_ahead(session, task, me)]


def dispatch_ahead(session: Session, task: Task, me: Actor) -> Ahead:
    """The sealed portion goes to a laboratory: the last thing that is done in the street."""
    sheet, move = SAMPLE_SHEETS["dispatch"], SAMPLE_LIFE["dispatch"]
    coming = Coming(task.agency_id, task.buyer_id, task.campaign)
    return Ahead(move.name, move.label or move.name, sheet.says, sheet.form(session, coming, me), [], [])


def ahead(session: Session, task: Task, me: Actor, place: int, stands: list[Standing], *, is_present: bool) -> Ahead:
    name = STEPS[place]
    sheet = TASK_SHEETS[name]
    new = [each for each in stands if not is_present and EARLIEST[each.need.kind] is name]
    lacking = [each for each in stands if each.lacks and STEPS.index(each.need.step) <= place]
    return Ahead(
        name=name,
        label=TASK_LIFE[name].label or name,
        says=sheet.says,
        form=sheet.form(session, task, me),
        shots=[shot_of(each, None) for each in new],
        needs=[needed(each) for each in lacking],
    )


def needed(one: Standing) -> Needed:
    need = one.need
    shape = "video" if need.shape is Shape.VIDEO else ""
    return Needed(need.kind, shape, called(need, 1), need.least, one.there)
