"""Complaints come as a table: looked at row by row, taken in once, forgotten in time."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Event
from quality.targeting.risk.complaints import uploads
from quality.targeting.risk.complaints.columns import COMPLAINTS
from quality.targeting.risk.complaints.listed import listed
from quality.targeting.risk.complaints.trying import KEPT_FOR, State, look
from quality.targeting.risk.jobs import forget_old_complaints
from quality.targeting.risk.models import Complaint, ComplaintFile, ComplaintKind
from quality.workbooks.keeping import read_at_once
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast

GOOD = {
    "reference": "TS-1", "received_on": "2026-03-01", "platform": "棠梨商城", "listing_id": "L0001", "shop_id": "S1",
    "barcode": "", "kind": "安全",
}  # fmt: skip


def csv_of(*rows: dict[str, str]) -> bytes:
    lines = [",".join(GOOD), *(",".join((GOOD | row).values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def rows_of(*rows: dict[str, str]) -> Any:
    return read_at_once(io.BytesIO(csv_of(*rows)), "投诉.csv", COMPLAINTS).rows


def codes(session: Session, cast: Cast, *rows: dict[str, str]) -> list[tuple[State, list[tuple[str, str]]]]:
    tried = look(session, rows_of(*rows), cast.agency.id)
    return [(each.state, [(why.column, why.code) for why in each.reasons]) for each in tried]


def take(session: Session, cast: Cast, *rows: dict[str, str], **how: Any) -> Any:
    return uploads.take_in(session, rows_of(*rows), "投诉.csv", by=cast.coordinator, **({"only_good": False} | how))


# fmt: off
WRONG_ROWS: list[Any] = [
    ({"reference": ""},                       ("reference", "missing")),
    ({"reference": "x" * 101},                ("reference", "too_long")),
    ({"listing_id": "", "shop_id": ""},       ("listing_id", "names_nothing")),
    ({"platform": "无此平台"},                 ("platform", "unknown_platform")),
    ({"platform": ""},                        ("platform", "unknown_platform")),
    ({"barcode": "9521234567890"},            ("barcode", "bad_barcode")),
    ({"received_on": "昨天"},                  ("received_on", "no_day")),
    ({"received_on": "2099-01-01"},           ("received_on", "in_future")),
    ({"received_on": "2009-01-01"},           ("received_on", "too_old")),
    ({"kind": "心情"},                         ("kind", "unknown_kind")),
    ({"kind": ""},                            ("kind", "unknown_kind")),
]
# fmt: on


@on_sqlite
@pytest.mark.parametrize(("row", "wrong"), WRONG_ROWS)
def test_a_row_that_cannot_be_taken_says_which_cell_and_why(
    session: Session, cast: Cast, row: dict[str, str], wrong: tuple[str, str]
) -> None:
    assert codes(session, cast, row) == [(State.WRONG, [wrong])]


@on_sqlite
def test_all_that_is_wrong_with_a_row_is_said_at_once(session: Session, cast: Cast) -> None:
    [(_state, reasons)] = codes(session, cast, {"platform": "?", "kind": "?", "reference": ""})
    assert {column for column, _code in reasons} == {"platform", "kind", "reference"}


@on_sqlite
def test_a_number_stands_once_in_a_table_and_says_the_same_for_ever(session: Session, cast: Cast) -> None:
    assert codes(session, cast, {}, {"shop_id": "S2"}) == [
        (State.NEW, []), (State.WRONG, [("reference", "doubled")]),
    ]  # fmt: skip

    take(session, cast, {})

    assert codes(session, cast, {}) == [(State.SAME, [])]
    assert codes(session, cast, {"kind": "质量"}) == [(State.WRONG, [("reference", "says_otherwise")])]


def test_what_is_taken_in_is_kept_once_and_stands_in_the_record(session: Session, cast: Cast) -> None:
    other = {"reference": "TS-2", "listing_id": "", "kind": "counterfeit", "barcode": "9521234567899", "platform": "TL"}
    tried = take(session, cast, {}, other)
    assert [each.state for each in tried] == [State.NEW, State.NEW]
    assert [each.state for each in take(session, cast, {}, other)] == [State.SAME, State.SAME]

    second, first = listed(session, cast.coordinator, 10)
    assert (first.reference, first.kind, first.listing_id) == ("TS-1", ComplaintKind.SAFETY, "L0001")
    assert (second.barcode, second.shop_id, second.platform_id) == ("09521234567899", "S1", first.platform_id)
    [file] = session.scalars(sa.select(ComplaintFile)).all()
    assert (file.rows, file.taken, file.name) == (2, 2, "投诉.csv")
    [event] = session.scalars(sa.select(Event).where(Event.subject_type == "complaint_file")).all()
    assert event.details == {"rows": "2", "taken": "2"}
    assert listed(session, cast.coordinator, 10, of="TS-2") == [second]
    assert listed(session, cast.coordinator, 10, kind=ComplaintKind.SAFETY) == [first]
    assert listed(session, cast.coordinator, 10, before=second.id) == [first]


@on_sqlite
def test_all_rows_or_none_unless_the_good_ones_are_asked_for(session: Session, cast: Cast) -> None:
    bad = {"reference": "TS-9", "kind": "?"}
    with pytest.raises(Invalid) as refused:
        take(session, cast, {}, bad)
    assert refused.value.problems[0].code == "wrong_rows"
    assert listed(session, cast.coordinator, 10) == []

    with pytest.raises(Invalid) as refused:
        take(session, cast, {}, bad, only_good=True, as_seen="another look")
    assert refused.value.problems[0].code == "changed_meanwhile"

    take(session, cast, {}, bad, only_good=True, as_seen=uploads.seen(look(session, rows_of({}, bad), cast.agency.id)))
    assert [each.reference for each in listed(session, cast.coordinator, 10)] == ["TS-1"]


@on_sqlite
def test_only_who_plans_takes_them_in_and_nobody_else_reads_them(session: Session, cast: Cast) -> None:
    take(session, cast, {})
    with pytest.raises(NotPermitted):
        uploads.take_in(session, rows_of({}), "x.csv", by=cast.reviewer, only_good=False)
    assert len(listed(session, cast.reviewer, 10)) == 1
    for stranger in (cast.buyer, cast.analyst):
        assert listed(session, stranger, 10) == []


@on_sqlite
def test_the_table_comes_back_with_the_reasons_and_without_formulas(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    sent = csv_of({"reference": "=1+1"}, {"reference": "TS-3", "kind": "?"})
    token = uploads.receive(io.BytesIO(sent), "投诉.csv", by=cast.coordinator, place=tmp_path)
    kept = uploads.find(token, by=cast.coordinator, place=tmp_path)
    tried = look(session, kept.table.rows, cast.agency.id)

    assert uploads.annotated(kept, tried, tmp_path / "out.csv", str) == "text/csv; charset=utf-8"
    written = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written[1].startswith("'=1+1,") and written[1].endswith(",new,")
    assert ",wrong," in written[2] and "kind" in written[2]


@on_sqlite
@pytest.mark.parametrize(
    "content", [b"", b"reference,kind\n", csv_of({})[:-12], b"PK\x03\x04cut off", b"\xd0\xcf\x11\xe0"]
)
def test_a_file_that_is_none_or_was_cut_off_is_refused(cast: Cast, session: Session, content: bytes) -> None:
    name = "投诉.xlsx" if content.startswith((b"PK", b"\xd0")) else "投诉.csv"
    try:
        rows = read_at_once(io.BytesIO(content), name, COMPLAINTS).rows
    except Invalid as wrong:
        assert all(str(each.text) for each in wrong.problems)
    else:
        assert [each.state for each in look(session, rows, cast.agency.id)] == [State.WRONG]


def test_they_are_forgotten_in_time(session: Session, cast: Cast) -> None:
    today = day_of(clock.now())
    for number, age in enumerate((0, KEPT_FOR.days, KEPT_FOR.days - 1)):
        take(session, cast, {"reference": f"TS-{number}", "received_on": (today - timedelta(days=age)).isoformat()})
    session.commit()

    assert forget_old_complaints(sessionmaker(db.engine), clock.now() + timedelta(days=1)) == 1
    assert sorted(session.scalars(sa.select(Complaint.reference))) == ["TS-0", "TS-2"]
    assert session.scalars(sa.select(sa.func.count(ComplaintFile.id))).one() == 3
