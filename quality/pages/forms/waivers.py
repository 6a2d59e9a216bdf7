"""A buyer says why a required piece of evidence cannot be shown."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from quality.core.words import _
from quality.pages.forms.fields import Choice, Form, Paragraph
from quality.pages.forms.sheet import Sheet
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.checklists import called
from quality.purchases.models import Task
from quality.purchases.operations.waiving import go_without
from quality.purchases.waivers import WORDS, excusable


class Without(Form):
    need = Choice(_("Missing piece"))
    code = Choice(_("Reason"))
    reason = Paragraph(
        _("What happened"),
        _("Another person reads this. Without account, order number or anything else that leads to who buys"),
    )


def going_without(_session: Session, task: Task, _me: Actor) -> Without:
    needs = excusable(task)
    asked = request.args.get("need", "")
    form = Without(data={"need": asked if asked in {each.name for each in needs} or len(needs) != 1 else needs[0].name})
    form.need.offer({each.name: called(each, 1) for each in needs})
    form.code.offer({code.value: said for code, said in WORDS.items()})
    return form


def ask(session: Session, task: Task, form: Any, me: Actor, _version: int) -> None:
    go_without(session, task, form.need.data, form.code.data, form.reason.data or "", by=me)


GO_WITHOUT = Sheet(
    going_without,
    ask,
    _("The step can be finished without this piece once a coordinator has accepted the reason."),
    label=_("Go on without a piece"),
    by=Can.TASK_BUY,
    is_due=lambda task: bool(excusable(task)),
    may_wait=True,
)
