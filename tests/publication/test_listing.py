"""The public list is searched by any two characters and by filters; it holds what is in force, and only that."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import migrations
from quality.core.db import db
from quality.publication import narrowing
from quality.publication.finding import ways
from quality.publication.jobs import spell_new_entries
from quality.publication.lines import line_of, shown
from quality.publication.listing import platforms_named, public_results, public_rows
from quality.publication.models import Entry, Pair
from quality.publication.narrowing import count_of, narrowed
from quality.publication.operations import publish, withdraw
from quality.publication.search import Wanted, folded, pairs_of, words_of
from tests.harness.databases import on_sqlite
from tests.harness.publication import proposed, published


def numbers(session, **wanted):
    return [result.number for result in public_results(session, Wanted(**wanted)).results]


def test_two_characters_in_the_middle_of_a_name_are_found(session, concluded):
    result = published(session, concluded.cast, concluded.bad[0])

    for typed in (
        "力棒",
        "磁力棒",
        "童乐玩具",
        "玩具",
        "小满",
        "旗舰",
        "小",
        "r-yz-2026-0001",
        "2026-0001",
        "磁力 旗舰店",
    ):
        assert numbers(session, words=words_of(typed)) == [result.number], typed
    assert count_of(session, Wanted(words=("玩具",))) == 1
    for typed in ("棒力", "玩具 充电器", "云南", "buyer", "儿童x"):
        assert numbers(session, words=words_of(typed)) == [], typed


def test_a_word_is_found_as_it_stands_and_not_only_its_pairs(session, concluded):
    published(session, concluded.cast, concluded.bad[0])  # 磁力棒 小满 … 云州市童乐玩具厂 小满童品旗舰店
    assert numbers(session, words=("满童品",)) != []
    assert numbers(session, words=("童乐童品",)) == []


def test_signs_of_the_database_are_characters_like_others(session, concluded):
    published(session, concluded.cast, concluded.good)

    for typed in ("%", "_", "%%", "__", "磁%棒", "磁_棒", "'", "\\", "/%", '"; DROP'):
        assert numbers(session, words=words_of(typed)) == [], typed


@on_sqlite
def test_filters_hold_together(session, concluded):
    bad = published(session, concluded.cast, concluded.bad[0])
    good = published(session, concluded.cast, concluded.good)
    day, copy = bad.published_at.date(), bad.copy

    assert numbers(session, verdict="nonconforming") == [bad.number]
    assert numbers(session, verdict="conforming", words=("玩具",)) == [good.number]
    assert bad.number in numbers(session, platform=copy["platform"]["code"], category="儿童玩具")
    assert numbers(session, platform="nobody") == []
    assert len(numbers(session, campaign=copy["campaign"]["number"])) == 2
    assert len(numbers(session, first=day, last=date(2099, 1, 1))) == 2
    assert numbers(session, last=date(2020, 1, 1)) == []
    named = {copy["platform"]["code"]: copy["platform"]["name"]}
    assert platforms_named(session, [copy["platform"]["code"], "nobody"]) == named


def test_what_was_superseded_or_withdrawn_is_never_found(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    second = proposed(session, cast, concluded.good, reason="更正规格")
    assert [result.edition for result in public_results(session, Wanted(words=("玩具",))).results] == [1]

    publish(session, second, by=cast.reviewer)
    assert [result.edition for result in public_results(session, Wanted(words=("玩具",))).results] == [2]
    assert session.get(Entry, first.id) is None

    withdraw(session, second, "检验方法有误", by=cast.reviewer)
    assert numbers(session) == numbers(session, words=("玩具",)) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Pair)) == 0


def test_a_search_goes_on_behind_the_last_one_shown(session, concluded):
    results = [published(session, concluded.cast, finding) for finding in (*concluded.bad[:2], concluded.good)]
    wanted, seen, after = Wanted(words=("玩具",)), [], None
    while True:
        page = public_results(session, wanted, after=after, limit=1)
        seen += [result.number for result in page.results]
        if (after := page.next) is None:
            break
    assert seen == [result.number for result in reversed(results)]


def test_a_list_for_people_has_the_same_rows_in_the_same_order(session, concluded):
    for finding in (*concluded.bad[:2], concluded.good):
        published(session, concluded.cast, finding)
    for words in ((), ("玩具",), ("磁力棒",), ("wanju",), ("nothing",)):
        wanted, after = Wanted(words=words), None
        while True:
            page = public_results(session, wanted, after=after, limit=2)
            rows = public_rows(session, ways(session, wanted), after=after, limit=2)
            assert rows.next == page.next
            assert [(each.number, each.published_at, each.verdict, each.shop) for each in rows.shown] == [
                (each.number, each.published_at, each.copy["verdict"], each.copy["seller"]["shop"])
                for each in page.results
            ]
            if (after := page.next) is None:
                break


def test_a_row_shows_what_the_copy_says_and_not_what_a_spreadsheet_is_given(concluded, session):
    result = published(session, concluded.cast, concluded.bad[0])
    names = {"name": '=1+1 "磁力,棒"', "brand": "-小满", "spec": "'100 件'", "batch": ""}
    result.copy = {**result.copy, "product": names}
    row = shown(line_of(result))
    assert (row.product, row.brand, row.spec) == (names["name"], names["brand"], names["spec"])
    assert list(row.failed) == [each["item"] for each in result.copy["items"] if each["verdict"] == "fail"] != []
    assert (row.number, row.published_at) == (result.number, result.published_at)


@on_sqlite
def test_a_word_of_two_characters_says_itself_how_many_there_are(session, concluded, monkeypatch):
    for finding in (*concluded.bad[:2], concluded.good):
        published(session, concluded.cast, finding)
    monkeypatch.setattr(narrowing, "COUNTED", 2)
    [way] = ways(session, Wanted(words=("玩具",)))
    assert way.at_least == 3
    assert narrowed(session, Wanted(words=("玩具",))).many is None
    filtered = Wanted(words=("玩具",), verdict="conforming")
    assert [each.at_least for each in ways(session, filtered)] == [0]  # the entry has to be asked
    assert narrowed(session, filtered).many == 1


def test_what_was_published_before_there_was_a_search_is_found(session, concluded):
    published(session, concluded.cast, concluded.bad[0])
    session.commit()

    def kept():
        entries = session.execute(sa.select(*Entry.__table__.c)).all()
        pairs = session.execute(sa.select(*Pair.__table__.c).order_by(Pair.pair)).all()
        session.rollback()
        return entries, sorted(pairs)

    spell_new_entries(sessionmaker(db.engine))
    before = kept()
    db.session.remove()
    migrations.downgrade("0011_accounts")
    migrations.upgrade()
    spell_new_entries(sessionmaker(db.engine))
    assert kept() == before
    assert len(before[1]) > 20
    assert "童乐" in before[0][0].text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  ＡＢＣ　玩具 ", ("abc", "玩具")),
        ("玩\u200b具\u202e", ("玩具",)),
        ("\x00", ()),
        ("玩\x00具", ("玩", "具")),
        ("玩具 玩具", ("玩具",)),
        ("🧸", ("🧸",)),
    ],
)
def test_what_nobody_sees_is_not_looked_for(typed, meant):
    assert words_of(typed) == meant


def test_pairs_do_not_reach_over_a_gap():
    assert pairs_of(folded("磁力棒 AB c")) == {"磁力", "力棒", "ab"}
