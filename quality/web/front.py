"""What stands before the program: whoever has the page already is told so, and a page that was made is made once.

A public page depends on the state of the publication only (its epoch, and the day: pages/freshness.py), on the address,
on the language, which stands in the address, and on what the program is made of. All of that is known here without a
row of the database, so the ETag of a page is known before it is made: a hash over it, with a secret, so that nobody has
one who did not get the page. The program puts the same on its answers, where it is sure of the state; what comes
without it is passed on and forgotten.

The state is asked of the database when somebody asks for a page, at most every FRESH seconds in each worker. So nobody
is given a page that is older than that, whatever was published or withdrawn meanwhile and by whichever process. Where
the state cannot be had, the program answers.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from quality.web import headers
from quality.web.asked import HEADER, answered_before, id_for

FRESH = 0.25  # seconds
PATIENCE = 1.0  # seconds that one waits for another who asks the database
MOST_KEPT = 32 * 1024**2  # bytes in each worker
LARGEST = 1024**2  # bytes of a page that is kept
STATE, ROUTE = "mingcha.state", "mingcha.route"  # what front and program tell each other in `environ`
PAGES, PROBLEMS = "text/html", ("application/json", "application/problem+json")
PASSED_BY = (
    "/desk",
    "/account",
    "/field",
    "/api/",
    "/static/",
    "/bootstrap/",
    "/reply",
    "/healthz",
    "/readyz",
    "/metrics",
)
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
FEW_PARTS = 100  # of a query; longer ones are nobody's bookmark


class Ready(NamedTuple):
    """A page that was made, as it is given to the next."""

    etag: str
    given: list[tuple[str, str]]  # headers
    body: bytes
    route: str | None


# --- what a page is known by ---


def etag_of(environ: WSGIEnvironment, state: str, release: bytes) -> str:
    """Of the page at this address, of this kind, in this state: quoted, and strong."""
    said = "\0".join((state, kind_of(environ.get("HTTP_ACCEPT", "")), address_of(environ)))
    return f'"{hashlib.blake2b(said.encode("utf-8", "surrogateescape"), key=release, digest_size=16).hexdigest()}"'


def address_of(environ: WSGIEnvironment) -> str:
    """Path and query, the same for two spellings of one query: `?b=2&a=%C3%A9` and `?a=é&b=2`."""
    query = environ.get("QUERY_STRING", "")
    if query and query.count("&") < FEW_PARTS:
        ascii_only = query if query.isascii() else quote(query.encode("latin-1"), safe=PRINTABLE)
        parts = parse_qsl(ascii_only, keep_blank_values=True, errors="surrogateescape")
        query = urlencode(sorted(parts, key=itemgetter(0)), errors="surrogateescape")
    return f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}?{query}"


@lru_cache(1024)
def kind_of(accept: str) -> str:
    """What `Accept` asks for, as web/errors.py has it: a page, or data for a program."""
    best = parse_accept_header(accept, MIMEAccept).best_match([PAGES, *PROBLEMS], PAGES)
    return PAGES if best == PAGES else PROBLEMS[0]


def is_of_one_kind(path: str) -> bool:
    """Whether the address says what comes, so that `Accept` changes nothing: `.json`, `.csv`, `.pdf` …"""
    return "." in path.rpartition("/")[2]


# --- the state, asked seldom ---


class Seldom:
    """The state of the publication as it was at most FRESH seconds ago; None where it cannot be had."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._asking = threading.Lock()
        self._known: tuple[str | None, float] = (None, -FRESH)

    def __call__(self) -> str | None:
        state, asked_at = self._known
        if time.monotonic() - asked_at < FRESH:
            return state
        if not self._asking.acquire(timeout=PATIENCE):
            return None
        try:
            state, asked_at = self._known
            began = time.monotonic()
            if began - asked_at >= FRESH:  # else another asked while this one waited
                state = self._asked()
                self._known = state, began
            return state
        finally:
            self._asking.release()

    def _asked(self) -> str | None:
        try:
            return self._ask()
        except Exception:  # whatever it is, the program meets it too, and says so to whoever asked
            return None


# --- pages that were made ---


class Shelf:
    """Pages of one state, up to so many bytes: the one that was asked for longest ago makes room."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._state = ""
        self._pages: OrderedDict[str, Ready] = OrderedDict()
        self.bytes = 0

    def get(self, state: str, etag: str) -> Ready | None:
        with self._lock:
            if state != self._state:
                self._state, self.bytes = state, 0
                self._pages.clear()
            found = self._pages.get(etag)
            if found is not None:
                self._pages.move_to_end(etag)
            return found

    def put(self, state: str, ready: Ready) -> None:
        """Unless the state is another by now."""
        size = weight(ready)
        with self._lock:
            if state != self._state or ready.etag in self._pages or size > LARGEST:
                return
            self._pages[ready.etag] = ready
            self.bytes += size
            while self.bytes > self._most:
                _etag, gone = self._pages.popitem(last=False)
                self.bytes -= weight(gone)


def is_small(given: list[tuple[str, str]]) -> bool:
    """Whether it says that it is; a stream does not say how long it will be."""
    length = next((value for name, value in given if name == "Content-Length"), "")
    return length.isdecimal() and int(length) <= LARGEST


def weight(ready: Ready) -> int:
    return len(ready.body) + sum(len(name) + len(value) for name, value in ready.given) + 500


# --- the front itself ---


class Front:
    """Around the program. `state` says what pages depend on now, `release` what they are made of."""

    def __init__(
        self,
        program: WSGIApplication,
        *,
        state: Callable[[], str | None],
        release: Callable[[], bytes],
        keep: str,
        behind_proxies: bool = False,
    ) -> None:
        self._program, self._state, self._release, self._keep = program, state, release, keep
        self._behind_proxies = behind_proxies
        self._shelf = Shelf()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"} or path.startswith(PASSED_BY) or "HTTP_IF_MATCH" in environ:
            return self._program(environ, start_response)
        state = self._state()
        if state is None:
            return self._program(environ, start_response)
        etag = etag_of(environ, state, self._release())
        if etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            given, status, body, route = self._unchanged(etag, path), "304 NOT MODIFIED", b"", None
        elif ready := self._shelf.get(state, etag):
            given, status, route = ready.given, "200 OK", ready.route
            body = ready.body if method == "GET" else b""
        else:
            environ[STATE] = state
            return self._made(environ, start_response, state, etag)
        named = id_for(environ.get("HTTP_X_REQUEST_ID", ""), behind_proxies=self._behind_proxies)
        start_response(status, [*given, (HEADER, named)])
        answered_before(int(status[:3]), began, named, method, route)
        return [body]

    def _unchanged(self, etag: str, path: str) -> list[tuple[str, str]]:
        """What the page itself would say of who may keep it, and what every answer carries."""
        vary = [] if is_of_one_kind(path) else [("Vary", "Accept")]
        return [
            ("ETag", etag),
            ("Cache-Control", self._keep),
            *vary,
            *(headers.ALWAYS | headers.of_data("GET", path)).items(),
        ]

    def _made(self, environ: WSGIEnvironment, start_response: StartResponse, state: str, etag: str) -> Iterable[bytes]:
        """By the program; and kept, if it says that it is of this state."""
        said: dict[str, Any] = {"status": "", "headers": []}

        def begin(status: str, given: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            said.update(status=status, headers=given)
            return start_response(status, given, exc_info)

        answer = self._program(environ, begin)
        is_page = environ["REQUEST_METHOD"] == "GET" and said["status"].startswith("200")
        if not is_page or ("ETag", etag) not in said["headers"] or not is_small(said["headers"]):
            return answer
        try:
            body = b"".join(answer)
        finally:
            if close := getattr(answer, "close", None):
                close()
        given = [(name, value) for name, value in said["headers"] if name != HEADER]
        self._shelf.put(state, Ready(etag, given, body, environ.get(ROUTE)))
        return [body]
