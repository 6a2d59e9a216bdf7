"""Following every link that a reader is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
ELSEWHERE = ("/static/", "/bootstrap/", "/account/sign-out")


def walk(client: Any, *starts: str, keeps: str = "") -> Iterator[tuple[str, bytes]]:
    """Every answer that following links leads to, each address once, in one language and look.

    `keeps` is a part of the query without which an address would be in the other language.
    """
    seen, waiting = set(starts), list(starts)
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
            seen.add(asked)
            waiting.append(asked)
