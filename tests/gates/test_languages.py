"""No page speaks two languages: what is neither data nor marked as the other language is translated.

Each reader's links are followed in 中文 and in English. Whatever of the other language stands in the text that people
read, or hear read, must come from a row of the database (names of products, shops and people, statutes), from what is
written on paper in 中文 by law (marked with its `lang`), or from a short list of what has no translation.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.tables import metadata
from tests.harness.databases import on_sqlite
from tests.harness.desk import sign_in
from tests.harness.links import walk
from tests.harness.reading import read

pytestmark = on_sqlite
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
FOREIGN = {
    "zh": re.compile(r"[A-Za-z][a-z]+(?:[ ,'’-]+[A-Za-z]?[a-z]+){2,}"),  # three words of English
    "en": re.compile(r"[\u4e00-\u9fff]+"),
}
NOT_TRANSLATED = {
    "zh": set[str](),
    "en": {"中文", "明察", "不得检出", "未检出", "符合"},  # its own name, the brand, what limits and results are called
}


def spoken(element: Any, language: str) -> list[str]:
    """What a page says in its own language: not an element in another, not code, not what somebody wrote."""
    own = element.get("lang")
    if (own and own[:2] != language) or element.tag in {"script", "style", "code", "pre", "textarea"}:
        return []
    found = [element.text or "", *(element.get(name, "") for name in SAID_ALOUD)]
    for child in element:
        if isinstance(child.tag, str):
            found += spoken(child, language)
        found.append(child.tail or "")
    return found


@pytest.mark.usefixtures("world", "cast")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", READERS)
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
    suffix = f"?lang={language}" if name == "public" and language == "en" else ""
    foreign: dict[str, str] = {}
    pages = 0
    for address, body in walk(client, *(start + suffix for start in starts), keeps=suffix.strip("?")):
        if not body.startswith(b"<!doctype html>"):
            continue
        pages += 1
        page = read(body.decode()).tree
        for text in spoken(page, language):
            for found in FOREIGN[language].findall(text):
                if found not in data and found not in NOT_TRANSLATED[language]:
                    foreign.setdefault(found, address)
    assert pages >= 4
    assert foreign == {}
