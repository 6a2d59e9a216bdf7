"""What is asked of who pauses, resumes or extends a deadline, and of who grants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from quality.clocks.changing import Change
from quality.clocks.models import ChangeKind
from quality.clocks.operations import Allowed
from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Form, Line, Paragraph, Whole

KINDS: dict[str, Text] = {
    ChangeKind.EXTEND.value: _("Extend it"),
    ChangeKind.PAUSE.value: _("Let it stand from now on"),
    ChangeKind.RESUME.value: _("Let it run again from now on"),
}


class ChangeForm(Form):
    clock = Choice(_("Which deadline"))
    kind = Choice(_("What is to be done"))
    days = Whole(_("Days"), _("Only to extend it: in working days where the deadline counts these"), optional=True)
    reason = Paragraph(_("Reason"), _("Everybody reads it who has this deadline, another party too"))
    allowed_by = Line(_("Allowed by"), _("Name and office of the person who decided"))
    decision_no = Line(_("Number of the decision"), optional=True)

    def wanted(self) -> Change:
        allowed = Allowed(self.allowed_by.data or "", self.decision_no.data or "")
        return Change(ChangeKind(self.kind.data or ""), self.reason.data or "", allowed, self.days.data)


def change_form(clocks: Mapping[str, Text]) -> ChangeForm:
    """`clocks` by their ids. What was sent is not read yet."""
    form = ChangeForm()
    form.clock.offer(clocks)
    form.kind.offer(KINDS)
    return form


class AnswerForm(Form):
    answer = Paragraph(_("Note or reason"), _("Needed to refuse it"), rows=2)


class SeenToForm(Form):
    note = Paragraph(_("What was done"), _("For instance who was talked to, when, and what came of it"), rows=2)


class SeenTo(NamedTuple):
    """A field for each step that waits; what was sent, and what is wrong with it, stands at its own."""

    sent: SeenToForm | None = None
    at: tuple[int, int] = (0, 0)

    def of(self, clock_id: int, step: int) -> Any:
        if self.sent is not None and self.at == (clock_id, step):
            return self.sent.note
        field = SeenToForm().note
        field.id = f"note-{clock_id}-{step}"
        return field
