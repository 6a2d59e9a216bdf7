"""What is asked for a key: what it is for, how long it opens, and which deeds it may do."""

from __future__ import annotations

from typing import Any, NamedTuple

from quality.core.words import _
from quality.pages.forms.account import needed
from quality.pages.forms.fields import Choices, Form, Line, Whole
from quality.pages.words import word
from quality.people.keys import LONGEST, USUAL, most
from quality.people.models import Organisation
from quality.permissions import Role


class KeyForm(Form):
    name = Line(_("Name of the key"), _("What it is for, such as LIMS, room 4"), validators=[needed(_("Enter a name"))])
    days = Whole(_("Days that it is valid"), _("1 to %(most)s; a program should get a new one each year", most=LONGEST))


class Holder(NamedTuple):
    """For whom a key is asked: a membership of a person, or the organisation's programs as one role (no id)."""

    role: Role
    organisation: Organisation
    membership_id: int | None = None

    @property
    def is_program(self) -> bool:
        return self.membership_id is None


def key_form(holder: Holder, *given: Any) -> KeyForm:
    """With a box for each deed that the holder may do: all are proposed, and none is added later by itself."""
    deeds = sorted(most(holder.role, is_program=holder.is_program))
    scope = Choices(
        _("What it may do"),
        {deed: word("deed", deed) for deed in deeds},
        _("As %(role)s of %(place)s", role=word("role", holder.role), place=holder.organisation.name),
        validators=[needed(_("Choose at least one"))],
    )
    made: KeyForm = type("KeyForm", (KeyForm,), {"scope": scope})(*given, data={"days": USUAL, "scope": list(deeds)})
    return made
