"""What search engines are led to: robots.txt, the sitemap and its parts, each of them as the protocol has it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core.clock import rfc3339
from quality.pages.freshness import BY_THE_EPOCH
from quality.publication.models import Result
from quality.publication.operations import withdraw
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast

pytestmark = on_sqlite
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def result(session: Session, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def path(address: str) -> str:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:8000"
    assert address.isascii()
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def read(client: FlaskClient, address: str) -> list[ElementTree.Element]:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return list(ElementTree.fromstring(answer.data))


def text(url: ElementTree.Element, name: str) -> str:
    return url.findtext(f"{MAP}{name}") or ""


def test_every_address_of_the_sitemap_can_be_read_in_each_language(client: FlaskClient, result: Result) -> None:
    told = re.findall(r"Sitemap: (.+)", client.get("/robots.txt").text)
    assert len(told) == 1
    parts = [path(text(each, "loc")) for each in read(client, path(told[0]))]
    urls = [url for part in parts for url in read(client, part)]
    found = [path(text(url, "loc")) for url in urls]
    assert len(set(found)) == len(found)
    assert f"/results/{result.number}" in found
    assert f"/campaigns/{result.copy['campaign']['number']}" in found
    assert f"/categories/{result.copy['campaign']['category']}" in map(unquote, found)
    assert [address for address in found if client.get(address).status_code != 200] == []
    [own] = [url for url in urls if text(url, "loc").endswith(result.number)]
    assert result.published_at is not None
    assert text(own, "lastmod") == rfc3339(result.published_at)
    others = {each.get("hreflang"): path(each.get("href") or "") for each in own.iter(f"{XHTML}link")}
    assert others["en"] == f"/results/{result.number}?lang=en"
    page = client.get(others["en"]).text
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{others["en"]}">' in page


def test_a_part_is_told_to_be_unchanged_until_something_is_withdrawn(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    part = f"/sitemap-results-{result.id // 10_000}.xml"
    first = client.get(part)
    assert result.number in first.text
    assert first.headers["Cache-Control"] == BY_THE_EPOCH
    assert client.get(part, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    session.commit()
    assert client.get(part).status_code == 404, "it was the only one"
    assert part not in client.get("/sitemap.xml").text
    assert client.get("/sitemap-results-7.xml").status_code == 404
    assert client.get("/sitemap-campaigns-7.xml").status_code == 404
    assert client.get(f"/sitemap-results-{'9' * 40}.xml").status_code == 404


def test_search_engines_are_kept_from_what_is_for_one_reader_and_from_lists_without_end(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    for refused in ("/desk", "/account", "/reply/", "/results?"):
        assert f"Disallow: {refused}" in lines
    assert "Allow: /results?lang=en$" in lines
