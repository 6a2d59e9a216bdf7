"""What every hand-over is asked for: a photo, and of a courier the number of the parcel; or why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core.words import Text, _
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choices, Degrees, Files, Form, Line, chosen
from quality.people.actor import Actor
from quality.purchases.cold import asked_for
from quality.purchases.operations import Seen
from quality.purchases.operations.photos import kind_of

F = TypeVar("F", bound=Form)
AS_IT_IS = _("The portion with its seal, as it is handed over")


class Photo(Files):
    """One is expected; where there is none, `no_photo` says why."""

    def process_formdata(self, valuelist: Iterable[Any]) -> None:
        self.data = chosen(valuelist)


def photo(hint: Text = AS_IT_IS) -> Any:
    return Photo(_("Photo"), hint)


def no_photo() -> Any:
    return Line(_("Why there is no photo"), _("Only where none was taken; it stands in the dossier"), optional=True)


class Photographed(Form):
    """A form with the fields `photo` and `no_photo`. One of them is filled in."""

    def validate_photo(self, field: Any) -> None:
        if not field.data and not self["no_photo"].data:
            raise ValidationError(str(_("Add a photo, or write below why there is none")))


def temperature() -> Any:
    return Degrees(_("Temperature, °C"), _("As you measured it now"))


def without_needless_temperature(form: F, category: str) -> F:
    """It is measured where the category asks for it, and nowhere else."""
    if asked_for(category) is None:
        del form["temperature"]
    return form


def parcel_no() -> Any:
    return Line(_("Parcel number"), _("The courier's; with the arrival it confirms that side"), optional=True)


def no_parcel() -> Any:
    return Choices(_("Without a number"), {"yes": _("The parcel has none: it is carried by hand")})


class Carried(Photographed):
    """With `parcel_no` and `no_parcel` beside. Who carries something by hand says so."""

    def is_carried(self) -> bool:
        return True

    def validate_parcel_no(self, field: Any) -> None:
        if self.is_carried() and not field.data and not self["no_parcel"].data:
            raise ValidationError(str(_("Enter the parcel number, or mark below that there is none")))


def seen(session: Session, form: Any, by: Actor) -> Seen:
    files: Any = form.photo.data or []
    return Seen(taken_in(session, files, kind_of(by), by=by), form.no_photo.data or "", form.data.get("temperature"))
