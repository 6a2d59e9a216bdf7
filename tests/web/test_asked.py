"""A real server is asked for what goes well and what breaks, with personal data everywhere: its log has none of it."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from flask.testing import FlaskClient

from quality.core.surroundings import CHECKOUT
from tests.harness.databases import environment_for, on_sqlite
from tests.web.test_serve import answers, eventually

PLANTED = "张三-13800138000@secret.example"
SPELLINGS = (PLANTED, quote(PLANTED), "13800138000", "secret.example", "198.51.100.77", "mc_planted")


@pytest.fixture
def server(sqlite_database: str, tmp_path: Path) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = environment_for(sqlite_database, tmp_path) | {"LOG_FORMAT": "json", "TRUSTED_PROXIES": "1"}
    log = tmp_path / "log"
    command = [sys.executable, "-m", "quality.cli", "serve", "--no-jobs", "--port", str(port), "--workers", "1"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | told, stdout=out, stderr=out)
    try:
        eventually(lambda: answers(port))
        yield port, log, Path(sqlite_database.removeprefix("sqlite:///"))
    finally:
        process.terminate()
        process.wait(20)


def test_a_log_holds_nothing_that_somebody_typed(server: tuple[int, Path, Path]) -> None:
    port, log, database = server
    headers: Any = {
        "X-Forwarded-For": "198.51.100.77",
        "X-Request-ID": "of-the-proxy-1",
        "User-Agent": PLANTED.encode(),
    }
    strange: Any = {"X-Request-ID": PLANTED.encode()}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        client.get("/results", params={"q": PLANTED})
        client.get(f"/reply/{quote(PLANTED)}")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account/sign-in").text)
        assert token
        typed = {"email": PLANTED, "password": PLANTED, "csrf_token": token[1]}
        client.post("/account/sign-in", data=typed)
        client.get("/api/v1/campaigns", headers={"Authorization": "Bearer mc_planted"})
        with sqlite3.connect(database) as there:
            there.execute("ALTER TABLE person RENAME TO elsewhere")
            there.execute("ALTER TABLE result RENAME TO elsewhere_too")
        there.close()
        broken = client.get("/results", params={"q": PLANTED, "category": PLANTED})
        again = client.get("/results.json", params={"q": PLANTED}, headers=strange)
    assert (broken.status_code, broken.headers["X-Request-ID"]) == (500, "of-the-proxy-1")
    assert "of-the-proxy-1" in broken.text
    assert again.json()["request_id"] == again.headers["X-Request-ID"]
    assert len(again.headers["X-Request-ID"]) == 16
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    text = log.read_text()
    assert [spelled for spelled in SPELLINGS if spelled in text] == []
    answered = [line for line in lines if line["message"] == "answered" and line["route"] != "/healthz"]
    asked = [(line["method"], line["route"], line["status"]) for line in answered]
    assert ("GET", "/results", 200) in asked and ("POST", "/account/sign-in", 422) in asked, asked
    assert [line for line in lines if line.get("route") == "/healthz"] == [], "it is asked every second"
    assert all(line["ms"] >= 0 and line["request_id"] for line in answered)
    failed = [line for line in lines if line["message"] == "a request failed"]
    assert {line["request_id"] for line in failed} == {"of-the-proxy-1", again.headers["X-Request-ID"]}
    assert all(line["error"]["type"].endswith("OperationalError") and line["error"]["where"] for line in failed)


@on_sqlite
def test_a_number_of_a_request_is_our_own_where_no_proxy_is_trusted(client: FlaskClient) -> None:
    first = client.get("/healthz", headers={"X-Request-ID": "made-up-by-a-stranger"}).headers["X-Request-ID"]
    assert len(first) == 16 and first != client.get("/healthz").headers["X-Request-ID"]
