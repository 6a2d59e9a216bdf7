"""What a page says in its own language, and whether any of it is of another.

Whatever of another language stands in the text that people read, or hear read, must come from a row of the database
(names of products, shops and people, statutes), from what is written on paper in 中文 by law (marked with its `lang`),
or from a short list of what has no translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.tables import metadata
from tests.harness.traditional import simplified_in

SAID_ALOUD = (
    "aria-label",
    "alt",
    "title",
    "placeholder",
    "data-stopped",
    "data-there",
    "data-failed",
    "data-pasted",
    "data-left",
)
NOT_SPOKEN = {"script", "style", "code", "pre", "textarea"}
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FOREIGN = {
    "zh": re.compile(r"[A-Za-z][a-z]+(?:[ ,'’-]+[A-Za-z]?[a-z]+){2,}"),  # three words of English
    "en": re.compile(r"[\u4e00-\u9fff]+"),
}
TAGS = {"zh": {"zh", "zh-CN"}, "zh-Hant": {"zh-Hant"}, "en": {"en"}}
NOT_TRANSLATED = {
    "zh": set[str](),
    "zh-Hant": {"简体"},  # its own name
    "en": {"中文", "明察", "不得检出", "未检出", "符合"},  # its own name, the brand, what limits and results are called
}


class Spoken(HTMLParser):
    """What a page says in its own language: not an element in another, not code, not what somebody wrote.

    Pages are read by the hundred here, and html5lib would take longer than making them. That they are well-formed is
    asked by the client.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.found = language, list[str]()
        self.open: list[tuple[str, bool]] = []  # what we are in, and whether it is silent

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        own = said.get("lang")
        silent = self.is_silent or bool(own and own not in TAGS[self.language])
        silent = silent or tag in NOT_SPOKEN
        if not silent:
            self.found += [said[name] for name in SAID_ALOUD if name in said]
        if tag not in EMPTY:
            self.open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        while (left := self.open.pop())[0] != tag:  # some elements end without saying so
            assert not left[1], f"where does {left[0]} end?"

    def handle_data(self, data: str) -> None:
        if not self.is_silent:
            self.found.append(data)

    @property
    def is_silent(self) -> bool:
        return bool(self.open) and self.open[-1][1]


def spoken(page: str, language: str) -> list[str]:
    reader = Spoken(language)
    reader.feed(page)
    reader.close()
    assert not reader.is_silent or reader.open[0][1], "only what is no page of ours leaves elements open, and is silent"
    return reader.found


def foreign_in(text: str, language: str) -> Iterable[tuple[str, ...]]:
    """Pieces of another language, or of other characters: each in one way or two, of which one must be somebody's."""
    if language == "zh-Hant":
        return simplified_in(text)
    return ((found,) for found in FOREIGN[language].findall(text))


class OneLanguage:
    """Reads pages, and keeps what is foreign on them, each with the address where it was read first."""

    def __init__(self, session: Session, language: str) -> None:
        tables = metadata.sorted_tables
        self.data = "\n".join(str(tuple(row)) for table in tables for row in session.execute(sa.select(table)))
        self.language, self.known = language, set(NOT_TRANSLATED[language])
        self.foreign: dict[str, str] = {}
        self.pages, self.others = 0, 0  # whole pages in this language; those that say of themselves that they are not

    def read(self, address: str, body: bytes) -> None:
        if not body.startswith(b"<!doctype html>"):
            return
        page = body.decode()
        is_own = any(f'<html lang="{tag}"' in page for tag in TAGS[self.language])
        self.pages, self.others = self.pages + is_own, self.others + (not is_own)
        for text in spoken(page, self.language):
            for found in foreign_in(text, self.language):
                if self.known.isdisjoint(found) and not any(each in self.data for each in found):
                    self.foreign.setdefault(found[0], address)
                self.known.update(found)
