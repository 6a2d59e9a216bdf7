"""A product is found by how its name sounds, by first letters, and by the other spelling of its characters."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from sqlalchemy.orm import sessionmaker

from quality.core.db import db
from quality.publication.jobs import spell_new_entries
from quality.publication.listing import public_results
from quality.publication.models import Entry, Pair
from quality.publication.narrowing import narrowed
from quality.publication.operations import withdraw
from quality.publication.search import Wanted, says, words_of
from quality.publication.spelling import (
    LONGEST,
    READINGS,
    SYLLABLES,
    Meant,
    meanings,
    plain,
    simplified,
    spelt,
    syllables_in,
    toneless,
)
from quality.publication.table import lines_matching
from tests.harness.databases import on_sqlite
from tests.harness.publication import published

FOUND = (
    "wanju", "wan ju", "WanJu", "wánjù", "wan2ju4", "wan'ju", "cilibang", "cili", "tongle wanju", "clb", "xm",
    "xiaoman", "玩具", "磁力棒", "玩 磁", "棒", "磁 wanju", "bang", "童樂", "玩具廠", "tongle clb",
)  # fmt: skip
NOT_FOUND = ("wanjua", "juwan", "ju wan", "wj", "jw", "cilibanwan", "qqq", "zhuang", "磁具", "鑫", "lego wanju")


def spell(session):
    session.commit()
    return spell_new_entries(sessionmaker(db.engine))


@pytest.fixture
def stick(session, concluded):
    """磁力棒 小满 of 云州市童乐玩具厂, spelt."""
    result = published(session, concluded.cast, concluded.bad[0])
    assert spell(session) == 1
    return result


def found(session, typed):
    return [each.number for each in public_results(session, Wanted(words=words_of(typed))).results]


def test_a_product_is_found_as_it_sounds_and_in_both_spellings(session, stick):
    for typed in FOUND:
        assert found(session, typed) == [stick.number], typed
    for typed in NOT_FOUND:
        assert found(session, typed) == [], typed
    assert narrowed(session, Wanted(words=("wanju",))).many == 1
    assert narrowed(session, Wanted(words=("qqq",))).many == 0


def test_it_is_spelt_once_and_leaves_nothing_behind(session, concluded, stick):
    assert spell(session) == 0
    withdraw(session, stick, "检验方法有误", by=concluded.cast.reviewer)
    assert session.scalar(sa.select(sa.func.count()).select_from(Pair)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0


@on_sqlite
def test_the_newest_first_and_no_other_is_spelt_meanwhile(session, concluded, monkeypatch):
    from quality.publication import jobs

    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    first, last = (published(session, concluded.cast, finding) for finding in concluded.bad[:2])
    assert spell(session) == 1
    done = dict(session.execute(sa.select(Entry.result_id, Entry.spelling)).all())
    assert (done[first.id], done[last.id]) == (0, 1)


# --- pure ---


def test_every_reading_of_a_common_character_is_a_syllable():
    common = "".join(
        bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
    )
    assert {plain(each) for character in common for each in lazy_pinyin(character)} - SYLLABLES <= {"n", "m", "hm"}
    assert len(SYLLABLES) > 400


def test_each_way_to_cut_a_word_is_meant():
    assert syllables_in("xian") == [["xian"], ["xi", "an"]]
    assert syllables_in("fangan") == [["fang", "an"], ["fan", "gan"]]
    assert syllables_in("wan") == [["wan"]]
    assert syllables_in("wanj") == syllables_in("lego") == []
    assert len(syllables_in("xianxianxianxianxianxian")) == READINGS


def test_what_can_be_no_pinyin_is_taken_as_it_stands():
    for typed in ("玩具", "r-yz-2026-0001", "12", "ab1c", "a" * (LONGEST + 1), "café au lait 3"):
        assert len(meanings(words_of(typed))) == 1 or typed.startswith("caf"), typed
    assert meanings([]) == [Meant()]
    assert Meant(letters=("wj",)) in meanings(["wj"])
    assert Meant(letters=("wiu",)) not in meanings(["wiu"])


def test_tones_and_umlauts_are_typed_in_many_ways():
    assert {toneless(each) for each in ("wánjù", "wan2ju4", "wan'ju", "wanju")} == {"wanju"}
    assert {toneless(each) for each in ("lǜ", "lü", "lv4", "lv")} == {"lv"}
    assert Meant(sounds=(" ce lve ",)) in meanings(["celue"])
    assert toneless("玩具") == toneless("") == toneless("abc-d") == ""


def test_a_character_of_several_readings_is_read_as_its_phrase_says_and_as_it_is_alone():
    said = spelt(["重庆长城"], [])
    assert " chong qing chang cheng " in said.sounds
    assert " zhong qing " in said.sounds
    assert "~cq" in said.led_by()
    assert "chong qing" in said.led_by()
    assert "cheng " in said.led_by(), "the last of a run begins no pair"


def test_a_character_becomes_its_short_form_whatever_stands_beside_it():
    assert simplified("兒童樂園裡的麵條") == "儿童乐园里的面条"
    assert simplified("童乐 abc") == "童乐 abc"


@given(st.text(max_size=100))
def test_any_text_can_be_spelt_and_looked_for(text):
    words = words_of(text)
    assert len(simplified(text)) == len(text)
    assert 1 <= len(meanings(words)) <= READINGS
    for each in meanings(words):
        assert all(len(key) <= 16 for key in each.led_by())


@given(st.lists(st.sampled_from(sorted(SYLLABLES - {"lue", "nue"})), min_size=1, max_size=4))
def test_syllables_typed_together_or_apart_are_found_again(syllables):
    meant = Meant(sounds=(f" {' '.join(syllables)} ",))
    assert meant in meanings(syllables)
    assert syllables in syllables_in("".join(syllables)) or len(syllables_in("".join(syllables))) == READINGS


@on_sqlite
def test_the_table_and_the_feed_find_it_too(session, stick):
    for typed in ("tongle", "clb", "童樂", "an"):
        wanted = Wanted(words=words_of(typed))
        lines = session.scalars(lines_matching(session, wanted)).all()
        assert len(lines) == says(stick.copy, wanted.words) == bool(found(session, typed)), typed
    assert not says(stick.copy, words_of("lego")) and not says(stick.copy, ("充电器",))
