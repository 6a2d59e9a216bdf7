"""A list of a million cases against the same list of ten thousand; an empty page against a bare Flask route."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality import tables
from quality.campaigns.models import Campaign
from quality.core.config import CHECKOUT
from quality.core.db import db
from quality.people.actor import SYSTEM
from quality.people.models import Membership, OrganisationKind
from quality.people.operations import add_organisation
from tests.benchmarks.measure import Row, in_turn
from tests.benchmarks.moves import prepared
from tests.harness.databases import environment_for
from tests.harness.desk import PASSWORD, give_password

MANY, FEW, FAR = 1_000_000, 10_000, 3
A_PAGE, HUNDREDTHS = 30, 199
COMMON, RARE = "积木", "琉璃盏"
BAR, BAR_OF_AN_EMPTY_PAGE = 1.5, 8
BARE = """from flask import Flask
app = Flask(__name__)
app.get("/")(lambda: "<!doctype html><title>bare</title><p>bare")
"""


class Filled(NamedTuple):
    app: Flask
    email: str
    tasks: int

    def client(self) -> Any:
        client = self.app.test_client()
        self.app.config["WTF_CSRF_ENABLED"] = False
        answer = client.post("/account/sign-in", data={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client


def filled(app: Flask, tasks: int) -> Filled:
    """An agency with a coordinator and so many tasks, the first three of which are like no other."""
    with app.app_context():
        sessions = sessionmaker(db.engine)
        campaign_id, coordinator_id, _reviewer = prepared(sessions)
        with sessions.begin() as session:
            person = session.get_one(Membership, coordinator_id).person
            give_password(session, person)
            agency_id = session.get_one(Campaign, campaign_id).agency_id
            platform = add_organisation(session, kind=OrganisationKind.PLATFORM, code="TL", name="棠梨商城", by=SYSTEM)
            email, platform_id = person.email, platform.id
        with db.engine.begin() as connection:
            for table, columns in rows_of(tasks, campaign_id, agency_id, platform_id):
                connection.execute(numbered(table, tasks, columns))
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
    return Filled(app, email, tasks)


Columns = Callable[[sa.ColumnElement[int]], dict[str, Any]]


def rows_of(tasks: int, campaign_id: int, agency_id: int, platform_id: int) -> Iterator[tuple[str, Columns]]:
    def is_far(i: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return i <= FAR

    def number(i: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
        return sa.literal("T-B-") + sa.cast(i, sa.String)

    yield "drawn", lambda i: {
        "id": i, "campaign_id": campaign_id, "stratum": "棠梨商城", "role": "main", "rank": i,
        "listing_id": number(i), "draw_digest": "0" * 64, "platform_id": platform_id,
        "listing": sa.cast(sa.literal('{"title": "积木", "shop_name": "小满童品旗舰店"}', sa.String), sa.JSON)
        if db.engine.dialect.name == "postgresql"
        else sa.literal('{"title": "积木", "shop_name": "小满童品旗舰店"}', sa.String),
    }  # fmt: skip
    yield "task", lambda i: {
        "id": i, "version": 1, "digest": "0" * 64, "number": number(i), "agency_id": agency_id,
        "campaign_id": campaign_id, "drawn_id": i, "status": sa.case((is_far(i), "cancelled"), else_="planned"),
    }  # fmt: skip
    yield "search_entry", lambda i: {
        "subject_type": "task", "subject_id": i, "text": sa.case((is_far(i), RARE), else_=COMMON)
    }  # fmt: skip
    yield "search_pair", lambda i: {
        "pair": sa.case((is_far(i), RARE[:2]), else_=COMMON), "subject_type": "task", "subject_id": i
    }  # fmt: skip


def numbered(name: str, many: int, columns: Columns) -> sa.Insert:
    """One statement that writes the rows 1 … `many`."""
    table = tables.metadata.tables[name]
    first = sa.select(sa.literal(1).label("i")).cte("counted", recursive=True)
    counted = first.union_all(sa.select(first.c.i + 1).where(first.c.i < many))
    values = {
        key: value if isinstance(value, sa.ColumnElement) else sa.literal(value)
        for key, value in columns(counted.c.i).items()
    }
    return sa.insert(table).from_select(list(values), sa.select(*values.values()), include_defaults=False)


def of_lists(database: str, many: Filled, few: Filled) -> list[Row]:
    """The same page of both, through the whole program, without a socket."""
    pages = {
        "first page": lambda filled: "",
        "200th page": lambda filled: f"?before={filled.tasks - HUNDREDTHS * A_PAGE + 1}",
        "status that three have at the far end": lambda _filled: "?status=cancelled",
        "words that three have at the far end": lambda _filled: "?" + urlencode({"q": RARE}),
        "words that all but three have": lambda _filled: "?" + urlencode({"q": COMMON}),
        "whole number of the oldest": lambda _filled: "?q=T-B-1",
    }
    clients = {filled: filled.client() for filled in (many, few)}

    def measured(what: str, path: Callable[[Filled], str], base: str = "/desk/task/") -> Row:
        def get(filled: Filled) -> Callable[[], None]:
            def deed() -> None:
                for _turn in range(5):
                    answer = clients[filled].get(base + path(filled))
                    assert answer.status_code == 200

            return deed

        ours, theirs, ratio = in_turn(get(many), get(few), rounds=11)
        return Row(f"list of {MANY:,} tasks: {what}", f"of {FEW:,}", database, ours / 5, theirs / 5, ratio, BAR)

    for client in clients.values():
        page = client.get("/desk/task/?status=cancelled").text
        assert len(set(re.findall(r"/desk/task/T-B-\d+", page))) == FAR
    lists = [measured(what, path) for what, path in pages.items()]
    return [*lists, measured("worklist", lambda _filled: "", "/desk/")]


def of_an_empty_page(database: str, address: str, email: str, folder: Path) -> Row:
    """Over a socket, on the server that we ship with, a process for each, one request in turn."""
    (folder / "bare.py").write_text(BARE)
    environment = os.environ | environment_for(address, folder)
    with served("app:app", CHECKOUT, environment) as ours, served("bare:app", folder, environment) as theirs:
        cookie = signed_in(ours, email)

        def get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> Callable[[], None]:
            def deed() -> None:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, path

            return deed

        mine, bare, ratio = in_turn(get(ours, "/desk/search", {"Cookie": cookie}), get(theirs, "/", {}), rounds=300)
    what, floor = "an empty page behind the sign-in, over a socket", "a bare Flask route on the same server"
    return Row(what, floor, database, mine, bare, ratio, BAR_OF_AN_EMPTY_PAGE)


@contextmanager
def served(target: str, folder: Path, environment: dict[str, str]) -> Iterator[http.client.HTTPConnection]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-log", target]
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _try in range(100):
            try:
                connection.connect()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield connection
        connection.close()
    finally:
        process.terminate()
        process.wait()


def signed_in(connection: http.client.HTTPConnection, email: str) -> str:
    """The cookie of somebody who came through the door."""
    connection.request("GET", "/account/sign-in")
    page = connection.getresponse()
    text, cookie = page.read().decode(), str(page.getheader("Set-Cookie")).split(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert token
    sent = urlencode({"email": email, "password": PASSWORD, "csrf_token": token[1]})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", "/account/sign-in", sent, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return str(answer.getheader("Set-Cookie")).split(";")[0]
