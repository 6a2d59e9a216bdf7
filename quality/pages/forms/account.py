"""Forms about accounts: signing in, the own account, the people of an organisation."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField
from wtforms.validators import InputRequired

from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Form, Line
from quality.pages.words import word
from quality.people.models import Organisation
from quality.people.operations import ROLES_OF

LANGUAGES = {"zh": "中文", "en": "English"}
THEMES = {"system": _("As the device"), "light": _("Light"), "dark": _("Dark")}


def needed(says: Text) -> Any:
    return InputRequired(says)  # type: ignore[arg-type] # it becomes a string when it is shown


def secret(label: Text, says: Text) -> Any:
    return PasswordField(label, [needed(says)])  # type: ignore[arg-type] # as above


class CodeForm(Form):
    code = Line(_("Code"), validators=[needed(_("Enter the six digits that the app shows"))])


class PreferencesForm(Form):
    name = Line(_("Person's name"), _("As colleagues of your organisation read it"))
    language = Choice(_("Language"))
    theme = Choice(_("Light or dark"))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.language.offer(LANGUAGES)
        self.theme.offer(THEMES)


class PasswordForm(Form):
    password = secret(_("Present password"), _("Enter your present password"))


class ChangePasswordForm(PasswordForm):
    new = secret(_("New password"), _("Choose a password"))
    again = secret(_("The same once more"), _("Enter the password once more"))

    def validate(self, *given: Any, **more: Any) -> bool:
        fits: bool = super().validate(*given, **more)
        if fits and self.new.data != self.again.data:
            put(self.again, _("The two passwords differ"))
        elif fits and self.new.data == self.password.data:
            put(self.new, _("Choose another than the present one"))
        return fits and not self.errors


class PasskeyForm(Form):
    name = Line(_("Name of the passkey"), validators=[needed(_("Give it a name, such as My telephone"))])


class InviteForm(Form):
    email = Line(_("E-mail"), _("They sign in with it"))
    name = Line(_("Person's name"), _("As colleagues read it; empty: from the address"), optional=True)
    role = Choice(_("Role here"))

    def __init__(self, organisation: Organisation, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.role.offer(roles_in(organisation))


class RoleForm(Form):
    role = Choice(_("Role here"))

    def __init__(self, organisation: Organisation, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.role.offer(roles_in(organisation))


def roles_in(organisation: Organisation) -> dict[str, Text]:
    return {role.value: word("role", role) for role in sorted(ROLES_OF[organisation.kind])}


def put(field: Any, says: Text) -> None:
    field.errors = [*field.errors, str(says)]
