"""With each hand-over a photo is asked for; where none was taken, why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core.words import Text, _
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Files, Form, Line, chosen
from quality.people.actor import Actor
from quality.purchases.operations import Seen
from quality.purchases.operations.photos import kind_of

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


def seen(session: Session, form: Any, by: Actor) -> Seen:
    files: Any = form.photo.data or []
    return Seen(taken_in(session, files, kind_of(by), by=by), form.no_photo.data or "")
