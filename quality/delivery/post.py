"""One request to one endpoint: to the address that was checked, in bounded time, with a bounded answer.

No redirects, no proxies from the environment, no cookies. A connection is kept for its own host only: two hosts of one
address have a connection each, so that a certificate stands for the host it was shown for.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import NamedTuple

import certifi
import httpx

from quality.delivery.guard import Resolve, Target, Unsafe, checked, resolve
from quality.delivery.models import KEPT_OF_AN_ANSWER, Problem

CONNECTING, ALL_TOGETHER = 5.0, 15.0  # seconds
NAMES_AT_ONCE = 32
LONGEST_WAIT = timedelta(hours=24)  # that an endpoint may ask for
SUCCESS = range(200, 300)
AGENT = "Mingcha/1 (+Standard Webhooks)"


class Answer(NamedTuple):
    """What came of one try. `status` is None where nothing came back that is HTTP."""

    status: int | None
    problem: Problem | None = None
    resolved: str = ""
    media_type: str = ""
    text: str = ""
    retry_after: str = ""
    duration_ms: int = 0

    @property
    def is_taken(self) -> bool:
        return self.status in SUCCESS


@cache
def tls_context() -> ssl.SSLContext:
    """One for all: making it costs 48 ms. It trusts what this machine trusts, and the usual authorities."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class Postman:
    """Sends within one event loop."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        all_together: float = ALL_TOGETHER,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._tls = tls or tls_context()
        self._all_together = all_together
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._names = ThreadPoolExecutor(NAMES_AT_ONCE, "names")

    async def __aenter__(self) -> Postman:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._all_together):
                answer = await self._try(url, headers, body)
        except TimeoutError:
            answer = Answer(None, Problem.TIMEOUT)
        return answer._replace(duration_ms=round((time.monotonic() - began) * 1000))

    async def _try(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            target = await loop.run_in_executor(self._names, self._checked, url)
        except Unsafe as no:
            return Answer(None, no.problem)  # not where it led: names inside our network are nobody's business
        answer = Answer(None, Problem.NO_CONNECTION)
        for address in target.addresses:
            try:
                return await self._ask(target, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
                answer = Answer(None, Problem.TLS if of_tls(failed) else Problem.NO_CONNECTION, address)
            except httpx.TimeoutException:
                return Answer(None, Problem.TIMEOUT, address)
            except httpx.HTTPError:
                return Answer(None, Problem.BROKEN, address)
        return answer

    def _checked(self, url: str) -> Target:
        return checked(url, self._resolve, allow_private=self._allow_private)

    async def _ask(self, target: Target, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = {**headers, "Host": target.host_header, "Content-Type": "application/json"}
        request = self._client(target).stream(
            "POST", target.url_at(address), headers=sent, content=body, extensions={"sni_hostname": target.host}
        )
        async with request as response:
            kept = await beginning_of(response)
        return Answer(
            status=response.status_code,
            problem=Problem.REDIRECT if response.is_redirect else None,
            resolved=address,
            media_type=response.headers.get("content-type", "")[:100],
            text=kept.decode(errors="replace").replace("\0", "\ufffd"),
            retry_after=response.headers.get("retry-after", ""),
        )

    def _client(self, target: Target) -> httpx.AsyncClient:
        origin = f"{target.scheme}://{target.host}:{target.port}"
        if origin not in self._clients:
            self._clients[origin] = httpx.AsyncClient(
                verify=self._tls,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(self._all_together, connect=CONNECTING),
                headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        return self._clients[origin]


async def beginning_of(response: httpx.Response) -> bytes:
    """What is kept of the answer. The rest is not read; the connection is closed instead."""
    kept = b""
    async for chunk in response.aiter_raw():
        kept += chunk
        if len(kept) >= KEPT_OF_AN_ANSWER:
            break
    return kept[:KEPT_OF_AN_ANSWER]


def of_tls(failed: BaseException) -> bool:
    cause: BaseException | None = failed
    while cause:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def asked_to_wait(answer: Answer, now: datetime) -> timedelta:
    """What `Retry-After` asks for (RFC 9110 §10.2.3: seconds or a date), at most a day; nothing where it asks not."""
    if answer.status not in {429, 503} or not answer.retry_after:
        return timedelta(0)
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    asked = until - now if until.tzinfo else timedelta(0)
    return max(timedelta(0), min(asked, LONGEST_WAIT))
