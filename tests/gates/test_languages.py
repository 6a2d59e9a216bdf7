"""No page speaks two languages: what is neither data nor marked as the other language is translated.

Each reader's links are followed in 中文 and in English, and what is public in 繁體 too. tests/harness/spoken.py says
what may stand there of another language. Where another test follows the same links for the same reader, it reads them
for their language as well: a walk costs ten times what is then looked for.
"""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy.orm import Session

from tests.controls import test_counts
from tests.gates import test_identity
from tests.harness.databases import on_sqlite
from tests.harness.desk import sign_in
from tests.harness.links import walk
from tests.harness.spoken import OneLanguage, foreign_in, spoken

READERS = ("coordinator", "reviewer", "buyer", "analyst", "signatory", "desk", "public")
PUBLIC_IN = {"zh": "", "zh-Hant": "lang=zh-Hant", "en": "lang=en"}
ELSEWHERE = {*test_identity.READ_IN.items(), *test_counts.READ_IN.items()}
ASKED = [*product(READERS, ["zh", "en"]), ("public", "zh-Hant")]


def test_what_is_spoken_is_told_from_what_is_not() -> None:
    page = """<!doctype html><html lang="zh"><p title="提示">明<br>察<b lang="en">Mingcha</b>系统</p><img alt="图"/>
    <textarea>typed by some body</textarea><code>three words of</code><svg><path d="M0"/></svg>完</html>"""
    assert [each for each in map(str.strip, spoken(page, "zh")) if each] == ["提示", "明", "察", "系统", "图", "完"]
    assert "".join(map(str.strip, spoken(page, "en"))) == ""
    assert list(foreign_in("已于9月下架，检驗", "zh-Hant")) == [("，检", "检驗")]


def test_every_walk_that_is_left_to_another_test_is_one_of_these() -> None:
    assert len(ELSEWHERE) == 8
    assert set(ASKED) > ELSEWHERE


@on_sqlite
@pytest.mark.usefixtures("world", "cast")
@pytest.mark.parametrize(("name", "language"), [each for each in ASKED if each not in ELSEWHERE])
def test_a_page_is_in_one_language(request: pytest.FixtureRequest, session: Session, name: str, language: str) -> None:
    app, cast, world = (request.getfixturevalue(each) for each in ("app", "cast", "world"))
    reading = OneLanguage(session, language)
    session.rollback()
    if name == "public":
        campaign = world["campaign"]
        client, starts = app.test_client(), ["/", "/results", f"/campaigns/{campaign}", f"/draws/{campaign}"]
    else:
        client, starts = sign_in(app, getattr(cast, name)), ["/desk/", "/account/"]
        client.get(f"/desk/?lang={language}")
    asked = PUBLIC_IN[language] if name == "public" else ""
    suffix = f"?{asked}" if asked else ""
    client.reads = language == "en"  # test_identity.py reads the same pages, and their shape is that of each language
    for address, body in walk(client, *(start + suffix for start in starts), keeps=asked):
        reading.read(address, body)
    assert reading.pages >= 4
    assert reading.pages > reading.others or name == "public"  # which leads to the plain address too: it is 中文
    assert reading.foreign == {}
