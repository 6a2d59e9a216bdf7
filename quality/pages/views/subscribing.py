"""Being told by mail of what becomes public: asked for, confirmed, changed, ended. No account, no cookie.

The pages behind a secret link are kept by nobody on the way and send their address nowhere. Opening one changes
nothing, because programs open links before people do; ending takes one press, in the mail program (RFC 8058) or here.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import LANGUAGES as SPOKEN
from quality.core.words import _
from quality.pages.forms.subscribing import Subscribing, read_subscribing
from quality.pages.moments import language_now
from quality.pages.narrowing import NAMES, offer, value_said
from quality.pages.subscribing import FILTERS, LANGUAGES, RHYTHMS, TELLS, said_of
from quality.people.access import public as open_to_all
from quality.publication.search import Wanted
from quality.subscriptions import operations
from quality.subscriptions.links import Keys, veiled
from quality.subscriptions.models import Rhythm, Subscriber, Tells
from quality.subscriptions.queries import to_confirm, whose, with_link
from quality.web import settings
from quality.web.pace import let_in

subscribe = Blueprint("subscribe", __name__, url_prefix="/subscribe")
subscription = Blueprint("subscription", __name__)
MOST_DIGITS = 10
ASKS = 10  # a minute, from one network address


@subscription.after_request
def keep_to_yourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


# --- asked for ---


@subscribe.get("")
@open_to_all
def form() -> ResponseReturnValue:
    return form_page(read_subscribing(request.args, language_now())._replace(email="", problems=[]))


@subscribe.post("", endpoint="ask")
@open_to_all
def ask() -> ResponseReturnValue:
    """The same answer whatever is known of the address: what came of it is in its mailbox."""
    let_in("subscribe", ASKS)
    if not settings().sends_mail:
        raise Refused("no_mail", _("Nothing is sent by mail here; follow the feed instead"))
    typed = read_subscribing(request.form, language_now())
    try:
        if typed.problems:
            raise Invalid(*typed.problems)
        operations.ask(db.session(), Keys.of(settings()), asked_in(typed))
    except Invalid as wrong:
        db.session.rollback()
        more = [] if typed.problems == list(wrong.problems) else list(wrong.problems)
        return make_response(form_page(typed._replace(problems=[*typed.problems, *more])), 422)
    return redirect(url_for("subscribe.asked"), 303)


def asked_in(typed: Subscribing) -> operations.Asked:
    wanted = typed.search.typed | {name: getattr(typed.search.wanted, name) for name in FILTERS if name != "q"}
    return operations.Asked(typed.email, typed.language, Rhythm(typed.rhythm), Tells(typed.tells), wanted)


@subscribe.get("/asked")
@open_to_all
def asked() -> ResponseReturnValue:
    return render_template("subscribe/asked.html", section="results")


def form_page(typed: Subscribing) -> str:
    search = typed.search
    offered = offer(db.session(), search._replace(wanted=Wanted()) if search.problems else search)
    return render_template(
        "subscribe/form.html",
        form=typed,
        search=search,
        offer=offered,
        producer=value_said(db.session(), "producer", search.typed["producer"]) if search.typed.get("producer") else "",
        labels=NAMES | {"email": _("E-mail address"), "tells": _("Tell me of"), "rhythm": _("How often")},
        rhythms=RHYTHMS,
        tells=TELLS,
        languages=LANGUAGES,
        sends_mail=settings().sends_mail,
        section="results",
    )


# --- confirmed ---


@subscription.get("/subscribe/confirm/<link>")
@open_to_all
def confirmation(link: str) -> ResponseReturnValue:
    subscriber = to_confirm(db.session(), Keys.of(settings()), link, clock.now())
    if subscriber is None:
        return closed()
    return render_template(
        "subscribe/confirm.html",
        wishes=said_each(operations.waiting(subscriber)),
        rhythm=RHYTHMS[subscriber.rhythm],
        address=veiled(Keys.of(settings()).address_of(subscriber)),
        section="results",
    )


@subscription.post("/subscribe/confirm/<link>", endpoint="confirm")
@open_to_all
def confirm(link: str) -> ResponseReturnValue:
    """Of what was on the page that was pressed; something else may have been asked for since."""
    keys = Keys.of(settings())
    subscriber = to_confirm(db.session(), keys, link, clock.now())
    if subscriber is None:
        return closed()
    operations.confirm(db.session(), subscriber, numbers("wish"))
    if subscriber.confirmed_at is None:
        return redirect(url_for("subscription.confirmation", link=link), 303)
    return redirect(url_for("subscription.own", link=keys.link_of(subscriber), done="confirmed"), 303)


# --- seen, changed, ended ---


@subscription.get("/subscriptions/<link>")
@open_to_all
def own(link: str) -> ResponseReturnValue:
    subscriber = with_link(db.session(), link)
    return closed() if subscriber is None else own_page(subscriber, link)


@subscription.post("/subscriptions/<link>", endpoint="change")
@open_to_all
def change(link: str) -> ResponseReturnValue:
    subscriber = with_link(db.session(), link)
    if subscriber is None:
        return closed()
    rhythm, language = request.form.get("rhythm", ""), request.form.get("language", "")
    said = _("Choose one of what is offered")
    named = {"rhythm": rhythm in set(Rhythm), "language": language in SPOKEN}
    if problems := [FieldProblem(name, "unknown", said) for name, is_known in named.items() if not is_known]:
        return make_response(own_page(subscriber, link, problems), 422)
    operations.change(db.session(), subscriber, language, Rhythm(rhythm), numbers("wish"))
    speaks = None if language == settings().default_language else language
    return redirect(url_for("subscription.own", link=link, done="changed", lang=speaks), 303)


def own_page(subscriber: Subscriber, link: str, problems: list[FieldProblem] | None = None) -> str:
    return render_template(
        "subscribe/own.html",
        subscriber=subscriber,
        link=link,
        wishes=said_each(operations.in_force(subscriber)),
        address=veiled(Keys.of(settings()).address_of(subscriber)),
        rhythms=RHYTHMS,
        languages=LANGUAGES,
        problems=problems or [],
        done=request.args.get("done", ""),
        section="results",
    )


@subscription.get("/subscriptions/<link>/end")
@open_to_all
def ending(link: str) -> ResponseReturnValue:
    subscriber = whose(db.session(), link)
    if subscriber is None:
        return closed()
    address = veiled(Keys.of(settings()).address_of(subscriber))
    return render_template("subscribe/end.html", address=address, section="results")


@subscription.post("/subscriptions/<link>/end", endpoint="end")
@open_to_all
def end(link: str) -> ResponseReturnValue:
    """By a press, or by a mail program. Whoever presses twice is told the same twice."""
    subscriber = whose(db.session(), link)
    if subscriber is not None:
        operations.end(db.session(), subscriber)
    return render_template("subscribe/ended.html", section="results")


def closed() -> ResponseReturnValue:
    return make_response(render_template("subscribe/closed.html", section="results"), 404)


def said_each(wishes: list[Any]) -> list[tuple[int, str]]:
    return [(each.id, said_of(db.session(), each)) for each in wishes]


def numbers(name: str) -> set[int]:
    typed = request.form.getlist(name)
    return {int(text) for text in typed if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS}
