"""A person's deadlines in their own calendar: the secret address made and taken away, and what is read there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quality.clocks import feeds
from quality.clocks.queries import rule_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text, _, in_language
from quality.people.access import acting, me
from quality.people.access import public as open_to_all
from quality.people.actor import Actor
from quality.web import settings

own_feed = Blueprint("own_feed", __name__, url_prefix="/account/calendar")
feed = Blueprint("feed", __name__)


@own_feed.get("/")
@acting
def own() -> ResponseReturnValue:
    return page("")


@own_feed.post("/", endpoint="make")
@acting
def make() -> ResponseReturnValue:
    """The address stands on this answer and nowhere else."""
    token = feeds.make(db.session(), me)
    return make_response(page(settings().public_url + url_for("feed.read", link=token)))


@own_feed.post("/end", endpoint="end")
@acting
def end() -> ResponseReturnValue:
    ended = feeds.end(db.session(), me)
    flash(str(_("The address opens nothing any more") if ended else _("There is no address")), "success")
    return redirect(url_for("own_feed.own"))


def page(address: str) -> str:
    return render_template("account/feed.html", address=address, made=feeds.in_force(db.session(), me))


@feed.get("/calendar/<link>.ics")
@open_to_all
def read(link: str) -> ResponseReturnValue:
    membership = feeds.holder(db.session(), link)
    if membership is None:
        raise NotFound("calendar")
    with in_language(membership.person.language or settings().default_language):
        body = feeds.written(
            str(_("Deadlines")),
            entries(Actor.working_in(membership)),
            host=urlsplit(settings().public_url).hostname or "mingcha",
            now=clock.now(),
        )
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def entries(actor: Actor) -> Iterator[feeds.Entry]:
    from quality.pages.worklist import TO_DO, open_clocks  # noqa: PLC0415 - of the desk: a first page does without

    root = settings().public_url
    for kind, case, one in open_clocks(db.session(), actor):
        number = (kind.called or kind.number)(case)
        name: Text = _("%(name)s (%(no)s)", name=rule_of(one).name, no=number)
        told = [TO_DO.get(one.rule, ""), _("provisional") if one.provisional else ""]
        address = root + kind.address(case)
        yield feeds.Entry(one.id, one.due_on, str(name), " · ".join(filter(None, map(str, told))), address)
