"""Which pages there are, for search engines: robots.txt, which names the sitemap, its parts and what is in them.

No part says when it last changed: that would mean looking at all of it each time. Whoever has one asks with its ETag,
and is told without a look into the database that nothing is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.engine import Connection

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import TONGUES
from quality.pages.languages import asked_by
from quality.pages.sharing import in_each_language
from quality.pages.views.exports import given_out
from quality.pages.views.public import public
from quality.people.access import public as open_to_all
from quality.publication.sitemap import (
    campaigns_in,
    has_results,
    names,
    parts_of_campaigns,
    parts_of_results,
    results_in,
)
from quality.web import settings

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPENS = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
CLOSES = "</urlset>\n"
OF_ONE_READER = (
    "/desk", "/account", "/reply/", "/calendar/", "/subscriptions/", "/subscribe/", "/api/", "/results.csv",
)  # fmt: skip
ALWAYS_THERE = (
    "public.home", "public.results", "public.statistics", "public.guide", "found.platforms", "found.categories",
    "found.draws", "open_data.dumps", "proof.roots", "proof.form", "verify.form", "calculator.clocks", "taken.taken",
    "subscribe.form", "tour.walk", "public.accessibility",
)  # fmt: skip


@public.get("/robots.txt")
@open_to_all
def robots() -> ResponseReturnValue:
    """Filtered lists are without end, and lead to nothing that the sitemap does not."""
    path = url_for("public.results", lang=None)
    lists = [f"Allow: {path}?lang={asked}$" for each in TONGUES if (asked := asked_by(each))]
    refused = [f"Disallow: {each}" for each in (*OF_ONE_READER, f"{path}?")]
    where = f"Sitemap: {settings().public_url}{url_for('public.sitemap', lang=None)}"
    return Response("\n".join(["User-agent: *", *refused, *lists, "", where, ""]), mimetype="text/plain")


@public.get("/sitemap.xml")
@open_to_all
def sitemap() -> ResponseReturnValue:
    here = db.session()
    paths = [
        url_for("public.sitemap_of_pages", lang=None),
        *(url_for("public.sitemap_of_campaigns", stretch=each, lang=None) for each in parts_of_campaigns(here)),
        *(url_for("public.sitemap_of_results", stretch=each, lang=None) for each in parts_of_results(here)),
    ]
    lines = [f"<sitemap><loc>{escape(settings().public_url + path)}</loc></sitemap>\n" for path in paths]
    opens = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return as_xml([HEAD, opens, *lines, "</sitemapindex>\n"])


@public.get("/sitemap-pages.xml")
@open_to_all
def sitemap_of_pages() -> ResponseReturnValue:
    """What is always there, and the pages of platforms and categories."""
    asked: list[dict[str, Any]] = [{"endpoint": f"found.{of}", of: value} for of, value in names(db.session())]
    named = [url_for(**each, lang=None) for each in asked]
    return as_urlset([*(url_for(each, lang=None) for each in ALWAYS_THERE), *named])


@public.get("/sitemap-campaigns-<int:stretch>.xml")
@open_to_all
def sitemap_of_campaigns(stretch: int) -> ResponseReturnValue:
    found = campaigns_in(db.session(), stretch)
    if not found:
        raise NotFound("sitemap")
    pages = {True: ("public.campaign", "public.draw", "public.campaign_statistics"), False: ("public.campaign",)}
    return as_urlset(url_for(page, number=each.number, lang=None) for each in found for page in pages[each.is_closed])


@public.get("/sitemap-results-<int:stretch>.xml")
@open_to_all
def sitemap_of_results(stretch: int) -> ResponseReturnValue:
    """Read while it is sent."""
    if not has_results(db.session(), stretch):
        raise NotFound("sitemap")
    before, behind = url_for("public.result", number="NUMBER", lang=None).split("NUMBER")
    model = one_url(f"{before}NUMBER{behind}", "CHANGED")
    return given_out(partial(written, part=stretch, model=model), "application/xml")


def written(connection: Connection, part: int, model: str) -> Iterator[bytes]:
    """A number has no sign that XML or an address would have to write otherwise."""
    yield (HEAD + OPENS).encode()
    for some in results_in(connection, part):
        lines = (model.replace("NUMBER", each.number).replace("CHANGED", rfc3339(each.changed_at)) for each in some)
        yield "".join(lines).encode()
    yield CLOSES.encode()


def one_url(path: str, changed: str = "") -> str:
    """An address with its languages, as Google reads them: each page in each points to all."""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href={quoteattr(address)}/>'
        for tag, address in in_each_language(path)
    )
    dated = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(in_each_language(path)[0][1])}</loc>{dated}{others}</url>\n"


def as_urlset(paths: Iterable[str]) -> Response:
    return as_xml([HEAD, OPENS, *map(one_url, paths), CLOSES])


def as_xml(lines: Iterable[str]) -> Response:
    return Response("".join(lines), mimetype="application/xml")
