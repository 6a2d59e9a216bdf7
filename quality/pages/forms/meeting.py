"""Handing a portion over from telephone to telephone: the giver's form with its code, and the taker's."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.field import meeting
from quality.field.codes import in_a_qr, new_code, read_code
from quality.field.meeting import Read
from quality.field.models import Meeting
from quality.pages.forms.custody import sealed
from quality.pages.forms.fields import Choice, Degrees, Form, Line, Scanned, Unseen
from quality.pages.forms.held import ONE_SAMPLE
from quality.pages.forms.photos import (
    ANOTHER,
    SEAL_STATES,
    Photographed,
    SealRead,
    no_photo,
    photo,
    seen,
    temperature,
    without_needless_temperature,
)
from quality.pages.forms.sheet import Sheet
from quality.pages.qr import qr_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample

CONDITION = _("Packaging, temperature, what can be seen")


class Giving(SealRead):
    code = Unseen()
    portion = Choice(_("Portion"))
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = temperature()
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), CONDITION, optional=True)
    photo = photo()
    no_photo = no_photo()


class Taking(Photographed):
    code = Scanned(_("Code of the giver"), _("As their telephone shows it, such as HO-7K3X-92AM"))
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = Degrees(
        _("Temperature, °C"), _("As you measured it now"), optional=True
    )  # only the giver knows of what
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), CONDITION, optional=True)
    photo = photo()
    no_photo = no_photo()

    def validate_code(self, field: Any) -> None:
        if field.data and read_code(field.data) is None:
            text = _("Read the code once more: it cannot be this one. It looks like HO-7K3X-92AM")
            raise ValidationError(str(text))


def giving(_session: Session, sample: Sample, _me: Actor) -> Form:
    portions = sealed(sample)
    form = ONE_SAMPLE.offer(Giving(data={"code": new_code()}), portions)
    form.seal_state.offer(SEAL_STATES | ANOTHER)
    form.seals = {ONE_SAMPLE.key(each): each.seal_no for each in portions}
    if len(portions) > 1:
        form.portion.data = ""
    shown: Form = without_needless_temperature(form, sample.campaign.category)
    return shown


def give(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    """The code is nobody's field: what is wrong with it is said above the form."""
    portion, code = ONE_SAMPLE.chosen(sample, form), form.code.data or ""
    try:
        meeting.give(session, sample, portion.kind, code, read(session, form, me), by=me, version=version)
    except Invalid as wrong:
        loose = (each._replace(field="") if each.field == "code" else each for each in wrong.problems)
        raise Invalid(*loose) from wrong


def taking(session: Session, me: Actor, sent: Any = None) -> Taking:
    form = Taking(sent)
    form.seal_state.offer(SEAL_STATES | ANOTHER)
    return form


def take(session: Session, form: Any, me: Actor) -> Meeting:
    return meeting.take(session, form.code.data or "", read(session, form, me), by=me)


def read(session: Session, form: Any, me: Actor) -> Read:
    return Read(
        form.seal_no.data,
        form.seal_state.data != "broken",
        seen(session, form, me),
        form.place.data or "",
        form.condition.data or "",
    )


def code_shown(_session: Session, _sample: Sample, form: Any) -> dict[str, Text]:
    code = form.code.written()
    return {"code": code, "qr": qr_of(in_a_qr(code, ""))}


GIVE = Sheet(
    giving,
    give,
    _("Show the code to whoever takes it; they read it with their own telephone, and read the seal themselves."),
    label=_("Hand it over, telephone to telephone"),
    by=Can.SAMPLE_DISPATCH,
    is_due=lambda sample: bool(sealed(sample)),
    may_wait=True,
    template="desk/give.html",
    shown=code_shown,
)
