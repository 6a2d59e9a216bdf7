"""The standards library: every change is an edition with its author and reason, and none is ever changed."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from quality.core.errors import NotFound, NotPermitted, Stale
from quality.core.events import Event
from quality.people.actor import Actor
from quality.permissions import Role
from quality.standards import queries
from quality.standards.contents import LimitText, changes, contents_of, digest_of, limit_with_unit
from quality.standards.models import Edition, Standard
from quality.standards.operations import add, drop_item, revise, set_item
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.standards import LEAD, NUMBER, SMALL_PARTS, TOYS, a_standard


def events(session: Session, standard: Standard) -> list[Event]:
    of = sa.select(Event).where(Event.subject_type == "standard", Event.subject_id == standard.id)
    return list(session.scalars(of.order_by(Event.seq)))


@on_sqlite
def test_a_standard_says_what_was_written(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    session.expire_all()

    edition = queries.one_edition(session, standard)
    assert contents_of(edition) == TOYS
    assert (edition.edition, edition.author_id, edition.reason) == (1, cast.coordinator.id, "按现行文本录入")
    [event] = events(session, standard)
    assert (event.action, event.details["contents"]) == ("create", digest_of(TOYS))


def test_a_change_is_a_new_edition_and_the_old_one_stays(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    stricter = LEAD._replace(limits=(LimitText("≤ 75", "玩具材料", "4.1"),))

    assert set_item(session, standard, stricter, "第1号修改单", by=cast.coordinator, instead_of=LEAD.item)

    assert standard.edition == 2
    assert contents_of(queries.one_edition(session, standard, 1)) == TOYS
    second = queries.one_edition(session, standard)
    assert second.reason == "第1号修改单"
    assert [(each.field, each.old, each.new, each.of) for each in changes(TOYS, contents_of(second))] == [
        ("limit", "≤ 90", "≤ 75", "可迁移元素：铅 / 玩具材料"),
        ("limit", "≤ 60", None, "可迁移元素：铅 / 造型黏土"),
    ]
    assert [event.details["edition"] for event in events(session, standard)] == ["1", "2"]


def test_what_says_the_same_is_no_edition(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)

    again = LEAD._replace(aliases=" 铅；Pb ", method=" GB 6675.4-2014 8 ")
    assert not set_item(session, standard, again, "再保存一次", by=cast.coordinator, instead_of=LEAD.item)
    assert not revise(session, standard, TOYS, "再保存一次", by=cast.coordinator)
    assert (standard.edition, standard.version) == (1, 1)


def test_an_item_that_is_taken_out_is_not_in_the_next_edition(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)

    drop_item(session, standard, SMALL_PARTS.item, "移至第2部分", by=cast.coordinator)

    assert [item.item for item in queries.one_edition(session, standard).items] == [LEAD.item]
    with pytest.raises(NotFound):
        drop_item(session, standard, SMALL_PARTS.item, "再删一次", by=cast.coordinator)


@pytest.mark.parametrize("table", ["standard_edition", "standard_item", "standard_limit"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_an_edition_says(
    session: Session, cast: Cast, table: str, deed: str
) -> None:
    a_standard(session, cast.coordinator)
    session.flush()
    with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
        session.execute(sa.text(deed.format(table)))


@on_sqlite
def test_all_that_is_wrong_is_named_at_once(session: Session, cast: Cast) -> None:
    bad = LEAD._replace(
        limits=(LimitText("约 90", "玩具材料"), LimitText("≤ 60", "玩具材料")), rule="guard_band", rule_reason=""
    )
    contents = TOYS._replace(title=" ", valid_until=date(2015, 1, 1), items=(bad, bad))
    with invalid(
        ("number", "missing"),
        ("title", "missing"),
        ("valid_until", "before_start"),
        ("items 2, item", "doubled"),
        ("items 1, rule_reason", "missing"),
        ("items 1, limits 1, limit", "unreadable_limit"),
        ("items 1, limits 2, category", "doubled"),
        ("items 2, rule_reason", "missing"),
        ("items 2, limits 1, limit", "unreadable_limit"),
        ("items 2, limits 2, category", "doubled"),
        ("reason", "missing"),
    ):
        add(session, " ", contents, "", by=cast.coordinator)


def test_a_number_stands_once_in_a_library_and_in_as_many_libraries_as_there_are(session: Session, cast: Cast) -> None:
    a_standard(session, cast.coordinator)
    with invalid(("number", "doubled")):
        a_standard(session, cast.coordinator, "ＧＢ  6675.4—2014")
    theirs = hire(session, cast.below, Role.COORDINATOR)
    a_standard(session, theirs)

    assert [each.number for each in session.scalars(queries.visible_to(theirs))] == [NUMBER]


@on_sqlite
def test_a_standard_does_not_succeed_itself(session: Session, cast: Cast) -> None:
    with invalid(("succeeded_by", "succeeds_itself")):
        a_standard(session, cast.coordinator, contents=TOYS._replace(succeeded_by="GB  6675.4-2014"))


@on_sqlite
def test_an_item_is_not_called_as_another_is(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    renamed = LEAD._replace(item=SMALL_PARTS.item)
    for instead_of in (LEAD.item, None):
        with invalid(("item", "doubled")):
            set_item(session, standard, renamed, "改名", by=cast.coordinator, instead_of=instead_of)


def test_of_two_who_change_it_at_once_the_second_is_told(session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    seen = standard.version
    drop_item(session, standard, SMALL_PARTS.item, "移出", by=cast.coordinator, version=seen)
    with pytest.raises(Stale):
        revise(session, standard, TOYS._replace(title="别的名称"), "改名", by=cast.coordinator, version=seen)


@on_sqlite
@pytest.mark.parametrize("who", ["reviewer", "analyst", "coordinator elsewhere"])
def test_only_a_coordinator_of_the_agency_writes(session: Session, cast: Cast, who: str) -> None:
    standard = a_standard(session, cast.coordinator)
    actor: Actor = hire(session, cast.above, Role.COORDINATOR) if who == "coordinator elsewhere" else getattr(cast, who)
    with pytest.raises(NotPermitted):
        revise(session, standard, TOYS._replace(title="别的名称"), "改名", by=actor)


def test_the_list_finds_by_number_title_and_test_item_and_goes_on(session: Session, cast: Cast) -> None:
    for number, title in (("GB 1-2020", "甲"), ("GB 2-2020", "乙"), ("GB 3-2020", "丙")):
        a_standard(session, cast.coordinator, number, TOYS._replace(title=title, items=()))
    changed = a_standard(session, cast.coordinator)
    drop_item(session, changed, SMALL_PARTS.item, "移出", by=cast.coordinator)

    def found(typed: str = "", after: str = "", limit: int = 30) -> list[str]:
        return [each.standard.number for each in queries.listed(session, cast.reviewer, typed, after, limit)]

    assert found() == ["GB 1-2020", "GB 2-2020", "GB 3-2020", NUMBER]
    assert found(after="GB 2-2020", limit=1) == ["GB 3-2020", NUMBER], "one more says that the list goes on"
    assert found("乙") == ["GB 2-2020"]
    assert found("pb") in ([], [NUMBER])  # as the database compares
    assert found("Pb") == found("6675") == [NUMBER]
    assert found("小零件") == [], "of the newest edition only"
    assert found("%") == []


@pytest.mark.parametrize(
    ("limit", "unit", "taken"),
    [
        ("≤ 90", "mg/kg", "≤ 90 mg/kg"),
        ("≤ 90 mg/kg", "mg/kg", "≤ 90 mg/kg"),
        ("10～15", "%", "10～15 %"),
        ("不得检出", "mg/kg", "不得检出"),
        ("符合", "", "符合"),
        ("n=5 c=2 m=100 M=1000 CFU/g", "CFU/g", "n=5 c=2 m=100 M=1000 CFU/g"),
    ],
)
def test_a_limit_without_a_unit_has_that_of_its_item(limit: str, unit: str, taken: str) -> None:
    assert limit_with_unit(limit, unit) == taken


@on_sqlite
def test_a_category_takes_its_own_limit_and_else_the_one_for_every_product(session: Session, cast: Cast) -> None:
    both = LEAD._replace(limits=(LimitText("≤ 90", "", "4.1"), LimitText("≤ 60", "造型黏土", "4.2")))
    standard = a_standard(session, cast.coordinator, contents=TOYS._replace(items=(both, SMALL_PARTS)))
    edition: Edition = queries.one_edition(session, standard)

    def taken(category: str) -> list[str]:
        return [each.limit for each in queries.limits_for(edition, category)]

    assert taken("造型黏土") == ["≤ 60", "符合"]
    assert taken("玩具材料") == ["≤ 90", "符合"]
    assert queries.categories_of(edition) == ["", "造型黏土"]
