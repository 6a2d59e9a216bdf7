"""Run as a program of its own: what can be read in the saved page (HTML or MHTML) on standard input.

A stranger's page is read in a process with little memory and time, by parsers that run nothing and fetch nothing. It
knows nothing of the rest of this package. Answers one line of JSON: `title` and `text`.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

MOST_MEMORY = 1024 * 1024 * 1024  # bytes
MOST_SECONDS = 15  # of a processor
LONGEST = 20_000  # characters
UNREAD = {"script", "style", "noscript", "template", "svg", "iframe", "object"}
APART = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "section",
    "article",
    "header",
    "footer",
    "dd",
}
NAMED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})")


class Reader(HTMLParser):
    """The words of a page, a line for what stands apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.title: list[str] = []
        self._unread, self._in_title = 0, False

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        self._in_title = tag == "title"
        if tag in APART:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD and self._unread > 0
        self._in_title = False
        if tag in APART:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._unread:
            self.words.append(data)


def page_in(saved: bytes) -> bytes | str:
    """Of an MHTML its first page; of an HTML itself."""
    if b"multipart/related" not in saved[:4096].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].lower():
        return saved
    for part in message_from_bytes(saved, policy=default).walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    return b""


def decoded(page: bytes) -> str:
    named = NAMED.search(page[:4096])
    for encoding in (named[1].decode() if named else "utf-8", "utf-8", "gb18030"):
        try:
            return page.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return page.decode("utf-8", "replace")


def read(saved: bytes) -> dict[str, str]:
    page = page_in(saved)
    reader = Reader()
    reader.feed(decoded(page) if isinstance(page, bytes) else page)
    lines = (re.sub(r"[ \t\xa0\u3000]+", " ", line).strip() for line in "".join(reader.words).splitlines())
    return {"title": " ".join("".join(reader.title).split())[:300], "text": "\n".join(filter(None, lines))[:LONGEST]}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    print(json.dumps(read(sys.stdin.buffer.read())))
