"""A platform answers by workbook: each row is named with what is wrong, and one deed takes down all that is right."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import Invalid
from quality.delivery.workbook.columns import ANSWERS, OUTCOMES, TITLE, outcome_of
from quality.delivery.workbook.trying import State, look
from quality.delivery.workbook.uploads import annotated, find, take_down
from quality.delivery.workbook.writing import open_rows, write_prefilled
from quality.notices.models import ItemStatus, Notice, NoticeStatus, Outcome
from quality.notices.operations import send_back
from quality.people.actor import Actor
from quality.workbooks.keeping import read_at_once
from tests.harness.answer_books import an_answer_book, now_typed, removed_row, rows_of, workbook
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.notices import amended, desk_of, notice_at, seen, taken_back, verified
from tests.harness.people import Cast


@pytest.fixture
def two(session: Session, cast: Cast, concluded: Concluded) -> list[Notice]:
    """Notices to one platform, each with one listing: one served, one that was only issued."""
    statuses = (NoticeStatus.SERVED, NoticeStatus.ISSUED)
    made = [notice_at(session, cast, status, finding) for status, finding in zip(statuses, concluded.bad, strict=True)]
    cast.clock.advance(hours=2)
    session.commit()
    return made


@pytest.fixture
def desk(cast: Cast, two: list[Notice]) -> Actor:
    return desk_of(cast, two[0])


def codes(tried: Any) -> list[str]:
    return [f"{why.column} {why.code}".strip() for why in tried.reasons]


def test_one_workbook_answers_for_several_notices_and_the_same_again_changes_nothing(
    session: Session, desk: Actor, two: list[Notice]
) -> None:
    given = rows_of(*[removed_row(notice.items[0]) for notice in two])
    assert [each.state for each in look(session, given, by=desk)] == [State.GOOD, State.GOOD]

    take_down(session, given, by=desk, only_good=False)
    session.commit()

    assert [notice.items[0].status for notice in two] == [ItemStatus.CLAIMED] * 2
    assert [notice.status for notice in two] == [NoticeStatus.ANSWERED] * 2
    assert two[0].items[0].claims[0].units_sold == 12
    again = take_down(session, given, by=desk, only_good=False)
    assert [each.state for each in again] == [State.ALREADY, State.ALREADY]
    assert [len(notice.items[0].claims) for notice in two] == [1, 1]


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"listing_id": "NOBODY-1"}, ["listing_id unknown_listing"]),
        ({"notice": "YZ-2026-N-9999"}, ["notice unknown_notice"]),
        ({"notice": ""}, ["notice missing"]),
        ({"outcome": "gone"}, ["outcome unknown_outcome"]),
        ({"outcome": ""}, ["outcome unknown_outcome"]),
        ({"outcome": "refused", "acted_at": ""}, ["explanation missing"]),
        ({"acted_at": ""}, ["acted_at missing"]),
        ({"acted_at": "2026-10-09"}, ["acted_at no_moment"]),
        ({"acted_at": "昨天"}, ["acted_at no_moment"]),
        ({"acted_at": "2020-01-01 08:00"}, ["acted_at before_the_notice"]),
        ({"acted_at": "2090-01-01 08:00"}, ["acted_at in_the_future"]),
        ({"units_sold": "-1"}, ["units_sold not_a_count"]),
        ({"units_sold": "12.5"}, ["units_sold not_a_count"]),
        ({"swept": "https://a.example/1 javascript:alert(1)"}, ["swept bad_address"]),
        ({"evidence": "abc"}, ["evidence bad_sha256"]),
        ({"evidence": "0" * 64}, ["evidence unknown_evidence"]),
        ({"edition": "0"}, ["edition unknown_edition"]),
        ({"edition": "2"}, ["edition unknown_edition"]),
        ({"edition": "latest"}, ["edition not_a_count"]),
        ({"outcome": "=CONCAT(A1)"}, ["outcome formula_without_value", "outcome unknown_outcome"]),
    ],
)
def test_what_is_wrong_with_a_row_is_named(
    session: Session, desk: Actor, two: list[Notice], changed: dict[str, Any], problem: list[str]
) -> None:
    [tried] = look(session, rows_of(removed_row(two[0].items[0]) | changed), by=desk)
    assert tried.state is State.WRONG
    assert codes(tried)[:1] == problem[:1]
    with pytest.raises(Invalid):
        take_down(session, [tried.row], by=desk, only_good=False)
    session.rollback()
    assert two[0].items[0].status == ItemStatus.OPEN


@on_sqlite
def test_another_platforms_notice_is_not_there(session: Session, cast: Cast, two: list[Notice]) -> None:
    other = cast.other_desk if desk_of(cast, two[0]) is cast.desk else cast.desk
    [tried] = look(session, rows_of(removed_row(two[0].items[0])), by=other)
    assert codes(tried) == ["notice unknown_notice"]


@on_sqlite
def test_a_listing_in_two_rows_is_answered_for_by_neither(session: Session, desk: Actor, two: list[Notice]) -> None:
    item = two[0].items[0]
    given = rows_of(removed_row(item), removed_row(item, units_sold="13"), removed_row(two[1].items[0]))
    tried = look(session, given, by=desk)
    assert [each.state for each in tried] == [State.WRONG, State.WRONG, State.GOOD]
    assert [codes(each) for each in tried[:2]] == [["listing_id doubled"], ["listing_id doubled"]]
    with pytest.raises(Invalid) as refused:
        take_down(session, given, by=desk, only_good=False)
    assert [problem.code for problem in refused.value.problems] == ["wrong_rows"]
    take_down(session, given, by=desk, only_good=True)
    assert [notice.items[0].status for notice in two] == [ItemStatus.OPEN, ItemStatus.CLAIMED]


@on_sqlite
def test_what_is_settled_or_ended_takes_no_answer(session: Session, cast: Cast, desk: Actor, two: list[Notice]) -> None:
    given = rows_of(*[removed_row(notice.items[0]) for notice in two])
    take_down(session, given[:1], by=desk, only_good=False)
    cast.clock.advance(hours=1)
    verified(session, cast, two[0].items[0])
    taken_back(session, cast, two[1], "链接有误")
    later = rows_of(*[removed_row(notice.items[0], units_sold="99") for notice in two])
    assert [codes(each) for each in look(session, later, by=desk)] == [["wrong_status"], ["not_served"]]


@on_sqlite
def test_a_listing_that_was_sent_back_is_answered_anew(
    session: Session, cast: Cast, desk: Actor, two: list[Notice]
) -> None:
    item, given = two[0].items[0], rows_of(removed_row(two[0].items[0]))
    take_down(session, given, by=desk, only_good=False)
    cast.clock.advance(hours=1)
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    assert [each.state for each in look(session, given, by=desk)] == [State.GOOD]
    assert {row["listing_id"] for row in open_rows(session, desk)} == {each.items[0].listing_id for each in two}


@on_sqlite
def test_what_is_given_out_comes_back_unread_where_nothing_is_filled_in(
    session: Session, desk: Actor, two: list[Notice], tmp_path: Path
) -> None:
    rows = open_rows(session, desk)
    assert [(row["notice"], row["listing_id"]) for row in rows] == [
        (notice.number, notice.items[0].listing_id) for notice in two
    ]
    out = tmp_path / "given.xlsx"
    write_prefilled([rows[0] | {TITLE: "=HYPERLINK(1)"}, rows[1]], out)
    sheet = load_workbook(out)["answers"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}, "none is a formula"
    table = read_at_once(io.BytesIO(out.read_bytes()), "given.xlsx", ANSWERS)
    assert table.own == []
    assert {each.state for each in look(session, table.rows, by=desk)} == {State.BLANK}


@on_sqlite
def test_the_senders_own_workbook_comes_back_with_reasons(
    session: Session, desk: Actor, two: list[Notice], tmp_path: Path
) -> None:
    items = [notice.items[0] for notice in two]
    rows = removed_row(items[0], outcome="gone"), removed_row(items[1])
    kept = find(an_answer_book(desk, tmp_path, *rows), by=desk, place=tmp_path)
    tried = look(session, kept.table.rows, by=desk)
    out = tmp_path / "back.xlsx"
    annotated(kept, tried, out, {State.WRONG: "to mend", State.GOOD: "can be recorded"}.__getitem__)
    sheet = load_workbook(out)["answers"]
    words = [[cell.value for cell in row[-2:]] for row in sheet.iter_rows()]
    assert [row[0] for row in words] == ["状态 status", "to mend", "can be recorded"]
    assert "处理结果 outcome" in words[1][1]
    assert sheet["A1"].fill.fgColor.rgb == "FFDDEEFF", "their own format is kept"


@on_sqlite
def test_a_moment_that_the_spreadsheet_keeps_as_one_is_read(session: Session, desk: Actor, two: list[Notice]) -> None:
    at = (clock.now() - timedelta(minutes=1)).astimezone(BEIJING).replace(second=0, microsecond=0)
    [tried] = look(session, rows_of(removed_row(two[0].items[0], acted_at=at.replace(tzinfo=None))), by=desk)
    assert tried.entry
    assert tried.entry.acted_at == at


@on_sqlite
def test_what_changed_since_the_look_is_not_recorded(session: Session, desk: Actor, two: list[Notice]) -> None:
    given = rows_of(removed_row(two[0].items[0]))
    with pytest.raises(Invalid) as refused:
        take_down(session, given, by=desk, only_good=True, as_seen="what nobody saw")
    assert [problem.code for problem in refused.value.problems] == ["changed_meanwhile"]


def test_an_outcome_is_understood_by_its_code_its_word_or_both() -> None:
    for code, word in OUTCOMES.items():
        assert {outcome_of(said) for said in (code, word, f"{word} {code}", f" {code.upper()} ")} == {code}
    assert set(OUTCOMES) == set(Outcome)
    assert outcome_of("gone") == "gone"
    assert now_typed()


@on_sqlite
def test_an_answer_to_an_edition_of_before_is_refused_and_one_that_names_none_is_not(
    session: Session, cast: Cast, desk: Actor, two: list[Notice]
) -> None:
    item, other = two[0].items[0], two[1].items[0]
    given = {row["notice"]: row["edition"] for row in open_rows(session, desk)}
    take_down(session, rows_of(removed_row(other, edition=given[str(two[1].number)])), by=desk, only_good=False)
    for notice in two:
        amended(session, cast, notice, reasons="另有不符合项目")
    rows = rows_of(removed_row(item, edition="1"), removed_row(other, edition="1"))
    old, said = look(session, rows, by=desk)
    assert (old.state, codes(old)) == (State.WRONG, ["edition superseded"])
    assert said.state is State.ALREADY, "what was said before is not said anew"
    fresh = [removed_row(item, edition=edition) for edition in ("2", "")]
    assert [each.state for row in fresh for each in look(session, rows_of(row), by=desk)] == [State.GOOD] * 2
    assert {row["edition"] for row in open_rows(session, desk)} == {"2"}


@on_sqlite
def test_a_reason_is_read_under_its_name_in_the_api_and_an_unknown_heading_is_named(
    session: Session, desk: Actor, two: list[Notice]
) -> None:
    """What a dry run writes is headed in both languages at once: only that says nothing when it comes back."""
    item = two[0].items[0]
    row: dict[str, Any] = {"notice": item.notice.number, "listing_id": item.listing_id, "outcome": "refused"}
    row |= {"reason": "编号不符", "原因 reason": "ours", "状态 status": "ours", "status": "theirs", "unit_sold": 3}
    table = read_at_once(io.BytesIO(workbook(row, headings=list(row))), "answers.xlsx", ANSWERS)
    [tried] = look(session, table.rows, by=desk)
    assert tried.entry
    assert (tried.state, tried.entry.reason, table.own) == (State.GOOD, "编号不符", ["status", "unit_sold"])
