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
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.people.actor import SYSTEM
from quality.people.models import Membership, OrganisationKind
from quality.people.operations import add_organisation
from tests.benchmarks.measure import Row, in_turn
from tests.benchmarks.moves import prepared
from tests.harness.databases import environment_for
from tests.harness.desk import PASSWORD, give_password

TASKS, VERIFY = "/desk/task/", "/desk/verification"
MANY, FEW, FAR = 1_000_000, 10_000, 3
A_PAGE, HUNDREDTHS = 30, 199
COMMON, RARE = "积木", "琉璃盏"
HALVES = "红色", "蓝色"  # each half has one, and none has both
AT_ONCE = 100  # listings on a notice
FAR_DAY, FIRST_DAY = "2020-01-01", "2022-01-01"  # of the far ones, and of the rest, a minute apart
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
            email, platform_id, person_id = person.email, platform.id, person.id
        with db.engine.begin() as connection:  # to ask of each key whether it is there takes most of the time
            is_sqlite = connection.dialect.name == "sqlite"
            connection.exec_driver_sql(
                "PRAGMA foreign_keys=OFF" if is_sqlite else "SET LOCAL session_replication_role = replica"
            )
            for table, columns in rows_of(tasks, campaign_id, agency_id, platform_id):
                connection.execute(numbered(table, tasks, columns))
            for table, columns in rows_after(tasks, agency_id, person_id):
                connection.execute(numbered(table, tasks, columns))
            connection.execute(numbered("notice", tasks // AT_ONCE + 1, notices(agency_id, platform_id, person_id)))
        db.engine.dispose()
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
        "subject_type": "task", "subject_id": i,
        "text": sa.case((is_far(i), RARE), (i % 2 == 0, f"{COMMON} {HALVES[0]}"), else_=f"{COMMON} {HALVES[1]}"),
    }  # fmt: skip
    yield "search_pair", lambda i: {
        "pair": sa.case((is_far(i), RARE[:2]), else_=COMMON), "subject_type": "task", "subject_id": i
    }  # fmt: skip
    yield "search_pair", lambda i: {
        "pair": sa.case((i % 2 == 0, HALVES[0]), else_=HALVES[1]), "subject_type": "task", "subject_id": i
    }  # fmt: skip
    yield "event", lambda i: {
        "id": i + MANY, "at": moment(i), "actor": "system", "subject_type": "task", "subject_id": i, "seq": 1,
        "action": "create", "details": "{}", "digest": "0" * 64,
    }  # fmt: skip


def moment(i: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """The far ones on one day long before the others, which are a minute apart."""
    day = sa.case((i <= FAR, FAR_DAY), else_=FIRST_DAY)
    if db.engine.dialect.name == "postgresql":
        return sa.cast(day, sa.DateTime(timezone=True)) + i * sa.text("interval '1 minute'")
    return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", day, sa.cast(i, sa.String) + " minutes")


def rows_after(tasks: int, agency_id: int, person_id: int) -> Iterator[tuple[str, Columns]]:
    """A sample, a finding and a listing on a notice for each task, with the clocks that run on them."""
    yield "sample", lambda i: {
        "id": i, "version": 1, "digest": "0" * 64, "number": sa.literal("S-B-") + sa.cast(i, sa.String),
        "status": "sealed", "agency_id": agency_id, "task_id": i, "buyer_id": person_id, "product_name": COMMON,
        "spec": "", "brand": "", "batch": "", "producer_name": "", "producer_address": "", "remark": "",
        "sealed_at": moment(i),
    }  # fmt: skip
    yield "search_entry", lambda i: {
        "subject_type": "sample", "subject_id": i, "text": sa.case((i <= FAR, RARE), else_=COMMON)
    }  # fmt: skip
    yield "search_pair", lambda i: {
        "pair": sa.case((i <= FAR, RARE[:2]), else_=COMMON), "subject_type": "sample", "subject_id": i
    }  # fmt: skip
    yield "finding", lambda i: {
        "id": i, "version": 1, "digest": "0" * 64, "number": sa.literal("F-B-") + sa.cast(i, sa.String),
        "status": "proposed", "agency_id": agency_id, "sample_id": i, "report_id": i, "verdict": "nonconforming",
        "proposed_by_id": person_id,
    }  # fmt: skip
    yield "notice_item", lambda i: {
        "id": i, "version": 1, "status": "claimed", "notice_id": (i - 1) // AT_ONCE + 1,
        "finding_id": i, "kind": "tested", "listing_id": sa.literal("TL-") + sa.cast(i, sa.String),
        "snapshot": '{"listing": {"title": "积木"}, "product": {"name": "积木"}}',
    }  # fmt: skip
    yield "clock", running("sample", "to_lab", 0)
    yield "clock", running("notice_item", "verify_claim", tasks)


def running(table: str, rule: str, first: int) -> Columns:
    day = sa.literal(FIRST_DAY) if db.engine.dialect.name == "sqlite" else sa.cast(FIRST_DAY, sa.Date)
    return lambda i: {
        "id": i + first, "rule": rule, "subject_type": table, "subject_id": i, "started_at": moment(i), "due_on": day,
        "due_at": moment(i), "calendar": "", "provisional": sa.false(), "steps": "[]",
    }  # fmt: skip


def notices(agency_id: int, platform_id: int, person_id: int) -> Columns:
    return lambda i: {
        "id": i, "version": 1, "digest": "0" * 64, "reference": sa.literal("ND-B-") + sa.cast(i, sa.String),
        "status": "draft", "kind": "order", "agency_id": agency_id, "platform_id": platform_id,
        "legal_basis": "《电子商务法》第三十八条", "reasons": "", "measures": "[]",
        "answer_to": "", "how_to_object": "",
        "drafted_by_id": person_id, "number": sa.literal("N-B-") + sa.cast(i, sa.String),
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

    def the_200th(filled: Filled) -> int:
        return filled.tasks - HUNDREDTHS * A_PAGE + 1

    def asked(address: str, **args: str) -> Callable[[Filled], str]:
        return lambda _filled: f"{address}?{urlencode(args)}"

    pages: dict[str, Callable[[Filled], str]] = {
        "first page": asked(TASKS),
        "200th page": lambda filled: f"{TASKS}?before={the_200th(filled)}",
        "status that three have at the far end": asked(TASKS, status="cancelled"),
        "campaign and platform that all have": asked(TASKS, campaign="C-B00-2026-0001", platform="TL"),
        "days on which three were opened, at the far end": asked(TASKS, **{"from": FAR_DAY, "to": FAR_DAY}),
        "days on which all but three were opened": asked(TASKS, **{"from": FIRST_DAY}),
        "all but three by day, 200th page": lambda filled: f"{TASKS}?from={FIRST_DAY}&before={the_200th(filled)}",
        "words that three have at the far end": asked(TASKS, q=RARE),
        "words that all but three have": asked(TASKS, q=COMMON),
        "two words that half have each and none both": asked(TASKS, q=" ".join(HALVES)),
        "whole number of the oldest": asked(TASKS, q="T-B-1"),
        "how every number begins": asked(TASKS, q="T-B-"),
        "samples, the first due first": asked("/desk/sample/", order="due"),
        "samples by due day, 200th page": lambda _filled: f"/desk/sample/?order=due&before={HUNDREDTHS * A_PAGE}",
        "findings by words that three have at the far end": asked("/desk/finding/", q=RARE),
        "findings by words that all but three have": asked("/desk/finding/", q=COMMON),
        "search across all by words": asked("/desk/search", q=COMMON),
        "search across all by how numbers begin": asked("/desk/search", q="T-B-"),
        "listings to verify, first page": asked(VERIFY),
        "listings to verify, 200th page": lambda filled: (
            f"/desk/verification?after={filled.tasks + HUNDREDTHS * A_PAGE}"
        ),
        "worklist": asked("/desk/"),
    }
    clients = {filled: filled.client() for filled in (many, few)}

    def measured(what: str, path: Callable[[Filled], str]) -> Row:
        def get(filled: Filled) -> Callable[[], None]:
            def deed() -> None:
                for _turn in range(5):
                    answer = clients[filled].get(path(filled))
                    assert answer.status_code == 200, path(filled)

            return deed

        ours, theirs, ratio = in_turn(get(many), get(few), rounds=11)
        return Row(f"list of {MANY:,} tasks: {what}", f"of {FEW:,}", database, ours / 5, theirs / 5, ratio, BAR)

    for client in clients.values():
        page = client.get("/desk/task/?status=cancelled").text
        assert len(set(re.findall(r"/desk/task/T-B-\d+", page))) == FAR
    return [measured(what, path) for what, path in pages.items()]


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
