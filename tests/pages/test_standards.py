"""The pages of the library: a coordinator writes, a reviewer reads, every version says who changed what, and why."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.permissions import Role
from quality.standards import queries
from quality.standards.contents import contents_of
from quality.standards.models import Standard, StandardItem
from quality.standards.operations import drop_item, set_item
from quality.standards.workbook import uploads
from quality.standards.workbook.trying import look
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import settings
from tests.harness.standards import LEAD, NUMBER, ROW, SMALL_PARTS, TOYS, a_standard, workbook

HEAD = {
    "number": NUMBER, "title": TOYS.title, "published": "2014", "valid_from": "2016-01-01", "reason": "按现行文本录入",
}  # fmt: skip
ITEM = {
    "item": "可迁移元素：铅", "unit": "mg/kg", "severity": "serious", "rule": "simple", "reason": "第4.1条",
    "category_1": "玩具材料", "limit_1": "≤ 90", "clause_1": "4.1", "limit_3": "≤ 60", "category_3": "造型黏土",
}  # fmt: skip


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def the_standard(session: Session) -> Standard:
    session.expire_all()
    return session.scalars(sa.select(Standard)).one()


def entry(session: Session, name: str) -> int:
    newest = sa.select(StandardItem.id).where(StandardItem.item == name).order_by(StandardItem.id.desc())
    return session.scalars(newest.limit(1)).one()


def test_a_standard_is_added_and_then_its_items(coordinator: Any, session: Session) -> None:
    answer = coordinator.post("/desk/standards/new", data=HEAD)
    standard = the_standard(session)
    assert answer.location == f"/desk/standards/{standard.id}"

    answer = coordinator.post(f"/desk/standards/{standard.id}/item", data=ITEM | {"version": "1"})
    assert answer.status_code == 302
    [item] = contents_of(queries.one_edition(session, the_standard(session))).items
    assert [(each.category, each.limit) for each in item.limits] == [("玩具材料", "≤ 90"), ("造型黏土", "≤ 60")]
    page = coordinator.get(answer.location).text
    for shown in (NUMBER, "≤ 90 mg/kg", "≤ 60 mg/kg", "造型黏土", "serious", "第4.1条", "按现行文本录入"):
        assert shown in page


@on_sqlite
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(coordinator: Any, session: Session) -> None:
    wrong = coordinator.post("/desk/standards/new", data=HEAD | {"title": "", "valid_until": "2015-12-31"})
    assert wrong.status_code == 422
    assert "It ends before it begins to be valid" in wrong.text
    assert 'id="title-e"' in wrong.text
    assert 'id="valid_until-e"' in wrong.text
    assert NUMBER in wrong.text

    coordinator.post("/desk/standards/new", data=HEAD)
    address = f"/desk/standards/{the_standard(session).id}/item"
    wrong = coordinator.post(address, data=ITEM | {"version": "1", "limit_3": "约 60"})
    assert wrong.status_code == 422
    assert 'id="limit_3-e"' in wrong.text
    assert 'value="约 60"' in wrong.text


@on_sqlite
def test_more_rows_are_given_and_nothing_is_kept(coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    session.commit()
    page = coordinator.post(f"/desk/standards/{standard.id}/item", data=ITEM | {"version": "1", "more": "1"})
    assert page.status_code == 200
    assert 'name="limit_5"' in page.text
    assert the_standard(session).edition == 1


@on_sqlite
def test_an_item_is_changed_and_taken_out_again(coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    session.commit()
    address = f"/desk/standards/{standard.id}/item/{entry(session, LEAD.item)}"
    assert 'value="≤ 60"' in coordinator.get(address).text

    changed = ITEM | {"version": "1", "limit_1": "≤ 75"}
    page = coordinator.get(coordinator.post(address, data=changed).location).text
    assert "What version 2 changed" in page
    assert "≤ 75 mg/kg" in page
    late = changed | {"limit_1": "≤ 70"}
    assert coordinator.post(address, data=late).status_code == 409, "that version was changed meanwhile"

    address = f"/desk/standards/{standard.id}/item/{entry(session, SMALL_PARTS.item)}"
    assert coordinator.post(address, data={"version": "2", "drop": "1"}).status_code == 422, "a reason is asked for"
    coordinator.post(address, data={"version": "2", "drop": "1", "reason": "移至第2部分"})
    assert [each.item for each in contents_of(queries.one_edition(session, the_standard(session))).items] == [LEAD.item]
    assert coordinator.get(address).status_code == 404


@on_sqlite
def test_the_head_is_changed(coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    session.commit()
    address = f"/desk/standards/{standard.id}/amend"
    assert 'value="2016-01-01"' in coordinator.get(address).text
    head = {name: value for name, value in HEAD.items() if name != "number"} | {"version": "1"}
    same = coordinator.get(coordinator.post(address, data=head).location).text
    assert "Nothing is different" in same

    answer = coordinator.post(address, data=head | {"succeeded_by": "GB 6675.4-2026", "reason": "新版发布"})
    assert "GB 6675.4-2026" in coordinator.get(answer.location).text
    assert the_standard(session).edition == 2
    assert coordinator.post(address, data=head | {"title": "别的", "reason": "x", "version": "1"}).status_code == 409
    assert coordinator.post(address, data=head | {"title": ""}).status_code == 422


@on_sqlite
def test_an_old_version_is_read_as_it_was_and_by_category(coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    a_standard(session, cast.coordinator, "GB 6675.4-2026", TOYS._replace(items=()))
    drop_item(session, standard, SMALL_PARTS.item, "移出", by=cast.coordinator)
    set_item(session, standard, SMALL_PARTS._replace(item="小球"), "另加", by=cast.coordinator)
    session.commit()
    here = f"/desk/standards/{standard.id}"

    first = coordinator.get(f"{here}?edition=1").text
    assert "小零件" in first
    assert "小球" not in first
    assert "Add a test item" not in first
    clay = coordinator.get(f"{here}?category=造型黏土").text
    assert "≤ 60 mg/kg" in clay
    assert "≤ 90 mg/kg" not in clay
    assert coordinator.get(f"{here}?edition=9").status_code == 404


@on_sqlite
def test_the_list_says_what_is_in_force_and_goes_on(
    coordinator: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = coordinator.get("/desk/standards/").text
    assert "The library is empty" in empty
    a_standard(session, cast.coordinator)
    a_standard(session, cast.coordinator, "GB 1-1999", TOYS._replace(valid_until=TOYS.valid_from, succeeded_by=NUMBER))
    session.commit()
    page = coordinator.get("/desk/standards/").text
    assert "out of force" in page
    assert f"succeeded by {NUMBER}" in page
    monkeypatch.setattr("quality.pages.views.standards.A_PAGE", 1)
    page = coordinator.get("/desk/standards/").text
    assert NUMBER + "</a>" not in page
    assert NUMBER + "</a>" in coordinator.get("/desk/standards/?after=GB+1-1999").text
    assert "Nothing matches these filters" in coordinator.get("/desk/standards/?q=没有的").text


@on_sqlite
def test_a_reviewer_reads_and_nobody_else_does(app: Flask, coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    stranger = hire(session, cast.above, Role.COORDINATOR)
    assert stranger.person
    give_password(session, stranger.person)
    session.commit()
    here = f"/desk/standards/{standard.id}"
    reviewer = sign_in(app, cast.reviewer)
    page = reviewer.get(here)
    assert page.status_code == 200
    assert "Add a test item" not in page.text
    assert reviewer.get(f"{here}/item").status_code == 403
    assert sign_in(app, stranger).get(here).status_code == 404


@on_sqlite
def test_a_workbook_is_looked_at_and_taken_in(coordinator: Any, session: Session, cast: Cast) -> None:
    a_standard(session, cast.coordinator)
    session.commit()
    begin = coordinator.get("/desk/standards/workbook").text
    assert "产品类别 category" in begin
    content = workbook(ROW, ROW | {"number": "GB 2-2021", "title": "另一标准"}, {"limit": "约 60"})
    sent = {"file": (io.BytesIO(content), "标准.xlsx")}
    here = coordinator.post("/desk/standards/workbook", data=sent).location
    page = coordinator.get(here).text
    for said in ("Row 4", "限量 limit", "小零件", "removed", "to mend", "a new version"):
        assert said in page

    own = load_workbook(io.BytesIO(coordinator.get(f"{here}/file").data))["limits"]
    headings, *rows = [[cell.value for cell in row[-2:]] for row in own.iter_rows()]
    assert headings == ["状态 status", "原因 reason"]
    assert [row[0] for row in rows] == ["a new version", "held up by another row", "to mend"]
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    assert coordinator.post(f"{here}/take", data={"seen": seen, "reason": ""}).status_code == 422
    wrong = coordinator.post(f"{here}/take", data={"seen": seen, "reason": "批量", "how": "all"})
    assert wrong.status_code == 422
    assert coordinator.post(f"{here}/take", data={"seen": "0", "reason": "批量", "how": "good"}).status_code == 422
    assert the_standard(session).edition == 1
    assert coordinator.post(f"{here}/take", data={"seen": seen, "reason": "批量", "how": "good"}).status_code == 302
    assert the_standard(session).edition == 2

    assert coordinator.post(f"{here}/throw-away").status_code == 302
    assert coordinator.get(here).status_code == 404


@on_sqlite
def test_what_is_in_the_library_already_is_said(coordinator: Any, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    session.commit()
    whole = coordinator.get("/desk/standards/library.xlsx")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    single = coordinator.get(f"/desk/standards/{standard.id}/standard.xlsx?edition=1")
    for content in (whole.data, single.data):
        sent = {"file": (io.BytesIO(content), "library.xlsx")}
        here = coordinator.post("/desk/standards/workbook", data=sent).location
        page = coordinator.get(here).text
        assert "Everything in this workbook is in the library already." in page
    kept = uploads.find(here.rpartition("/")[2], by=cast.coordinator, place=settings().frames_folder)
    seen = uploads.seen(look(session, kept.table.rows, by=cast.coordinator))
    again = coordinator.post(f"{here}/take", data={"seen": seen, "reason": "再来"})
    assert again.location == here
    assert the_standard(session).edition == 1


@on_sqlite
def test_what_is_no_workbook_is_said_at_the_field(coordinator: Any) -> None:
    for content in (b"a,b", b""):
        page = coordinator.post("/desk/standards/workbook", data={"file": (io.BytesIO(content), "a.xlsx")})
        assert page.status_code == 422
        assert "it is no such file: give it its right name" in page.text
    assert coordinator.post("/desk/standards/workbook", data={}).status_code == 422


@pytest.mark.parametrize(
    "asked", [f"{10**20}", f"1?edition={10**20}", f"1/item/{10**20}", "1?edition=x", "?q=%00&after=%00"]
)
def test_a_number_that_no_database_holds_is_not_there(
    coordinator: Any, session: Session, cast: Cast, asked: str
) -> None:
    a_standard(session, cast.coordinator)
    session.commit()
    assert coordinator.get(f"/desk/standards/{asked}").status_code in (
        {200} if "x" in asked or "q=" in asked else {404}
    )
