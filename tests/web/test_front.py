"""Before the program: who has the page is told so, who asks for it again gets it, and nobody gets an old one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder

from quality.web import front
from quality.web.asked import HEADER
from quality.web.front import FRESH, Front, Ready, Seldom, Shelf, etag_of, kind_of
from quality.web.headers import ALWAYS

RELEASE = bytes(32)
KEEP = "public, max-age=5"


class Program:
    """Answers every address with a page of the state that stands in `state`, as pages/freshness.py does."""

    def __init__(self) -> None:
        self.made, self.state, self.tagged = 0, "1", True

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.made += 1
        etag = [("ETag", etag_of(environ, environ[front.STATE], RELEASE))] if self.tagged else []
        start_response("200 OK", [("Content-Length", "6"), (HEADER, "of the first"), ("Vary", "Accept"), *etag])
        return iter([] if environ["REQUEST_METHOD"] == "HEAD" else [b"page ", self.state.encode()])


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def client(program: Program) -> Client:
    return Client(Front(program, state=lambda: program.state, release=lambda: RELEASE, keep=KEEP))


def test_a_page_is_made_once_in_each_state(client: Client, program: Program) -> None:
    one, two = client.get("/results?a=1&b=2"), client.get("/results?b=2&a=1")
    assert (one.text, two.text, program.made) == ("page 1", "page 1", 1)
    assert two.headers["ETag"] == one.headers["ETag"]
    assert two.headers[HEADER] != "of the first", "every answer has a number of its own"
    program.state = "2"
    assert (client.get("/results?a=1&b=2").text, program.made) == ("page 2", 2)


def test_who_has_the_page_is_told_so_even_by_a_worker_that_never_made_it(client: Client, program: Program) -> None:
    etag = etag_of(EnvironBuilder("/results").get_environ(), "1", RELEASE)
    answer = client.get("/results", headers={"If-None-Match": f'W/"other", {etag}'})
    assert (answer.status_code, answer.data, program.made) == (304, b"", 0)
    assert {"ETag": etag, "Cache-Control": KEEP, "Vary": "Accept", **ALWAYS}.items() <= dict(answer.headers).items()
    program.state = "2"
    assert client.get("/results", headers={"If-None-Match": etag}).status_code == 200


def test_a_head_gets_no_body_and_leaves_none(client: Client, program: Program) -> None:
    assert client.head("/").data == b""
    assert client.get("/").text == "page 1"
    kept = client.head("/")
    assert (kept.data, kept.headers["Content-Length"], program.made) == (b"", "6", 2)


def test_what_the_program_is_not_sure_of_is_passed_on_and_forgotten(client: Client, program: Program) -> None:
    program.tagged = False
    assert (client.get("/").text, client.get("/").text, program.made) == ("page 1", "page 1", 2)


@pytest.mark.parametrize("path", ["/desk/", "/api/v1/results", "/healthz", "/static/mingcha.css"])
def test_what_is_no_public_page_is_passed_by(program: Program, path: str) -> None:
    asked = Client(
        Front(lambda _environ, start: (start("200 OK", []), [b"own"])[1], state=fails, release=fails, keep="")
    )
    assert asked.get(path).text == "own"
    assert asked.post("/results").text == "own"


def fails() -> Any:
    raise AssertionError("nobody asked for this")


def test_pages_and_data_at_one_address_are_two(client: Client, program: Program) -> None:
    client.get("/results", headers={"Accept": "text/html,*/*;q=0.8"})
    client.get("/results", headers={"Accept": "application/json"})
    client.get("/results", headers={"Accept": "*/*"})
    assert program.made == 2
    assert kind_of("text/html;q=0.1, application/json") == "application/json"


SPELLINGS = [
    ("q=é", "q=%C3%A9", True),  # as a browser sends it, and as a program may
    ("q=a+b", "q=a%20b", True),
    ("a=1&b=2", "b=2&a=1", True),
    ("a=1&a=2", "a=2&a=1", False),
    ("q=%C3%83%C2%A9", "q=é", False),
    ("q=%FF", "q=%EF%BF%BD", False),
    ("lang=en", "", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SPELLINGS)
def test_two_spellings_of_one_address_are_one_page(one: str, other: str, same: bool) -> None:
    def of(query: str) -> str:
        return etag_of({"PATH_INFO": "/", "QUERY_STRING": query.encode().decode("latin-1")}, "1", RELEASE)

    assert (of(one) == of(other)) == same


@given(st.text(), st.binary(max_size=30))
def test_any_address_and_any_accept_have_a_name(accept: str, query: bytes) -> None:
    environ = {"PATH_INFO": "/", "QUERY_STRING": query.decode("latin-1"), "HTTP_ACCEPT": accept}
    assert len(etag_of(environ, "1", RELEASE)) == 34


def test_the_state_is_asked_seldom_and_an_old_one_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    moment, answers = [100.0], iter(["1", "2", "", "3"])

    def ask() -> str:
        if not (answer := next(answers)):
            raise RuntimeError("no database")
        return answer

    monkeypatch.setattr("quality.web.front.time.monotonic", lambda: moment[0])
    state = Seldom(ask)
    first = [state(), state()]
    for wait in (FRESH * 0.9, FRESH * 0.2, FRESH, FRESH):
        moment[0] += wait
        first.append(state())
    assert first == ["1", "1", "1", "2", None, "3"]


def test_the_shelf_holds_so_many_bytes_and_the_pages_of_one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "LARGEST", 5_000)
    shelf = Shelf(most=4_000)
    pages = [Ready(str(number), [], bytes(1_000), None) for number in range(4)]
    shelf.get("1", "0")
    for page in pages[:2]:
        shelf.put("1", page)
    shelf.get("1", "0")
    shelf.put("1", pages[2])
    assert [bool(shelf.get("1", page.etag)) for page in pages] == [True, False, True, False]
    shelf.put("2", pages[3])
    shelf.put("1", Ready("large", [], bytes(6_000), None))
    assert (shelf.get("1", "3"), shelf.get("1", "large"), shelf.bytes <= 4_000) == (None, None, True)
    assert (shelf.get("2", "0"), shelf.bytes) == (None, 0)
