"""Open data in public: the list, the schema, and each file byte for byte, until it is taken away."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from quality.jobs import lay_out_open_data
from quality.opendata.columns import NAMES
from quality.pages.views import opendata as views
from quality.publication.models import Result
from quality.publication.operations import withdraw
from quality.web.front import Front
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast
from tests.harness.purchases import settings

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def night(session: Session) -> None:
    session.commit()
    lay_out_open_data(sessionmaker(session.get_bind()), settings())
    session.expire_all()


def files(client: FlaskClient, table: str = "results") -> dict[str, Any]:
    listed: Any = client.get("/open-data/index.json").json
    of = [each for dump in listed["items"] for each in dump["files"] if each["table"] == table]
    return {each["format"]: each for each in of}


def test_before_the_first_file_the_page_says_where_the_table_is(client: FlaskClient) -> None:
    page = client.get("/open-data/?lang=en").text
    assert "No complete file is offered at this moment" in page
    assert "/results.csv" in page
    assert "The agency has stated no licence" in page
    assert files(client) == {}
    assert client.get(f"/open-data/files/{'0' * 64}.csv").status_code == 404
    assert client.get("/open-data/files/x.exe").status_code == 404


def test_anybody_fetches_the_files_and_other_sites_too(client: FlaskClient, session: Session, result: Result) -> None:
    night(session)
    found = files(client)
    assert set(found) == {"csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"} == set(files(client, "items"))
    english, chinese = client.get("/open-data/?lang=en").text, client.get("/open-data/?lang=zh").text
    for each in found.values():
        path = each["address"].removeprefix(settings().public_url)
        answer = client.get(path)
        assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (each["bytes"], each["sha256"])
        assert answer.headers["ETag"] == f'"{each["sha256"]}"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in answer.headers["Cache-Control"]
        assert "attachment; filename=results-" in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers
        assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        part = client.get(path, headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.data) == (206, answer.data[:4])
        assert path in english
        assert each["sha256"] in chinese
    assert result.number in client.get(found["jsonl"]["address"]).text
    assert "编号" in chinese
    assert all(name in chinese for name in NAMES)


def test_the_schema_explains_each_column_in_both_languages(client: FlaskClient) -> None:
    said: Any = client.get("/open-data/schema.json").json
    assert tuple(each["name"] for each in said["fields"]) == NAMES
    for each in said["fields"]:
        assert each["title_by_language"].keys() == each["description_by_language"].keys() == {"zh", "en"}
        assert each["description_by_language"]["zh"] != each["description_by_language"]["en"], each["name"]
    assert client.get("/open-data/schema-results.json").json == said
    items: Any = client.get("/open-data/schema-items.json").json
    assert items["fields"][3]["name"] == "value"
    assert client.get("/open-data/schema-x.json").status_code == 404
    english: Any = client.get("/open-data/schema.json?lang=en").json
    assert english["fields"][0]["title"] == "Number"


def test_a_file_with_what_was_withdrawn_is_gone_and_its_line_says_so(
    client: FlaskClient, session: Session, cast: Cast, clock: HeldClock, result: Result
) -> None:
    night(session)
    path = files(client)["csv"]["address"].removeprefix(settings().public_url)
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    session.commit()
    assert client.get(path).status_code == 410, "no job had to come by"
    assert files(client) == {}
    assert "Not offered any more" in client.get("/open-data/?lang=en").text
    night(session)
    gone: Any = client.get(path, headers={"Accept": "application/json"})
    assert (gone.status_code, gone.json["code"]) == (410, "taken_away")
    assert "It held results that were withdrawn" in client.get(f"{path}?lang=en").text
    assert "it held results that are not public any more" in client.get("/open-data/?lang=en").text
    again = client.get(files(client)["jsonl"]["address"]).text
    assert "检验方法有误" in again
    assert "磁力棒" not in again


def test_who_fetches_too_many_is_told_when_to_come_again(client: FlaskClient, monkeypatch) -> None:
    monkeypatch.setattr(views, "A_MINUTE", 1)
    path = f"/open-data/files/{'0' * 64}.csv"
    first = client.get(path)
    assert (first.status_code, first.headers["RateLimit-Policy"]) == (404, '"open data";q=1;w=60')
    assert first.headers["RateLimit"].startswith('"open data";r=0;t=')
    assert "RateLimit" not in client.get("/open-data/index.json").headers, "a list is kept, and costs nothing"
    late = client.get(path)
    assert late.headers["RateLimit"].startswith('"open data";r=0;t=')
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0


def test_scripts_of_other_sites_read_data_and_no_pages(client: FlaskClient, result: Result) -> None:
    public = (
        "/results.json",
        "/results.csv",
        f"/results/{result.number}.json",
        "/statistics.json",
        "/proof/roots.json",
    )
    for address in (*public, "/open-data/index.json", "/open-data/schema.json"):
        assert client.get(address).headers["Access-Control-Allow-Origin"] == "*", address
    for address in ("/results", "/desk/", "/account/sign-in", "/api/v1/openapi.json"):
        assert "Access-Control-Allow-Origin" not in client.get(address).headers, address
    front = Front(client.application.wsgi_app, state=lambda: None, release=lambda: b"", keep="")
    assert ("Access-Control-Allow-Origin", "*") in front._unchanged('"x"', "/results.json")
