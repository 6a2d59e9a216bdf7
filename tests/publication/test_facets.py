"""What a copy says of its place in the list, and counts that are kept instead of counted."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.people.regions import region_named
from quality.publication.facets import FACETS, Facets, facets_of, producer_key, region_of, rows_of
from quality.publication.models import Entry, Tally
from quality.publication.narrowing import count_of, found_nowhere, found_without, narrowed
from quality.publication.operations import publish, withdraw
from quality.publication.search import Wanted
from quality.publication.tally import add, commonest, counts
from tests.harness.databases import on_sqlite
from tests.harness.publication import proposed, published

SEEN = Facets(
    "TL", "儿童玩具", "浙江", "nonconforming", "2026", "C-1", "probability", "claimed", "0" * 16, denied=False
)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("浙江省杭州市", "浙江"),
        ("浙江 杭州", "浙江"),
        ("　广东深圳", "广东"),
        ("内蒙古自治区呼和浩特市", "内蒙古"),
        ("云省云州市", "云省"),
        ("云州市东湖区", "云州市"),
        ("海外 仓", "海外"),
        ("", ""),
        ("长" * 90, "长" * 40),
    ],
)
def test_a_region_is_counted_under_one_name(place, named):
    assert region_named(place) == named


def test_an_old_copy_is_placed_by_who_registered_the_shop():
    assert region_of({"uscc": "91110000600037341L"}) == "北京"
    assert region_of({"uscc": "A1110000600037341L"}) == region_of({"uscc": ""}) == ""
    assert region_of({"uscc": "91110000600037341L", "region": "浙江杭州"}) == "浙江"


def test_a_producer_has_one_key_however_the_name_is_written():
    assert producer_key("童乐玩具（云州）厂") == producer_key(" 童乐玩具(云州)厂 ") == producer_key("童乐玩具 云州厂")
    assert producer_key("童乐玩具厂") != producer_key("童乐玩具二厂")
    assert producer_key("／") == producer_key("") == ""


def test_an_entry_is_counted_under_all_it_has_and_the_whole_list_comes_first():
    rows = list(rows_of(SEEN))
    assert rows[0][:2] == ("", "")
    assert ("platform", "TL", "sampled", "probability/nonconforming") in rows
    assert len(rows) == len(set(rows)) == 7 + 5 * 6
    assert [row for row in rows_of(SEEN._replace(region="")) if "region" in (row[0], row[2])] == []


def test_the_year_is_beijings(session, concluded):
    copy = published(session, concluded.cast, concluded.good).copy
    assert facets_of(copy, datetime(2026, 12, 31, 16, tzinfo=UTC)).year == "2027"


def kept(session) -> dict[tuple[str, ...], int]:
    return {tuple(row[:4]): row.many for row in session.execute(sa.select(*Tally.__table__.c)) if row.many}


def counted_anew(session) -> dict[tuple[str, ...], int]:
    columns = [getattr(Entry, name) for name in Facets._fields]
    return dict(Counter(row for each in session.execute(sa.select(*columns)) for row in rows_of(Facets(*each))))


def test_counts_come_and_go_with_what_is_published(session, concluded):
    cast = concluded.cast
    bad = published(session, cast, concluded.bad[0])
    good = published(session, cast, concluded.good)
    assert kept(session) == counted_anew(session) != {}
    assert counts(session, "verdict", "nonconforming")["platform"] == {bad.copy["platform"]["code"]: 1}
    assert commonest(session, "category", 5) == ["儿童玩具"]

    publish(session, proposed(session, cast, concluded.good, reason="更正规格"), by=cast.reviewer)
    assert kept(session) == counted_anew(session)

    withdraw(session, bad, "检验方法有误", by=cast.reviewer)
    assert kept(session) == counted_anew(session)
    assert good.copy["verdict"] not in counts(session, "verdict", "nonconforming")


def test_what_was_published_before_is_placed_and_counted_by_the_migration(session, concluded):
    published(session, concluded.cast, concluded.bad[0])
    published(session, concluded.cast, concluded.good)
    session.commit()

    def there():
        found = session.execute(sa.select(*Entry.__table__.c).order_by(Entry.result_id)).all(), kept(session)
        session.rollback()
        return found

    before = there()
    db.session.remove()
    migrations.downgrade("0088_epoch")
    migrations.upgrade()
    assert there() == before


# --- what is offered ---

PLACES = [("TL", "浙江"), ("TL", "浙江"), ("TL", "广东"), ("LM", "广东")]


@pytest.fixture
def several(session, concluded):
    """Four in the list: three of one platform, two of one region, one of them nonconforming."""
    findings = [*concluded.bad, concluded.elsewhere, concluded.good][-4:]
    for at, (platform, region) in enumerate(PLACES):
        verdict = "conforming" if at else "nonconforming"
        seen = SEEN._replace(platform=platform, region=region, verdict=verdict, year="2025" if at == 3 else "2026")
        add(session, seen, 1)
        result = published(session, concluded.cast, findings[at])
        entry = session.get_one(Entry, result.id)
        add(session, Facets(*(getattr(entry, name) for name in Facets._fields)), -1)
        for name, value in seen._asdict().items():
            setattr(entry, name, value)
        entry.published_at = datetime(int(seen.year), 6, 1, tzinfo=UTC)
    session.flush()
    assert kept(session) == counted_anew(session)
    return session


@on_sqlite
def test_each_filter_says_how_many_it_would_leave(several):
    whole = narrowed(several, Wanted())
    assert whole.many == 4
    assert whole.options["platform"] == {"TL": 3, "LM": 1}
    one = narrowed(several, Wanted(platform="TL"))
    assert (one.many, one.options["region"], one.options["platform"]) == (3, {"浙江": 2, "广东": 1}, {"TL": 3, "LM": 1})
    two = narrowed(several, Wanted(platform="TL", region="浙江"))
    assert (two.many, two.options["verdict"]) == (2, {"conforming": 1, "nonconforming": 1})
    assert two.options["platform"] == {"TL": 2}
    three = narrowed(several, Wanted(platform="TL", region="浙江", verdict="conforming"))
    assert (three.many, three.options["year"]) == (1, {"2026": 1})
    assert three.options["platform"] == {"TL": None, "LM": None}, "nobody has counted those"
    year = Wanted(first=date(2025, 1, 1), last=date(2025, 12, 31))
    assert (narrowed(several, year).many, count_of(several, Wanted(first=date(2025, 1, 2)))) == (1, 4)
    words = narrowed(several, Wanted(words=("玩具",)))
    assert (words.many, words.options["region"]) == (4, {"浙江": 2, "广东": 2})


@on_sqlite
def test_past_the_bound_it_says_more_than_and_counts_nothing(several, monkeypatch):
    from quality.publication import narrowing

    monkeypatch.setattr(narrowing, "COUNTED", 2)
    found = narrowed(several, Wanted(words=("玩具",)))
    assert (found.many, found.options["platform"]) == (None, {"TL": None, "LM": None})


@on_sqlite
def test_filters_that_exclude_each_other_say_which_to_take_away(several):
    shut = Wanted(platform="LM", region="浙江")
    assert [(each.limit, each.many) for each in found_without(several, shut)] == [("platform", 2), ("region", 1)]
    assert found_nowhere(several, shut) == []
    assert found_nowhere(several, Wanted(platform="NO", words=("充电",), region="浙江")) == ["words", "platform"]
    assert found_without(several, Wanted(platform="NO")) == [], "it is all that is asked"
    assert set(FACETS) >= {"platform", "region"}
