"""What the buyer reads on the listing's page, typed once; and what is asked of our browser."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session, object_session

from quality.captures.pages import (
    CAPTURED_IN,
    TYPED_IN,
    WAITS,
    ask_capture,
    facts_of,
    not_named,
    state_facts,
    waiting_of,
)
from quality.core.words import Reason, _
from quality.pages.forms.fields import Form, Line, Yuan
from quality.pages.forms.sheet import Sheet
from quality.pages.kinds.shape import Deed, Made
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Task
from quality.web import settings


class PageSays(Form):
    title = Line(_("Title of the listing"), _("As it stands on the page, not as you were given it"))
    price_fen = Yuan(_("Price of one piece, in yuan"), _("What the page asks now, before coupons"))
    seller = Line(_("Seller"), _("Name of the shop or company, as the page has it"))
    licence = Line(
        _("Licence number of the seller"),
        _("Unified social credit code on the licence page, 18 signs; empty where none is shown"),
        optional=True,
    )


def page_says(session: Session, task: Task, _me: Actor) -> PageSays:
    """Empty the first time: what is proposed is typed over without reading."""
    found = facts_of(session, task)
    names = ("title", "price_fen", "seller", "licence")
    return PageSays(data={name: getattr(found, name) for name in names} if found else {})


def state(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    state_facts(session, task, by=me, version=version, **form.data)


PAGE_SHEET = Sheet(
    page_says,
    state,
    says=_(
        "It is laid beside what was listed when the frame was made, and beside a capture of the page if there is one."
    ),
    label=_("Type what the page says"),
    by=Can.TASK_BUY,
    is_due=lambda task: task.status in TYPED_IN,
    may_wait=True,
)


def can_be_captured(task: Task, _me: Actor) -> Reason | None:
    session = object_session(task)
    assert session is not None, "it was read with one"
    if settings().chromium is None:
        return Reason("no_browser", _("This program has no browser: who runs it names one (CHROMIUM)"))
    if why := not_named(session, task):
        return why
    return Reason("capture_waits", WAITS) if waiting_of(session, task) else None


def ask(session: Session, task: Task, by: Actor, version: int, _note: str) -> None:
    ask_capture(session, task, by=by, version=version)


CAPTURE = Deed(
    _("Capture the page"),
    Can.TASK_ASSIGN,
    lambda task: task.status in CAPTURED_IN,
    Made(ask, also=(can_be_captured,)),
    may_wait=True,
)
