"""What every hand-over is asked for: a photo, or why there is none; who carries it, and of a courier the parcel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core.words import Text, _
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Degrees, Files, Form, Line, chosen
from quality.pages.keeping import is_to_keep
from quality.people.actor import Actor
from quality.people.models import Person
from quality.purchases.blind import as_written
from quality.purchases.cold import asked_for
from quality.purchases.models import Portion, Sample
from quality.purchases.operations import Seen, Way
from quality.purchases.operations.photos import kind_of
from quality.purchases.operations.unboxing import goes_unscanned
from quality.purchases.queries import who_may_take

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


def no_scan() -> Any:
    hint = _("Only where its label cannot be scanned; it stands in the chain of custody")
    return Line(_("Why its label was not scanned"), hint, optional=True)


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


class Carrier(Choice):
    """A courier, where nothing is said of it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist or ["courier"])


def carrier() -> Any:
    return Carrier(_("Carried by"), _("Who carries it by hand confirms it by the seal, at both ends"))


def courier(*, always: bool = False) -> Any:
    """`always`: it goes by courier, and nobody carries it by hand."""
    return Line(_("Which courier"), "" if always else _("Needed where a courier carries it"), optional=not always)


def parcel_no(*, always: bool = False) -> Any:
    hint = _("Needed where a courier carries it: with the arrival it confirms that side")
    return Line(_("Parcel number"), hint, optional=not always)


class Carried(Photographed):
    """With `parcel_no`: of a courier it is the only confirmation. With `carrier` it may be somebody of the agency."""

    def is_carried(self) -> bool:
        return "carrier" not in self or bool(self["carrier"].data == "courier")

    def validate_parcel_no(self, field: Any) -> None:
        if self.is_carried() and not field.data:
            text = _("Enter the parcel number; who carries it by hand is somebody of the agency, who confirms it")
            raise ValidationError(str(text))


def offer_carriers(session: Session, form: F, sample: Sample) -> F:
    field: Any = form["carrier"]
    field.offer({"courier": _("A courier"), **colleagues(session, sample)})
    field.data = field.data or "courier"
    return form


def without_needless_scan(session: Session, form: F, portion: Portion) -> F:
    """Nobody is asked why a label was not scanned that was."""
    if not goes_unscanned(session, portion):
        del form["no_scan"]
    return form


def why_unscanned(form: Any) -> str:
    """Nothing, where nobody was asked; whether that is enough the operation says."""
    return (form.no_scan.data or "") if "no_scan" in form else ""


def colleagues(session: Session, sample: Sample) -> dict[str, Text]:
    if is_to_keep():  # a telephone keeps nobody's name
        return {}
    able = who_may_take(sample.agency_id, sample.buyer_id).order_by(Person.name, Person.id)
    return {f"person:{each.id}": each.name or each.email for each in session.scalars(able)}


def way_of(form: Any) -> Way:
    place = form.place.data or ""
    if form.is_carried():
        return Way(f"courier:{form.courier.data or ''}", form.parcel_no.data or "", place)
    return Way(form.carrier.data, "", place)


def seen(session: Session, form: Any, by: Actor) -> Seen:
    files: Any = form.photo.data or []
    return Seen(taken_in(session, files, kind_of(by), by=by), form.no_photo.data or "", form.data.get("temperature"))
