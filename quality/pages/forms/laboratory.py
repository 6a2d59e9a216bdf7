"""What a laboratory is asked at its door: the seal it reads, and the state of what came."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.words import Text, _
from quality.lab import operations
from quality.lab.models import Refusal
from quality.pages.forms.fields import Choice, Form, Line, Moment, Paragraph
from quality.pages.forms.sheet import Sheet
from quality.pages.words import word
from quality.people.actor import Actor
from quality.purchases.models import Portion

SEAL_STATES: dict[str, Text] = {"intact": _("Intact"), "broken": _("Broken, or opened before")}


class Receipt(Form):
    seal_no = Line(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"))
    received_at = Moment(_("Received at"), _("Beijing time"))


def receipt(_session: Session, _portion: Portion, _me: Actor) -> Receipt:
    form = Receipt(data={"received_at": clock.now()})
    form.seal_state.offer(SEAL_STATES)
    return form


def receive(session: Session, portion: Portion, form: Any, me: Actor, version: int) -> None:
    operations.receive(
        session,
        portion,
        by=me,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        condition=form.condition.data,
        received_at=form.received_at.data,
        version=version,
    )


class TurningAway(Form):
    cause = Choice(_("Cause"))
    reason = Paragraph(_("What you saw"))
    seal_no = Line(_("Seal number that you read"), optional=True)
    received_at = Moment(_("Received at"), _("Beijing time"))


def turning_away(_session: Session, _portion: Portion, _me: Actor) -> TurningAway:
    form = TurningAway(data={"received_at": clock.now()})
    form.cause.offer({cause.value: word("sample_exit", cause.value) for cause in Refusal})
    return form


def refuse(session: Session, portion: Portion, form: Any, me: Actor, version: int) -> None:
    operations.refuse(
        session,
        portion,
        form.reason.data,
        by=me,
        cause=Refusal(form.cause.data),
        seal_no=form.seal_no.data,
        received_at=form.received_at.data,
        version=version,
    )


PORTION_SHEETS = {
    "take_in": Sheet(receipt, receive, _("Read the seal yourself; where it is broken, turn the portion away.")),
    "turn_away": Sheet(turning_away, refuse, _("What you write goes to the agency with the portion's record.")),
}
