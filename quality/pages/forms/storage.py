"""A place of the store is named; a portion is disposed of by two people, each with a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from quality.core.words import Reason, _
from quality.objections.operations.disposal import confirm_disposal, nobody_may_object_any_more
from quality.pages.forms.fields import Choice, Degrees, Form, Line, Paragraph
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionKind, Sample
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
    some: Callable[[Sample], list[Portion]], hindrance: Callable[[Portion, Actor], Reason | None]
) -> Callable[[Sample, Actor], Reason | None]:
    """What stands in the way of all of them, said of the first; None where one may go."""

    def asked(sample: Sample, by: Actor) -> Reason | None:
        reasons = [hindrance(each, by) for each in some(sample)]
        return None if None in reasons else next(iter(reasons), None)

    return asked


def offered(form: Any, portions: list[Portion]) -> Any:
    kinds = {each.kind.value: word("portion_kind", each.kind) for each in portions}
    form.portion.offer(kinds)
    form.portion.data = next(iter(kinds), "")
    return form


def proposing(_session: Session, sample: Sample, me: Actor) -> Form:
    made: Form = offered(Proposing(), [each for each in unproposed(sample) if not stands_in_the_way(each, me)])
    return made


def propose(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    propose_disposal(session, sample, PortionKind(form.portion.data), form.reason.data, by=me, version=version)


def confirming(_session: Session, sample: Sample, me: Actor) -> Form:
    made: Form = offered(Choosing(), [each for each in proposed(sample) if not may_not_be_confirmed(each, me)])
    return made


def confirm(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    unchanged(session, sample, version)
    confirm_disposal(session, sample, PortionKind(form.portion.data), by=me)


def withdrawing(_session: Session, sample: Sample, _me: Actor) -> Form:
    made: Form = offered(Choosing(), proposed(sample))
    return made


def withdraw(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    withdraw_disposal(session, sample, PortionKind(form.portion.data), by=me, version=version)


DISPOSAL_SHEETS = {
    "propose_disposal": Sheet(
        proposing,
        propose,
        _("Disposal takes two people. You propose; somebody else confirms."),
        label=_("Propose disposal"),
        by=Can.DISPOSAL_PROPOSE,
        is_due=lambda sample: bool(unproposed(sample)),
        also=[one_may_go(unproposed, stands_in_the_way)],
    ),
    "confirm_disposal": Sheet(
        confirming,
        confirm,
        _("With your signature the portion is disposed of. This cannot be undone."),
        label=_("Confirm the disposal"),
        by=Can.DISPOSAL_CONFIRM,
        is_due=lambda sample: bool(proposed(sample)),
        also=[one_may_go(proposed, may_not_be_confirmed)],
    ),
    "withdraw_disposal": Sheet(
        withdrawing,
        withdraw,
        label=_("Take the proposed disposal back"),
        by=Can.DISPOSAL_PROPOSE,
        is_due=lambda sample: bool(proposed(sample)),
    ),
}
