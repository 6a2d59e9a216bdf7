"""Following every link that a reader is given."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
ENDLESS = 100  # addresses that differ in their query alone: a page leads from one to the next, and never comes back
ELSEWHERE = ("/static/", "/bootstrap/", "/account/sign-out")


def walk(client: Any, *starts: str, keeps: str = "") -> Iterator[tuple[str, bytes]]:
    """Every answer that following links leads to, each address once, in one language and look.

    `keeps` is a part of the query without which an address would be in the other language.
    """
    seen, waiting, alike = set(starts), list(starts), Counter[str]()
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        assert answer.status_code < 500, address
        yield address, answer.data
        links = [unescape(link) for link in LINK.findall(answer.text)] if answer.mimetype == "text/html" else []
        for link in [*links, answer.location or ""]:
            path = urlsplit(link)
            asked = f"{path.path}?{path.query}" if path.query else path.path
            if path.netloc or not asked.startswith("/") or asked.startswith(ELSEWHERE):
                continue
            if re.search(r"[?&](lang|theme)=", asked.replace(keeps, "") if keeps else asked) or asked in seen:
                continue
            alike[path.path] += 1
            assert alike[path.path] < ENDLESS, f"{address} leads on and on, to {asked}"
            seen.add(asked)
            waiting.append(asked)
