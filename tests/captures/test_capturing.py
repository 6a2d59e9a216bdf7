"""A job captures a listing whose look is due, where its agency allows the host; only a person's look counts."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.captures import jobs
from quality.captures.browser import Failed, Page, capture
from quality.captures.jobs import capture_due_listings
from quality.captures.models import Capture, CaptureProblem, Suggestion
from quality.captures.proxy import Limits, Proxy, is_allowed
from quality.captures.queries import to_look_at
from quality.clocks.queries import running
from quality.core import clock
from quality.core.errors import Invalid, Refused
from quality.evidence.models import EvidenceKind
from quality.notices.models import ItemStatus, NoticeStatus
from quality.notices.operations import look, verify
from quality.notices.operations.looking import RECHECKS
from quality.notices.practice import set_practice
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, verified
from tests.harness.purchases import little_picture

CHROMIUM = Path(shutil.which("chromium-headless-shell") or "/usr/bin/chromium")
ANYWHERE = Limits(["127.0.0.1"], 2_000_000, allow_private=True)


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        port = int(self.headers["Host"].rpartition(":")[2])
        if self.path == "/away":
            self.answer(302, "", {"Location": f"http://localhost:{port}/there"})
        elif self.path == "/there":
            self.answer(200, "<title>磁力棒 0 号 - 商城</title><p>立即购买<script>alert(1)</script>")
        elif self.path == "/big":
            self.answer(200, "<p>" + "x" * 3_000_000)
        else:
            self.answer(404, "<title>提示</title>商品不存在")

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            return

    def log_message(self, *_said: object) -> None: ...


@contextmanager
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_real_browser_captures_a_page_and_is_led_nowhere_else() -> None:
    with shop() as address:
        with Proxy(ANYWHERE) as proxy:
            page = capture(CHROMIUM, f"{address}/there", proxy)
        assert (page.status, page.address, page.title) == (200, f"{address}/there", "磁力棒 0 号 - 商城")
        assert "立即购买" in page.text and page.picture.startswith(b"\x89PNG")
        for path, problem in (("/away", CaptureProblem.NOT_ALLOWED), ("/big", CaptureProblem.TOO_LARGE)):
            with Proxy(ANYWHERE) as proxy, pytest.raises(Failed) as failed:
                capture(CHROMIUM, address + path, proxy)
            assert failed.value.problem is problem


def asked(proxy: Proxy, head: str) -> str:
    with socket.create_connection(("127.0.0.1", proxy.port)) as browser:
        browser.sendall(f"{head}\r\n\r\n".encode())
        return browser.recv(12).decode()


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ("CONNECT shop.example:443 HTTP/1.1", "10.0.0.7"),  # a named host that leads into our network
        ("CONNECT shop.example:443 HTTP/1.1", "127.0.0.1"),
        ("CONNECT shop.example:8443 HTTP/1.1", "93.184.215.14"),
        ("CONNECT other.example:443 HTTP/1.1", "93.184.215.14"),
        ("CONNECT 169.254.169.254:443 HTTP/1.1", "169.254.169.254"),
        ("GET http://shop.example/ HTTP/1.1", "93.184.215.14"),  # not https
        ("POST http://shop.example/ HTTP/1.1", "93.184.215.14"),
    ],
)
def test_what_is_not_named_or_not_public_is_not_gone_to(head: str, address: str) -> None:
    with Proxy(Limits(["shop.example"], 1_000), resolve=lambda *_: [address]) as proxy:
        assert asked(proxy, head) == "HTTP/1.1 403"
        assert proxy.refused


def test_a_star_is_every_name_below_and_not_the_name_itself() -> None:
    hosts = ["shop.example", "*.mall.example"]
    named = {"shop.example", "a.mall.example", "a.b.mall.example"}
    asked = [*named, "mall.example", "x.shop.example", "evilmall.example", "shop.example.evil"]
    assert {host for host in asked if is_allowed(host, hosts)} == named


# --- the job ---


@pytest.fixture
def item(session, concluded):
    """Claimed, of an agency that allows its host."""
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ANSWERED, concluded.bad[0])
    [item] = notice.items
    host = str(item.snapshot["listing"]["url"]).split("/")[2]
    set_practice(session, second_look_percent=0, capture_hosts=[host], edition=0, by=cast.reviewer)
    session.commit()
    return item


@pytest.fixture
def run(session, settings, monkeypatch):
    """The job with a browser that meets what the test says, or fails so."""

    def once(failed: Failed | None = None) -> int:
        def capture(*_asked: object) -> Page:
            if failed:
                raise failed
            return Page(404, "https://shop.example/1", "提示", "商品不存在", little_picture(7))

        monkeypatch.setattr(jobs, "capture", capture)
        session.commit()
        done = capture_due_listings(sessionmaker(session.get_bind()), replace(settings, chromium=CHROMIUM))
        session.expire_all()
        return done

    return once


def captures(session) -> list[Capture]:
    return list(session.scalars(sa.select(Capture).order_by(Capture.id)))


def test_a_claim_is_captured_once_and_kept_as_evidence_and_verifies_nothing(session, cast, item, run):
    assert (run(), run()) == (1, 0)

    [made] = captures(session)
    assert (made.suggests, made.reasons, made.http_status) == (Suggestion.GONE, ["status_gone", "says_gone"], 404)
    proofs = [proof for proof in item.exhibits if proof.kind is EvidenceKind.CAPTURE]
    assert {proof.holding.sha256 for proof in proofs} == {made.sha256, made.text_sha256}
    assert item.status == ItemStatus.CLAIMED
    with pytest.raises(Refused, match="not_seen"):
        verify(session, item, by=cast.coordinator)

    [picture] = to_look_at(session, item)
    look(session, item, gone=True, seen_at=picture.made_at, evidence=[picture.sha256], by=cast.coordinator)
    verify(session, item, by=cast.coordinator)
    assert (item.status, to_look_at(session, item)) == (ItemStatus.VERIFIED, [])
    with pytest.raises(Invalid, match="evidence"):
        look(session, item, gone=True, seen_at=clock.now(), evidence=[picture.sha256], by=cast.reviewer)


@on_sqlite
def test_each_later_look_is_captured_on_its_day(session, cast, item, run):
    verified(session, cast, item)
    assert run() == 0
    for rule in RECHECKS:  # the page looks the same each time
        [due] = running(session, item, rule)
        cast.clock.moment = due.due_at - timedelta(hours=9)
        assert (run(), run()) == (1, 0)
        [picture] = to_look_at(session, item)
        look(session, item, gone=True, seen_at=picture.made_at, evidence=[picture.sha256], by=cast.coordinator)


@on_sqlite
def test_what_cannot_be_captured_is_tried_again_and_then_said(session, cast, item, run):
    for tries in (1, 2, 3):
        assert run(Failed(CaptureProblem.TIMEOUT)) == 1
        [made] = captures(session)
        assert (made.tries, made.made_at is not None) == (tries, tries == 3)
        cast.clock.advance(minutes=5)
    assert run() == 0
    assert (made.problem, made.suggests, to_look_at(session, item)) == (CaptureProblem.TIMEOUT, None, [])


@on_sqlite
def test_without_a_browser_or_a_named_host_nothing_is_captured(session, settings, cast, item, run):
    assert capture_due_listings(sessionmaker(session.get_bind()), replace(settings, chromium=None)) == 0
    set_practice(session, second_look_percent=0, capture_hosts=["*.other.example"], edition=1, by=cast.reviewer)
    assert run() == 0
    assert captures(session) == []


@on_sqlite
def test_hosts_are_names_and_nothing_else(session, cast):
    for wrong in ("https://shop.example", "shop", "*.com/", "-a.example", "10.0.0.1:80", "a..b"):
        with pytest.raises(Invalid, match="capture_hosts"):
            set_practice(session, second_look_percent=0, capture_hosts=[wrong], edition=0, by=cast.reviewer)
    kept = set_practice(
        session,
        second_look_percent=0,
        capture_hosts=["B.example", "*.a.example", " b.example"],
        edition=0,
        by=cast.reviewer,
    )
    assert kept.capture_hosts == ["*.a.example", "b.example"]
