"""Who bought, by what a platform could find them: shown after a POST that is recorded, and on no other page."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.forms.purchases import Reading, cipher, reading
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import kind_for
from quality.pages.moments import moment
from quality.people.access import acting, me
from quality.people.kept import comes_back
from quality.people.looks import LookReason, read_reason
from quality.permissions import Sees
from quality.purchases.models import Task
from quality.purchases.operations import may_not_read, show_identity
from quality.purchases.operations.identity import Secret

identity = Blueprint("identity", __name__, url_prefix="/desk/task/<number>/identity")
CALLED: dict[str, Text] = {
    Secret.ORDER_NUMBER: _("Order number"),
    Secret.ACCOUNT: _("Account"),
    Secret.PAID_AT: _("Paid at"),
    Secret.RECIPIENT: _("Name on the parcel"),
    Secret.ADDRESS: _("Sent to"),
    Secret.TELEPHONE: _("Telephone given"),
    Secret.DELIVERY_NUMBER: _("Delivery number"),
}


@identity.get("")
@acting
def ask(number: str) -> ResponseReturnValue:
    return page(the_task(number), reading())


@identity.post("", endpoint="show")
@comes_back
@acting
def show(number: str) -> ResponseReturnValue:
    """Each value that is shown is recorded with its reader and the reason. Their own, buyers need no reason for."""
    task = the_task(number)
    form, is_own = reading(request.form), me.sees is Sees.OWN_WORK
    why = str(_("My own purchase")) if is_own else form.why.data or ""
    try:
        if not is_own and not form.validate():
            raise Invalid
        reason = LookReason.OWN if is_own else read_reason(form.reason.data or "")
        shown = show_identity(db.session(), task, by=me, cipher=cipher(), why=why, reason=reason)
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return make_response(page(task, form), 422)
    return page(task, form, shown)


def the_task(number: str) -> Task:
    kind = kind_for(me, "task")
    task: Task = kind.one_visible(db.session(), me, number)
    if never := may_not_read(task, me):
        raise never
    return task


def page(task: Task, form: Reading, shown: dict[str, str] | None = None) -> str:
    lines = None if shown is None else [(CALLED[kind], said(kind, shown[kind])) for kind in CALLED if kind in shown]
    return render_template(
        "desk/identity.html", task=task, form=form, lines=lines, needs_no_reason=me.sees is Sees.OWN_WORK
    )


def said(kind: str, value: str) -> Text:
    return moment(datetime.fromisoformat(value)) if kind == Secret.PAID_AT else value
