"""What every hand-over is asked for: a photo, and of a courier the number of the parcel; or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core.words import Text, _
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choices, Degrees, Files, Form, Line, chosen
from quality.people.actor import Actor
from quality.purchases.blind import as_written
from quality.purchases.cold import asked_for
from quality.purchases.operations import Seen
from quality.purchases.operations.photos import kind_of

SEAL_STATES: dict[str, Text] = {"intact": _("Intact"), "broken": _("Broken, or opened before")}
ANOTHER: dict[str, Text] = {"another": _("Whole, but another than was put on")}
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


class SealRead(Photographed):
    """With `seal_no` and `seal_state`. Another seal is never explained: a slip of the finger is told before."""

    seals: Mapping[str, str] = MappingProxyType({})  # that were put on, by what the field `chosen_by` names
    chosen_by = "portion"

    def validate_seal_no(self, field: Any) -> None:
        put_on = self.seals.get(self[self.chosen_by].data or "")
        if not (put_on and field.data) or as_written(field.data) == as_written(put_on):
            return
        if self["seal_state"].data == "intact":
            text = _(
                "It was sealed with %(seal)s. Read it once more; if there is another one on it, choose that below",
                seal=put_on,
            )
            raise ValidationError(str(text))


def temperature() -> Any:
    return Degrees(_("Temperature, °C"), _("As you measured it now"))


def without_needless_temperature(form: F, category: str) -> F:
    """It is measured where the category asks for it, and nowhere else."""
    if asked_for(category) is None:
        del form["temperature"]
    return form


def parcel_no(*, always_carried: bool = True) -> Any:
    """Where it may be given to others as well, only who gives it to a courier enters one."""
    hint = _("The courier's; with the arrival it confirms that side")
    return Line(_("Parcel number"), hint, optional=not always_carried)


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
