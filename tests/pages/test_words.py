"""Every code that a page may meet has a word, and every status stands in a tone of the look."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest
from flask import render_template_string

from quality.campaigns.models import CampaignKind
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.core.words import _, in_language, ngettext
from quality.delivery.models import Channel
from quality.evidence.models import EvidenceKind
from quality.lab.models import Impossible, Refusal, Verdict
from quality.notices.models import Excuse, Measure, NoticeKind, Outcome
from quality.objections.models import Decision, Ground, NoReinspection, Party
from quality.pages.judging import TAKEDOWNS, TONES
from quality.pages.kinds import KINDS
from quality.pages.words import CODES, DEEDS, STATUSES, Tone, deed, word
from quality.people.keys import WITHOUT
from quality.permissions import ROLES, Role
from quality.purchases.models import PortionKind, Unobtainable, Untested
from quality.standards.judgement import Rule
from quality.standards.judgement import Verdict as ItemVerdict
from quality.workflows import WORKFLOWS
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password

CSS = (CHECKOUT / "quality" / "static" / "mingcha.css").read_text()
lives = pytest.mark.parametrize("name", WORKFLOWS)


@lives
def test_every_status_has_a_word_a_tone_and_somebody_who_has_it(name: str) -> None:
    assert set(STATUSES[name]) == {status.value for status in type(WORKFLOWS[name].start)}


@lives
def test_every_move_says_on_the_timeline_what_was_done(name: str) -> None:
    assert {"create", *(move.name for move in WORKFLOWS[name].transitions)} <= set(DEEDS[name])


@pytest.mark.parametrize("tone", Tone)
def test_every_tone_is_one_of_the_look(tone: Tone) -> None:
    assert re.search(rf"\.mc-{tone}[ ,]", CSS)


def test_only_what_we_saw_ourselves_is_seen() -> None:
    seen = [(kind, code) for kind, known in STATUSES.items() for code, status in known.items() if status.tone == "seen"]
    assert seen == [("notice_item", "verified")]
    assert [state for state, tone in TAKEDOWNS.items() if tone == "seen"] == ["verified"]


@pytest.mark.parametrize(
    ("family", "codes"),
    [
        ("role", Role),
        ("campaign_kind", CampaignKind),
        ("portion_kind", PortionKind),
        ("unobtainable", Unobtainable),
        ("unobtainable", Untested),
        ("sample_exit", Refusal),
        ("sample_exit", Impossible),
        ("sample_exit", Untested),
        ("finding_verdict", Verdict),
        ("verdict", ItemVerdict),
        ("rule", Rule),
        ("ground", Ground),
        ("objecting_party", Party),
        ("decision", Decision),
        ("no_reinspection", NoReinspection),
        ("notice_kind", NoticeKind),
        ("measure", Measure),
        ("outcome", Outcome),
        ("excuse", Excuse),
        ("channel", Channel),
        ("evidence", EvidenceKind),
    ],
)
def test_every_code_has_a_word(family: str, codes: type[StrEnum]) -> None:
    assert {code.value for code in codes} <= set(CODES[family])


def test_every_verdict_has_a_tone() -> None:
    assert set(TONES) == {*(code.value for code in ItemVerdict), *(code.value for code in Verdict)}


def test_what_is_not_known_yet_speaks_for_itself() -> None:
    assert word("outcome", "eaten") == "eaten"
    assert deed("notice", "eaten") == "eaten"


def test_every_kind_of_page_names_only_moves_that_there_are() -> None:
    for kind in KINDS.values():
        names = {move.name for move in kind.life.transitions}
        assert kind.makes.keys() | kind.follows <= names
        assert not kind.makes.keys() & kind.follows


@on_sqlite
def test_what_is_filled_into_a_sentence_is_never_html(app, sign_in, cast) -> None:
    give_password(db.session(), cast.coordinator.person)
    with app.test_request_context():
        sentence = _("There is nothing here that you may see: %(what)s", what="<b>x</b>")
        assert render_template_string("{{ sentence }}", sentence=sentence).endswith("&lt;b&gt;x&lt;/b&gt;")
    page = sign_in(cast.coordinator).get("/desk/task/<b>x<").text
    assert "&lt;b&gt;x&lt;" in page
    assert "<b>x" not in page


def test_every_deed_that_a_key_may_be_given_has_a_word() -> None:
    deeds = {deed for role, grant in ROLES.items() if role not in WITHOUT for deed in grant.may}
    assert sorted(deed for deed in deeds if deed.value not in CODES["deed"]) == []


@on_sqlite
@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("en", 1, "1 day left"), ("en", 0, "0 days left"), ("en", 1_200, "1,200 days left"), ("zh", 1, "还剩1天")],
)
def test_one_of_a_thing_is_said_as_one(app, language: str, count: int, said: str) -> None:
    left = ngettext("%(count)s day left", "%(count)s days left", count)
    named = ngettext(
        "%(count)s task is assigned to %(name)s", "%(count)s tasks are assigned to %(name)s", count, name="<b>"
    )
    template = '{{ ngettext("%(count)s day left", "%(count)s days left", count) }}|{{ named }}'
    with app.test_request_context("/"), in_language(language):
        assert str(left) == said
        shown, _bar, escaped = render_template_string(template, count=count, named=named).partition("|")
        assert shown == said
        assert "&lt;b&gt;" in escaped and "<b>" in str(named)
