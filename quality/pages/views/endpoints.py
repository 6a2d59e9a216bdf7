"""The platform's desk for what its own systems receive: endpoints, their tests and secrets, and what was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.delivery import endpoints, queries
from quality.delivery.models import Endpoint
from quality.delivery.reaching import reach_of, set_reach
from quality.pages.forms.endpoints import CodeForm, ContactForm, EndpointForm, ReachForm, SinceForm, code_of
from quality.pages.forms.fields import Form
from quality.pages.forms.sheet import put_beside
from quality.pages.timeline import Names, person_of
from quality.pages.words import deed
from quality.pages.words.delivery import MESSAGES, PROBLEMS, of_delivery, of_endpoint, standing_of
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.people.security import refused
from quality.permissions import Can
from quality.web import settings

hooks = Blueprint("hooks", __name__, url_prefix="/desk/endpoints")
messages = Blueprint("messages", __name__, url_prefix="/desk/messages")
A_PAGE = 30


@hooks.get("/")
@needs(Can.ENDPOINT_SET)
def listed() -> ResponseReturnValue:
    return list_page()


def list_page(asked: Form | None = None, loose: Sequence[Text] = ()) -> str:
    """`asked` is a form of this page that comes back with what is wrong."""
    session = db.session()
    return render_template(
        "endpoints/all.html",
        endpoints=queries.endpoints_visible(session, me),
        rings={ring.endpoint.id: ring for ring in queries.rings(session, me)},
        of_endpoint=of_endpoint,
        form=asked if isinstance(asked, ContactForm) else ContactForm(data={"email": mailbox()}),
        reach=asked if isinstance(asked, ReachForm) else reach_form(),
        asked=asked or ContactForm(),
        loose=loose,
        mails=settings().sends_mail,
        mailbox=mailbox(),
        most=endpoints.MOST,
    )


def mailbox() -> str:
    assert me.organisation_id, "platforms' people work somewhere"
    kept = queries.contact_of(db.session(), me.organisation_id)
    return kept.email if kept else ""


def reach_form() -> ReachForm:
    assert me.organisation_id, "platforms' people work somewhere"
    wanted = reach_of(db.session(), me.organisation_id)
    return ReachForm(data=wanted._asdict() | {"order": code_of(wanted.order)})


@hooks.post("/reach")
@comes_back
@needs(Can.ENDPOINT_SET)
def reach() -> ResponseReturnValue:
    form = ReachForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        set_reach(db.session(), form.ways(), form.recipient.data or "", form.address.data or "", by=me)
    except Invalid as wrong:
        db.session.rollback()
        return refused(list_page(form, put_beside(form, wrong.problems)), None)
    flash(str(_("Kept: this is how you are reached where a receipt is not proven in time")), "success")
    return redirect(url_for("hooks.listed"))


@hooks.post("/contact")
@comes_back
@needs(Can.ENDPOINT_SET)
def contact() -> ResponseReturnValue:
    form = ContactForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        endpoints.set_contact(db.session(), form.email.data or "", by=me)
    except Invalid as wrong:
        db.session.rollback()
        return refused(list_page(form, put_beside(form, wrong.problems)), None)
    flash(str(_("The mailbox is kept") if form.email.data else _("No mail is sent from now on")), "success")
    return redirect(url_for("hooks.listed"))


@hooks.get("/new")
@needs(Can.ENDPOINT_SET)
def new() -> ResponseReturnValue:
    return render_template("endpoints/new.html", form=EndpointForm(), loose=())


@hooks.post("/new", endpoint="add")
@comes_back
@needs(Can.ENDPOINT_SET)
def add() -> ResponseReturnValue:
    """The secret stands on the answer and nowhere else."""
    form = EndpointForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        endpoint, secret = endpoints.add(db.session(), settings(), form.url.data or "", by=me)
    except Invalid as wrong:
        db.session.rollback()
        loose = put_beside(form, wrong.problems)
        return refused(render_template("endpoints/new.html", form=form, loose=loose), None)
    return render_template("endpoints/secret.html", endpoint=endpoint, secret=secret, is_new=True)


@hooks.get("/<handle>")
@acting
def one(handle: str) -> ResponseReturnValue:
    return endpoint_page(queries.one_endpoint(db.session(), me, handle))


def endpoint_page(endpoint: Endpoint, asked: Form | None = None) -> str:
    """`asked` is a form of this page that comes back with what is wrong."""
    session, before = db.session(), request.args.get("before", type=int)
    sent, test = queries.sent_to(session, endpoint, A_PAGE, before), queries.last_test(session, endpoint)
    events = queries.history(session, endpoint)
    who = Names(session, {found for event in events if (found := person_of(event.actor))}, me)
    return render_template(
        "endpoints/one.html",
        endpoint=endpoint,
        status=of_endpoint(endpoint),
        test=test,
        takes_a_code=not endpoint.confirmed_at and (isinstance(asked, CodeForm) or (test and test.delivered_at)),
        sent=sent[:A_PAGE],
        older=sent[A_PAGE - 1].id if len(sent) > A_PAGE else None,
        before=before,
        this_instant=clock.now(),
        lines=[(event, who.name(person_of(event.actor)), deed("endpoint", event.action)) for event in events],
        code=asked if isinstance(asked, CodeForm) else CodeForm(),
        since=asked if isinstance(asked, SinceForm) else SinceForm(),
        asked=asked or CodeForm(),
        reads=me.can(Can.NOTICE_READ),
        **WORDS,
    )


WORDS: dict[str, Any] = {
    "of_delivery": of_delivery,
    "standing_of": standing_of,
    "problems": PROBLEMS,
    "message_words": MESSAGES,
}
DONE: dict[str, Text] = {
    "stop": _("Stopped. What happens meanwhile waits for it"),
    "start": _("Started. What waited is sent now"),
    "remove": _("The endpoint is removed"),
}
DEEDS: dict[str, Callable[..., None]] = {"stop": endpoints.stop, "start": endpoints.start, "remove": endpoints.remove}


@hooks.post("/<handle>/<any(stop, start, remove):name>", endpoint="do")
@acting
def do(handle: str, name: str) -> ResponseReturnValue:
    endpoint = queries.one_endpoint(db.session(), me, handle)
    DEEDS[name](db.session(), endpoint, by=me, version=version_read())
    flash(str(DONE[name]), "success")
    return redirect(url_for("hooks.listed") if name == "remove" else url_for("hooks.one", handle=handle))


@hooks.post("/<handle>/rotate")
@acting
def rotate(handle: str) -> ResponseReturnValue:
    session = db.session()
    endpoint = queries.one_endpoint(session, me, handle)
    secret = endpoints.rotate(session, settings(), endpoint, by=me, version=version_read())
    return render_template("endpoints/secret.html", endpoint=endpoint, secret=secret, is_new=False)


@hooks.post("/<handle>/test")
@acting
def test(handle: str) -> ResponseReturnValue:
    endpoints.send_test(db.session(), queries.one_endpoint(db.session(), me, handle), by=me)
    flash(str(_("The test is on its way. Open this page once more in some seconds to see what came of it")), "success")
    return redirect(url_for("hooks.one", handle=handle))


@hooks.post("/<handle>/confirm")
@comes_back
@acting
def confirm(handle: str) -> ResponseReturnValue:
    session, form = db.session(), CodeForm(request.form)
    endpoint = queries.one_endpoint(session, me, handle)
    try:
        if not form.validate():
            raise Invalid
        endpoints.confirm(session, endpoint, form.code.data or "", by=me, version=version_read())
    except Invalid as wrong:
        return comes_back_with(handle, form, wrong)
    flash(
        str(_("Confirmed: from now on what this endpoint takes is a receipt, and the periods run from it")), "success"
    )
    return redirect(url_for("hooks.one", handle=handle))


@hooks.post("/<handle>/recover")
@comes_back
@acting
def recover(handle: str) -> ResponseReturnValue:
    session, form = db.session(), SinceForm(request.form)
    endpoint = queries.one_endpoint(session, me, handle)
    try:
        if not form.validate():
            raise Invalid
        assert form.since.data
        many = endpoints.recover(session, endpoint, form.since.data, by=me, version=version_read())
    except Invalid as wrong:
        return comes_back_with(handle, form, wrong)
    flash(str(_("Messages sent once more: %(count)s", count=many)), "success")
    return redirect(url_for("hooks.one", handle=handle))


def comes_back_with(handle: str, form: Form, wrong: Invalid) -> ResponseReturnValue:
    db.session.rollback()
    put_beside(form, wrong.problems)
    return refused(endpoint_page(queries.one_endpoint(db.session(), me, handle), form), None)


@hooks.post("/<handle>/resend/<int:delivery>")
@acting
def resend(handle: str, delivery: int) -> ResponseReturnValue:
    session = db.session()
    endpoint = queries.one_endpoint(session, me, handle)
    endpoints.resend(session, endpoint, queries.one_delivery(session, endpoint, delivery), by=me)
    flash(str(_("It is sent once more, as it was, under the same webhook-id")), "success")
    return redirect(url_for("hooks.one", handle=handle))


def version_read() -> int:
    version = request.form.get("version", type=int)
    if version is None:
        abort(422)
    return version


# --- what was sent, for both sides ---


@messages.get("/<message>")
@acting
def message(message: str) -> ResponseReturnValue:
    told = queries.one_message(db.session(), me, message)
    return render_template(
        "endpoints/message.html",
        told=told,
        is_whole=queries.is_shown_whole(told.message, me),
        reads=me.can(Can.NOTICE_READ),
        keeps=me.can(Can.ENDPOINT_SET),
        **WORDS,
    )


@messages.get("/<message>/body")
@acting
def body(message: str) -> ResponseReturnValue:
    """Byte for byte as it is sent, to be compared with what arrived."""
    sent = queries.one_message(db.session(), me, message).message
    if not queries.is_shown_whole(sent, me):
        abort(404)
    ending, media_type = (".json", "application/json") if sent.medium == "webhook" else (".eml", "message/rfc822")
    response = Response(sent.body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{sent.webhook_id}{ending}"'
    return response
