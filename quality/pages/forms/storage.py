"""A place of the store is named; a portion is disposed of by two people, each with a form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from quality.core.words import Reason, _
from quality.objections.operations.disposal import confirm_disposal, nobody_may_object_any_more
from quality.pages.forms.fields import Choice, Degrees, Form, Line, Moment, Paragraph
from quality.pages.forms.held import Held, Which
from quality.pages.forms.sheet import Sheet, unchanged
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, Sample
from quality.purchases.operations.storage import (
    TO_BE_DISPOSED,
    is_kept_long_enough,
    propose_disposal,
    why_it_is_kept,
    withdraw_disposal,
)
from quality.purchases.workflow import HAS_ITS_END, was_proposed_by_someone_else


class PlaceForm(Form):
    code = Line(_("Short name"), _("As it stands on the shelf: B-12"))
    room = Line(_("Room"))
    shelf = Line(_("Shelf"), optional=True)
    least = Degrees(_("Lowest temperature, °C"), optional=True)
    most = Degrees(_("Highest temperature, °C"), optional=True)


class Measuring(Form):
    temperature = Degrees(_("Temperature, °C"), _("As you read it there"))
    at = Moment(_("Measured at"), _("Beijing time"))
    note = Paragraph(_("What was done"), _("Where it is outside of the range"), rows=2, optional=True)


class Proposing(Form):
    portion = Choice(_("Portion"))
    reason = Paragraph(_("Why and how"), _("Another person reads this before they confirm"))


class Choosing(Form):
    portion = Choice(_("Portion"))


def unproposed(sample: Sample) -> list[Portion]:
    if sample.status not in HAS_ITS_END:
        return []
    return [each for each in sample.portions if each.status in TO_BE_DISPOSED and each.disposal is None]


def proposed(sample: Sample) -> list[Portion]:
    return [each for each in sample.portions if each.disposal is not None and each.disposal.confirmed_at is None]


def stands_in_the_way(portion: Portion, by: Actor) -> Reason | None:
    return why_it_is_kept(portion, by) or nobody_may_object_any_more(portion, by)


def may_not_be_confirmed(portion: Portion, by: Actor) -> Reason | None:
    conditions = (was_proposed_by_someone_else, is_kept_long_enough, nobody_may_object_any_more)
    return next((reason for each in conditions if (reason := each(portion, by))), None)


def one_may_go(
    held: Held, some: Which, hindrance: Callable[[Portion, Actor], Reason | None]
) -> Callable[[Any, Actor], Reason | None]:
    """What stands in the way of all of them, said of the first; None where one may go."""

    def asked(case: Any, by: Actor) -> Reason | None:
        reasons = [hindrance(each, by) for each in held.portions(case, some)]
        return None if None in reasons else next(iter(reasons), None)

    return asked


def proposing(_session: Session, case: Any, me: Actor, *, held: Held) -> Form:
    may_go = [each for each in held.portions(case, unproposed) if not stands_in_the_way(each, me)]
    made: Form = held.offer(Proposing(), may_go)
    return made


def propose(session: Session, case: Any, form: Any, me: Actor, version: int, *, held: Held) -> None:
    portion = held.chosen(case, form)
    seen = held.take(session, case, "propose_disposal", portion.sample, by=me, version=version)
    propose_disposal(session, portion.sample, portion.kind, form.reason.data, by=me, version=seen)


def confirming(_session: Session, case: Any, me: Actor, *, held: Held) -> Form:
    may_go = [each for each in held.portions(case, proposed) if not may_not_be_confirmed(each, me)]
    made: Form = held.offer(Choosing(), may_go)
    return made


def confirm(session: Session, case: Any, form: Any, me: Actor, version: int, *, held: Held) -> None:
    portion = held.chosen(case, form)
    seen = held.take(session, case, "confirm_disposal", portion.sample, by=me, version=version)
    if seen is not None:
        unchanged(session, portion.sample, seen)
    confirm_disposal(session, portion.sample, portion.kind, by=me)


def withdrawing(_session: Session, case: Any, _me: Actor, *, held: Held) -> Form:
    made: Form = held.offer(Choosing(), held.portions(case, proposed))
    return made


def withdraw(session: Session, case: Any, form: Any, me: Actor, version: int, *, held: Held) -> None:
    portion = held.chosen(case, form)
    seen = held.take(session, case, "withdraw_disposal", portion.sample, by=me, version=version)
    withdraw_disposal(session, portion.sample, portion.kind, by=me, version=seen)


def disposal_sheets(held: Held) -> dict[str, Sheet]:
    return {
        "propose_disposal": Sheet(
            partial(proposing, held=held),
            partial(propose, held=held),
            _("Disposal takes two people. You propose; somebody else confirms."),
            label=_("Propose disposal"),
            by=Can.DISPOSAL_PROPOSE,
            is_due=lambda case: bool(held.portions(case, unproposed)),
            also=[one_may_go(held, unproposed, stands_in_the_way)],
        ),
        "confirm_disposal": Sheet(
            partial(confirming, held=held),
            partial(confirm, held=held),
            _("With your signature the portion is disposed of. This cannot be undone."),
            label=_("Confirm the disposal"),
            by=Can.DISPOSAL_CONFIRM,
            is_due=lambda case: bool(held.portions(case, proposed)),
            also=[one_may_go(held, proposed, may_not_be_confirmed)],
        ),
        "withdraw_disposal": Sheet(
            partial(withdrawing, held=held),
            partial(withdraw, held=held),
            label=_("Take the proposed disposal back"),
            by=Can.DISPOSAL_PROPOSE,
            is_due=lambda case: bool(held.portions(case, proposed)),
        ),
    }
