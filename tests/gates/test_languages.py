"""No page speaks two languages: what is neither data nor marked as the other language is translated.

Each reader's links are followed in 中文 and in English, and what is public in 繁體 too. Whatever of another language
stands in the text that people read, or hear read, must come from a row of the database (names of products, shops and
people, statutes), from what is written on paper in 中文 by law (marked with its `lang`), or from a short list of what
has no translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.tables import metadata
from tests.harness.databases import on_sqlite
from tests.harness.desk import sign_in
from tests.harness.links import walk
from tests.harness.traditional import simplified_in

READERS = ("coordinator", "reviewer", "buyer", "analyst", "signatory", "desk", "public")
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
PUBLIC_IN = {"zh": "", "zh-Hant": "lang=zh-Hant", "en": "lang=en"}
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


def test_what_is_spoken_is_told_from_what_is_not() -> None:
    page = """<!doctype html><html lang="zh"><p title="提示">明<br>察<b lang="en">Mingcha</b>系统</p><img alt="图"/>
    <textarea>typed by some body</textarea><code>three words of</code><svg><path d="M0"/></svg>完</html>"""
    assert [each for each in map(str.strip, spoken(page, "zh")) if each] == ["提示", "明", "察", "系统", "图", "完"]
    assert "".join(map(str.strip, spoken(page, "en"))) == ""
    assert list(foreign_in("已于9月下架，检驗", "zh-Hant")) == [("，检", "检驗")]


def foreign_in(text: str, language: str) -> Iterable[tuple[str, ...]]:
    """Pieces of another language, or of other characters: each in one way or two, of which one must be somebody's."""
    if language == "zh-Hant":
        return simplified_in(text)
    return ((found,) for found in FOREIGN[language].findall(text))


@on_sqlite
@pytest.mark.usefixtures("world", "cast")
@pytest.mark.parametrize(("name", "language"), [*product(READERS, ["zh", "en"]), ("public", "zh-Hant")])
def test_a_page_is_in_one_language(request: pytest.FixtureRequest, session: Session, name: str, language: str) -> None:
    app, cast, world = (request.getfixturevalue(each) for each in ("app", "cast", "world"))
    data = "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in session.execute(sa.select(table)))
    session.rollback()
    if name == "public":
        campaign = world["campaign"]
        client, starts = app.test_client(), ["/", "/results", f"/campaigns/{campaign}", f"/draws/{campaign}"]
    else:
        client, starts = sign_in(app, getattr(cast, name)), ["/desk/", "/account/"]
        client.get(f"/desk/?lang={language}")
    asked = PUBLIC_IN[language] if name == "public" else ""
    suffix = f"?{asked}" if asked else ""
    client.reads = language == "en"  # the same pages are read in 中文 by test_identity.py
    foreign: dict[str, str] = {}
    pages, known = 0, set(NOT_TRANSLATED[language])
    for address, body in walk(client, *(start + suffix for start in starts), keeps=asked):
        if not body.startswith(b"<!doctype html>"):
            continue
        pages += 1
        for text in spoken(body.decode(), language):
            for found in foreign_in(text, language):
                if known.isdisjoint(found) and not any(each in data for each in found):
                    foreign.setdefault(found[0], address)
                known.update(found)
    assert pages >= 4
    assert foreign == {}
