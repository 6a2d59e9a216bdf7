"""Public pages by the publication's epoch: kept while nothing changed, and gone at once when something did."""

from __future__ import annotations

import re
import time

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.pages import freshness
from quality.pages.freshness import ASK_AGAIN, BY_THE_EPOCH, in_front_of
from quality.people.access import ACCESS, PUBLIC, named
from quality.publication import epoch, tally
from quality.publication.models import Result
from quality.publication.operations import withdraw
from quality.web.front import FRESH
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


@pytest.fixture
def fronted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The program with its front, as a server has it."""
    monkeypatch.setattr(app, "wsgi_app", in_front_of(app))
    return app.test_client()


def test_a_kept_page_is_the_page_and_a_withdrawn_result_is_gone_within_the_bound(
    fronted: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    address = f"/results/{result.number}"
    made, kept = fronted.get(address), fronted.get(address)
    assert made.status_code == kept.status_code == 200
    assert kept.data == made.data
    one, two = (dict(answer.headers) for answer in (made, kept))
    different = {name for name in one | two if one.get(name) != two.get(name)}
    assert different == {"X-Request-ID"}
    unchanged = fronted.get(address, headers={"If-None-Match": made.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, made.headers["ETag"])
    assert made.headers["Cache-Control"] == unchanged.headers["Cache-Control"] == BY_THE_EPOCH

    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    session.commit()
    time.sleep(FRESH)
    assert fronted.get(address).status_code == 410
    assert fronted.get(address, headers={"If-None-Match": made.headers["ETag"]}).status_code == 410


def test_a_page_that_was_made_while_the_publication_changed_is_kept_by_nobody(
    client: FlaskClient, session: Session, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = freshness.state_of
    monkeypatch.setattr(freshness, "state_of", lambda reader: f"{asked(reader)} then")
    before = client.get("/").headers["ETag"]
    says = iter(["1", "2"])
    monkeypatch.setattr(freshness, "state_of", lambda _reader: next(says))
    torn = client.get("/")
    assert (torn.status_code, torn.headers["Cache-Control"]) == (200, ASK_AGAIN)
    assert torn.headers["ETag"] != before


def counts_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which filters the kept counts are read from here on."""
    asked: list[str] = []

    def counted(session: Session, of: str, value: str) -> tally.Counts:
        asked.append(of)
        return tally.counts(session, of, value)

    monkeypatch.setattr("quality.pages.narrowing.counts", counted)
    return asked


def test_what_pages_need_alike_is_asked_once_in_a_state_and_again_in_the_next(
    client: FlaskClient, session: Session, cast: Cast, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counts_asked(monkeypatch)
    code, category = result.copy["platform"]["code"], result.copy["campaign"]["category"]
    for address in ("/results", f"/results?platform={code}", f"/results?category={category}", "/results?platform=NO"):
        client.get(address)
    assert asked == ["", "platform", "category"]
    before = client.get(f"/results?platform={code}").text
    assert asked == ["", "platform", "category"]
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    session.commit()
    assert client.get(f"/results?platform={code}").text != before
    assert asked[3:] == [""]  # nothing is left of the platform


def test_parts_that_are_kept_are_those_that_would_be_drawn(app: Flask, client: FlaskClient, result: Result) -> None:
    """In each language, for each filter, and for whatever was typed: in turn, so that one could get another's."""
    code, category = result.copy["platform"]["code"], result.copy["campaign"]["category"]
    asked = ["", f"platform={code}", f"category={category}", "verdict=nonconforming", "platform=NO", "from=never"]
    asked += [f"q={result.copy['product']['name'][:2]}", f"q=&platform={code}&category={category}", "q=无此物"]
    addresses = [f"/results?{each}{language}" for each in asked for language in ("", "&lang=en", "&lang=zh-Hant")]
    drawn = {}
    for address in addresses:
        app.extensions[freshness.ALIKE] = freshness.Alike()
        drawn[address] = client.get(address).text
    assert len(set(drawn.values())) == len(drawn)
    kept = {address: client.get(address).text for _turn in range(2) for address in addresses}
    assert kept == drawn


def test_what_was_found_while_the_publication_changed_is_forgotten(
    client: FlaskClient, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = iter(["1", "2", "1", "1"])
    monkeypatch.setattr(freshness, "state_of", lambda _reader: next(says))
    asked = counts_asked(monkeypatch)
    client.get("/results")
    client.get("/results")
    assert asked == ["", ""]


def test_an_error_is_asked_for_again(client: FlaskClient, result: Result) -> None:
    for address in ("/results?from=never", "/results/R-YZ-2026-9999", "/results.json?cursor=x"):
        answer = client.get(address)
        assert answer.status_code in {404, 422}
        assert answer.headers["Cache-Control"] == ASK_AGAIN
        assert "ETag" not in answer.headers


def test_every_view_that_is_open_to_everybody_depends_on_the_epoch_or_says_on_what_else(app: Flask) -> None:
    public = {e.partition(".")[0] for e, view in app.view_functions.items() if ACCESS.get(named(view)) == PUBLIC}
    assert freshness.OTHERWISE.keys() <= public, "none that is not there"
    assert "public" in public - freshness.OTHERWISE.keys()


def test_the_epoch_is_part_of_what_a_page_is_known_by(client: FlaskClient, session: Session, result: Result) -> None:
    before = client.get("/results").headers["ETag"]
    assert client.get("/results", headers={"Accept": "*/*", "Accept-Language": "en"}).headers["ETag"] == before
    epoch.raise_with(db.session())
    db.session.commit()
    assert client.get("/results").headers["ETag"] != before


LOADS = re.compile(
    r"<(?:link(?! rel=\"(?:alternate|canonical)\")|script|img|use|source|iframe)[^>]+(?:href|src)=\"([^\"]+)\""
)
HEAVIEST = 60_000  # bytes of a result's page, as it comes


def test_a_result_is_light_and_asks_nothing_of_other_hosts(client: FlaskClient, result: Result) -> None:
    for address in (f"/results/{result.number}", f"/results/{result.number}?lang=en", "/results", "/"):
        page = client.get(address)
        assert len(page.data) < HEAVIEST, address
        asked = LOADS.findall(page.text)
        assert asked, address
        assert [each for each in asked if not each.startswith("/") or each.startswith("//")] == [], address
