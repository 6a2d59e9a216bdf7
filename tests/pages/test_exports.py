"""The list for programs: whole, as a table and as a feed, by the same filters, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core import migrations
from quality.core.db import db
from quality.pages.views import exports
from quality.publication.lines import COLUMNS, as_csv, line_of
from quality.publication.models import Line, Result
from quality.publication.operations import propose, publish, withdraw
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, published_result
from tests.harness.people import Cast
from tests.harness.publication import published

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def result(session: Session, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def table(client: FlaskClient, address: str = "/results.csv") -> list[list[str]]:
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.data.startswith(b"\xef\xbb\xbf"), "spreadsheets take UTF-8 without its mark for something else"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_table_holds_what_the_list_holds_and_is_narrowed_like_it(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    """On both databases: each reads it by a cursor of its own kind."""
    other = published_result(session, cast)
    session.commit()
    heading, *rows = table(client)
    assert (len(heading), heading[4]) == (len(COLUMNS), "不符合要求的项目")
    assert [row[0] for row in rows] == [other.number, result.number], "the newest first"
    found = dict(zip(COLUMNS, rows[1], strict=True))
    copy = result.copy
    assert found["product.name"] == copy["product"]["name"]
    assert found["failed"] == "磁通量指数"
    assert found["verdict"] == "nonconforming"
    assert found["takedown.state"] == copy["takedown"]["state"]
    assert found["address"] == f"http://127.0.0.1:8000/results/{result.number}"
    assert (found["label_only"], list(COLUMNS)[-1]) == ("no", "label_only"), "a new column comes last"

    assert [row[0] for row in table(client, f"/results.csv?q={result.number}&lang=en")[1:]] == [result.number]
    assert table(client, "/results.csv?platform=nobody&lang=en") == [
        [str(name) for name in table(client, "/results.csv?lang=en")[0]]
    ]
    assert "Nominal producer" in table(client, "/results.csv?lang=en")[0]


@on_sqlite
def test_a_correction_stands_in_place_of_the_line_and_a_withdrawal_takes_it_away(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    later = propose(session, result.finding, by=cast.coordinator, reason="更正规格")
    publish(session, later, by=cast.reviewer)
    assert [row[:2] for row in table(client)[1:]] == [[result.number, "2"]]
    withdraw(session, later, "检验方法有误", by=cast.reviewer)
    assert table(client)[1:] == []


@on_sqlite
def test_a_table_that_did_not_change_is_not_sent_again_and_what_makes_no_sense_is_named(
    client: FlaskClient, result: Result
) -> None:
    first = client.get("/results.csv")
    again = client.get("/results.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head("/results.csv").headers["ETag"] == first.headers["ETag"]
    for address in ("/results.csv?from=never", "/results.atom?verdict=perhaps"):
        answer = client.get(address, headers={"Accept": "application/json"})
        assert (answer.status_code, (answer.json or {}).get("code")) == (422, "invalid")


@on_sqlite
def test_a_table_is_not_read_to_its_end_before_it_is_sent(
    client: FlaskClient, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def table_of(*_asked: Any) -> Iterator[bytes]:
        for some in ("heading", "row"):
            read.append(some)
            yield f"{some}\r\n".encode()

    monkeypatch.setattr(exports, "table_of", table_of)
    answer = client.get("/results.csv", buffered=False)
    assert "Content-Length" not in answer.headers
    assert read in ([], ["heading"])
    assert answer.data == b"heading\r\nrow\r\n"
    answer.close()


@on_sqlite
def test_so_many_tables_at_once_and_each_gives_its_place_back(client: FlaskClient, result: Result) -> None:
    with ExitStack() as held:
        for _four in range(exports.AT_ONCE):
            assert exports.giving_out.acquire(blocking=False), "the tests before gave theirs back"
            held.callback(exports.giving_out.release)
        busy = client.get("/results.csv")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert len(table(client)) == 2
    client.get("/results.csv", buffered=False).close()
    assert len(table(client)) == 2


def test_no_cell_is_a_formula_and_none_breaks_its_line() -> None:
    line = as_csv(iter(["=1+1", "-1.5", "@x", 'a "b", c', "two\r\nlines", "\u202eturned"]))
    assert line == '\'=1+1,-1.5,\'@x,"a ""b"", c",two  lines,turned'


def test_what_was_published_before_there_was_a_table_is_in_it(session: Session, concluded: Concluded) -> None:
    before = line_of(published(session, concluded.cast, concluded.bad[0]))
    session.commit()
    migrations.downgrade("0089_facets")
    migrations.upgrade()
    assert db.session().scalars(sa.select(Line.line)).all() == [before]


# --- the feed ---


def feed(client: FlaskClient, address: str = "/results.atom?lang=en") -> Xml.Element:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    read = Xml.fromstring(answer.data)
    for element in (read, *read.iter(f"{ATOM}entry")):  # RFC 4287, 4.1
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}"), name
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
    return read


def entries(read: Xml.Element) -> list[tuple[str | None, str | None]]:
    return [(each.findtext(f"{ATOM}title"), each.findtext(f"{ATOM}id")) for each in read.iter(f"{ATOM}entry")]


@on_sqlite
def test_a_feed_tells_what_is_new_corrected_and_withdrawn(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    page = f"http://127.0.0.1:8000/results/{result.number}"
    [(title, name)] = entries(feed(client))
    assert title == f"{result.copy['product']['name']}: Nonconforming"
    assert name == f"{page}/v1"

    later = propose(session, result.finding, by=cast.coordinator, reason="更正规格")
    publish(session, later, by=cast.reviewer)
    read = feed(client)
    assert [entry for _title, entry in entries(read)] == [f"{page}/v2"]
    assert "更正规格" in str(read.findtext(f"{ATOM}entry/{ATOM}summary"))

    withdraw(session, later, "检验方法有误", by=cast.reviewer)
    read = feed(client)
    assert entries(read) == [(f"Withdrawn: {result.number}", f"{page}/v2/withdrawn")]
    assert read.findtext(f"{ATOM}entry/{ATOM}summary") == "检验方法有误"
    assert result.copy["product"]["name"] not in Xml.tostring(read, encoding="unicode")


@on_sqlite
def test_a_feed_is_narrowed_like_the_list_also_of_what_is_withdrawn(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    fitting = f"/results.atom?platform={result.copy['platform']['code']}&verdict=nonconforming&from=2026-01-01"
    assert len(entries(feed(client, fitting))) == 1
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    assert len(entries(feed(client, fitting))) == 1
    empty = feed(client, "/results.atom?verdict=conforming")
    assert (entries(empty), len(str(empty.findtext(f"{ATOM}updated")))) == ([], 27)
    assert entries(feed(client, "/results.atom?to=2026-01-01")) == []


@on_sqlite
def test_the_list_names_both_with_its_filters(client: FlaskClient, result: Result) -> None:
    page = client.get("/results?verdict=nonconforming&lang=en").text
    assert '<link rel="alternate" type="application/atom+xml"' in page
    for name in ("csv", "atom", "json"):
        assert f'href="/results.{name}?verdict=nonconforming&amp;lang=en"' in page, name
