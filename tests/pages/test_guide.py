"""The reader's guide: what pages lead to is there, and is drawn as results are."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from quality.core.surroundings import CHECKOUT
from quality.pages.guide import MEASURED, SECTIONS
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite
LEADS = re.compile(r'meaning\("(\w+)"(?: if [^)]*? else "(\w+)")?\)')


def test_every_question_on_a_page_leads_to_a_section_of_the_guide(client: FlaskClient) -> None:
    said = [path.read_text() for path in (CHECKOUT / "templates" / "public").rglob("*.html")]
    asked = {anchor for page in said for found in LEADS.findall(page) for anchor in found if anchor}
    assert {"bars", "takedown", "interval", "denominators", "estimate", "version", "reply", "proof", "draw"} <= asked
    assert asked <= set(SECTIONS)
    for language in ("zh", "en"):
        page = client.get(f"/guide?lang={language}").text
        assert [anchor for anchor in SECTIONS if f'<h2 id="{anchor}">' not in page] == []


def test_its_pictures_say_what_its_sentences_say(client: FlaskClient) -> None:
    page = client.get("/guide?lang=en").text
    bars = re.findall(r'aria-label="Found ([^"]*)"', page)
    assert [bar.split()[0] for bar in bars] == [*MEASURED, "未检出"]
    judged = ["Pass", "Conditional pass", "Conditional fail", "Fail", "Pass"]
    assert [bar.rpartition("Judgement: ")[2] for bar in bars] == judged
    assert "12.9<small>%</small>" in page
    assert "29 ÷ 278 = 10.4%" in page
    assert "place 1 to 2 of 3" in page
    assert "place 3 of 3" in page
    assert 'class="ahead"' in page, "what the platform says is drawn dashed"
