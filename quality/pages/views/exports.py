"""Lists for programs: all results as a table that is read while it is made, and feeds of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, time
from threading import BoundedSemaphore
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.engine import Connection

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.errors import Invalid, Unavailable
from quality.core.moment import one_moment
from quality.core.words import _
from quality.pages.atom import as_atom
from quality.pages.atom_campaigns import campaigns_as_atom
from quality.pages.forms.search import Search, read_search
from quality.pages.freshness import etag_in
from quality.pages.views.public import public
from quality.people.access import public as open_to_all
from quality.publication.announced import campaign_news
from quality.publication.feed import news
from quality.publication.table import table_of
from quality.web import settings

AT_ONCE = 4  # tables that one worker gives out, of its twelve threads: whoever reads slowly keeps one
A_FEED = 50
FEED = "application/atom+xml"
giving_out = BoundedSemaphore(AT_ONCE)


@public.get("/results.csv")
@open_to_all
def results_as_csv() -> ResponseReturnValue:
    """Everything that the filters leave, however much that is."""
    wanted, pages = searched().wanted, f"{settings().public_url}/results/"
    response = given_out(lambda connection: table_of(connection, wanted, pages), "text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="results.csv"'
    return response


def given_out(read: Callable[[Connection], Iterator[bytes]], mimetype: str) -> Response:
    """What is read while it is sent, of one moment, with the ETag of it."""
    if not giving_out.acquire(blocking=False):
        said = _("Others are fetching tables at this moment. Try again in a few seconds")
        raise Unavailable("busy", said, retry_after=5)
    with ExitStack() as opened:
        opened.callback(giving_out.release)
        connection = opened.enter_context(one_moment(db.engine))
        etag = etag_in(connection)
        response = Response(read(connection), mimetype=mimetype)
        response.call_on_close(opened.pop_all().close)
    response.headers["ETag"] = etag
    return response


def searched() -> Search:
    search = read_search(request.args)
    if search.problems:
        raise Invalid(*search.problems)
    return search


@public.get("/results.atom")
@open_to_all
def results_as_feed() -> ResponseReturnValue:
    """The newest that the filters leave, with what was corrected and withdrawn."""
    search = searched()
    found = news(db.session(), search.wanted, A_FEED)
    narrowed: dict[str, Any] = dict(search.typed)
    feed = as_atom(
        found,
        base=settings().public_url,
        here=url_for("public.results_as_feed", **narrowed),
        page=url_for("public.results", **narrowed),
        said=list(narrowed.values()),
        since=start_of_the_day(),
    )
    return Response(feed, mimetype=FEED)


@public.get("/campaigns.atom")
@open_to_all
def campaigns_as_feed() -> ResponseReturnValue:
    """What is new about campaigns: bound, drawn, given up, ended, announced and announced anew."""
    feed = campaigns_as_atom(
        campaign_news(db.session(), A_FEED),
        base=settings().public_url,
        here=url_for("public.campaigns_as_feed"),
        page=url_for("found.draws"),
        since=start_of_the_day(),
    )
    return Response(feed, mimetype=FEED)


def start_of_the_day() -> datetime:
    """The moment of a feed in which nothing is: the same for all who ask on one day."""
    return datetime.combine(clock.now().astimezone(BEIJING).date(), time(), BEIJING)
