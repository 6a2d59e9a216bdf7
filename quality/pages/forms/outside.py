"""An item that no certificate covers is marked as reported outside the accreditation."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session, object_session

from quality.core.words import _
from quality.lab.accreditation import flags_of
from quality.lab.models import Report, ReportStatus
from quality.lab.operations import mark_outside
from quality.pages.forms.fields import Choice, Form, Paragraph
from quality.pages.forms.sheet import Sheet
from quality.people.actor import Actor
from quality.permissions import Can


class Marking(Form):
    item = Choice(_("Test item"))
    reason = Paragraph(_("Reason"), _("Why it is reported all the same; the agency reads this and agrees or not"))


def may_be_marked(report: Report) -> list[str]:
    session = object_session(report)
    assert session, "a row that is shown belongs to a session"
    if report.status != ReportStatus.ENTERED:
        return []
    return [each.result.item for each in flags_of(session, report) if each.may_be_marked]


def marking(_session: Session, report: Report, _me: Actor) -> Marking:
    items = may_be_marked(report)
    form = Marking(data={"item": items[0] if len(items) == 1 else ""})
    form.item.offer({each: each for each in items})
    return form


def mark(session: Session, report: Report, form: Any, me: Actor, version: int) -> None:
    mark_outside(session, report, form.item.data, form.reason.data or "", by=me, version=version)


REPORT_SHEETS = {
    "mark_outside": Sheet(
        marking,
        mark,
        _("The report says of this item that it is outside the accreditation. The agency has to agree first."),
        label=_("Mark an item as outside the accreditation"),
        by=Can.OUTSIDE_MARK,
        is_due=lambda report: bool(may_be_marked(report)),
    ),
}
