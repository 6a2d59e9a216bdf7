"""A big table: looked at by a job, with its progress told; and what only pretends to be a table."""

from __future__ import annotations

import io
import os
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.core import clock, shelf
from quality.core.errors import Invalid, NotFound
from quality.core.events import Event
from quality.core.record import verify
from quality.lab.models import Report
from quality.lab.operations import authorise, send_back
from quality.lab.workbook import jobs, trying, uploads
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.uploads import Upload
from quality.lab.workbook.writing import open_rows
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.purchases.models import SampleStatus
from quality.workbooks import keeping
from quality.workbooks.reading import read
from tests.harness.databases import on_sqlite
from tests.harness.lab import portion_to_test, sample_at_lab
from tests.lab.test_workbook import Cells, analyst, at_lab, book, codes, named, reports, rows_of, states, upload

__all__ = ["analyst", "at_lab", "upload"]  # fixtures


class Desk:
    """Where one analyst sends tables, every one of them big."""

    def __init__(self, session: Session, analyst: Actor, place: Path) -> None:
        self.session, self.analyst, self.place = session, analyst, place
        self.sessions = sessionmaker(session.get_bind())

    def send(self, content: bytes, name: str = "x.xlsx") -> str:
        self.session.commit()
        return uploads.receive(
            self.session, io.BytesIO(content), name, by=self.analyst, place=self.place, language="en"
        )

    def rows(self, *rows: Cells) -> str:
        return self.send(book(named(list(rows), self.analyst)))

    def look(self) -> int:
        """As the job does."""
        return jobs.look_at_what_waits(self.sessions, self.place, clock.now(), lambda state: state.value)

    def waits(self, token: str) -> shelf.Waiting | None:
        return uploads.waiting(token, by=self.analyst, place=self.place)

    def find(self, token: str) -> Upload:
        return uploads.find(token, by=self.analyst, place=self.place)

    def enter(self, found: Upload) -> None:
        uploads.enter(self.session, found, by=self.analyst, only_good=True)
        self.session.commit()


@pytest.fixture
def desk(session: Session, analyst: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(uploads, "SOON", dict.fromkeys(uploads.SOON, 0))
    return Desk(session, analyst, tmp_path)


def bomb(unpacked: int) -> bytes:
    """A workbook whose sheet unpacks to so many bytes: one packed block, many times (deflate, RFC 1951)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed, name = block * (unpacked >> 20), b"xl/worksheets/sheet1.xml"
    sizes = struct.pack("<III", 0, len(packed), unpacked)
    local = struct.pack("<4s5H", b"PK\x03\x04", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name
    listed = struct.pack("<4s6H", b"PK\x01\x02", 20, 20, 0, 8, 0, 33) + sizes
    listed += struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, 0) + name
    ends = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(local) + len(packed), 0)
    return local + packed + listed + ends


def test_a_big_table_waits_for_the_job_and_is_entered_like_any_other(session, cast, at_lab, desk, tmp_path) -> None:
    other = portion_to_test(sample_at_lab(session, cast))
    token = desk.rows(*rows_of(at_lab), *rows_of(other, "WT-2", value="3月5日"))
    before = desk.waits(token)
    assert (before.is_taken, before.step, before.problems) == (False, "", [])
    with pytest.raises(NotFound):
        desk.find(token)

    assert desk.look() == 1
    assert desk.look() == 0
    assert desk.waits(token) is None
    found = desk.find(token)
    assert states(found) == ["good", "good", "wrong", "held"]
    assert (found.folder / "annotated-en").exists(), "made beforehand"
    out = tmp_path / "back.xlsx"
    uploads.annotated(found, out, "en", lambda state: state.value)
    sheet = load_workbook(out)["results"]
    assert [sheet["N4"].value, sheet["N5"].value] == ["wrong", "held"]

    desk.enter(found)
    assert [report.portion_id for report in session.scalars(sa.select(Report))] == [at_lab.id]
    uploads.note_entered(found, ["WT-1"])
    assert states(desk.find(token))[:2] == ["already", "already"]


@on_sqlite
def test_how_far_it_is_is_told(at_lab, desk, monkeypatch) -> None:
    monkeypatch.setattr(trying, "TOLD_EVERY", 2)
    token = desk.rows(*rows_of(at_lab))
    heard: list[tuple[str, int, int]] = []
    write = shelf.write

    def listen(folder: Path, name: str, told: dict[str, Any]) -> None:
        write(folder, name, told)
        if name == shelf.PROGRESS and (seen := desk.waits(token)):
            heard.append((seen.step, seen.done, seen.of))

    monkeypatch.setattr(shelf, "write", listen)
    desk.look()
    assert heard == [("reading", 0, 0), ("judging", 2, 2)]


@on_sqlite
def test_what_a_killed_job_had_taken_is_taken_up_again(at_lab, desk) -> None:
    token = desk.rows(*rows_of(at_lab))
    folder = next(shelf.folders(desk.place / uploads.FOLDER))
    taken = (folder / shelf.ASKED).replace(folder / shelf.TAKEN)
    assert desk.look() == 0
    long_ago = (clock.now() - shelf.LOST - timedelta(minutes=1)).timestamp()
    os.utime(taken, (long_ago, long_ago))
    assert desk.look() == 1
    assert states(desk.find(token)) == ["good", "good"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(2 << 30), "too_big"),
        (b"PK\x03\x04 no zip", "unreadable"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old_workbook"),
    ],
    ids=["unpacks to 2 GB", "damaged", "with a password"],
)
@on_sqlite
def test_what_cannot_be_read_says_why(desk, content, code) -> None:
    token = desk.send(content)
    assert desk.look() == 1
    told = desk.waits(token)
    assert [field for field, _said in told.problems] == ["file"]
    with pytest.raises(Invalid) as no:
        read(keeping.source_of(told.folder, "x.xlsx"), "x.xlsx", RESULTS)
    assert [problem.code for problem in no.value.problems] == [code]


@on_sqlite
def test_of_who_left_meanwhile_nothing_is_read(session, at_lab, analyst, desk) -> None:
    token = desk.rows(*rows_of(at_lab))
    session.execute(sa.update(Membership).where(Membership.person_id == analyst.id).values(ended_at=clock.now()))
    session.commit()
    assert desk.look() == 1
    assert "does not work here" in desk.waits(token).problems[0][1]["en"]


def test_a_dry_run_writes_nothing_and_locks_nothing(session, at_lab, upload, analyst) -> None:
    """Else nobody could write to SQLite while a table of 100,000 rows is looked at."""
    wrote: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "ROLLBACK", "COMMIT")):
            wrote.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        upload(rows_of(at_lab))
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)
    assert wrote == []


def test_many_reports_stand_in_the_record_like_one(session, cast, at_lab, desk) -> None:
    """The same events, chains and statuses as when each is entered by its form."""
    portions = [at_lab, *(portion_to_test(sample_at_lab(session, cast)) for _ in range(3))]
    token = desk.rows(*(row for n, portion in enumerate(portions) for row in rows_of(portion, f"WT-{n}")))
    desk.look()
    desk.enter(desk.find(token))
    assert verify(session, desk.place / "roots").broken is None
    for portion in portions:
        session.refresh(portion.sample)
        assert portion.sample.status == SampleStatus.TESTING
        events = sa.select(Event).where(Event.subject_type == "sample", Event.subject_id == portion.sample_id)
        last = session.scalars(events.order_by(Event.seq.desc())).first()
        moved = (last.action, last.old_status, last.new_status, last.seq)
        assert moved == ("test", "at_lab", "testing", portion.sample.version)
    report = session.scalars(sa.select(Report).where(Report.report_no == "WT-2")).one()
    assert (report.version, report.agency_id, len(report.results)) == (1, portions[2].sample.agency_id, 2)
    assert report.results[0].judgement["reason"] == "meets_limit"


@on_sqlite
def test_two_reports_of_a_table_cannot_be_of_one_sample_or_of_one_number(session, cast, at_lab, upload) -> None:
    other = portion_to_test(sample_at_lab(session, cast))
    twice = upload([*rows_of(at_lab, "WT-1"), *rows_of(at_lab, "WT-2")])
    assert states(twice) == ["good", "good", "wrong", "held"]
    assert twice.wrong[0].reasons[0][1] == "report_pending"
    same = upload([*rows_of(at_lab, "WT-1"), *rows_of(other, "WT-1")])
    assert sorted(states(same)) == ["good", "good", "held", "wrong"]
    assert same.wrong[0].reasons[0][1] == "doubled_report_no"


@on_sqlite
def test_a_report_that_supersedes_is_named_in_its_column(session, cast, at_lab, upload, analyst) -> None:
    first = upload(rows_of(at_lab, "WT-1"))
    uploads.enter(session, first, by=analyst, only_good=False)
    session.commit()
    pending = upload([row | {"supersedes": "WT-1"} for row in rows_of(at_lab, "WT-2")])
    assert pending.wrong[0].reasons[0][1] == "report_pending"
    report = session.scalars(sa.select(Report)).one()

    authorise(session, report, by=cast.signatory)
    session.commit()
    cast.clock.moment += timedelta(hours=1)
    send_back(session, at_lab.sample, "数值待核", by=cast.coordinator)
    session.commit()
    assert {row["supersedes"] for row in open_rows(session, analyst)} == {"WT-1"}, "the template says it beforehand"
    silent = upload(rows_of(at_lab, "WT-2", value="12.5"))
    assert silent.wrong[0].reasons[0][1] == "report_in_force"
    changed = upload(rows_of(at_lab, "WT-1", value="12.5"))
    assert changed.wrong[0].reasons[0][1] == "doubled_report_no", "an authorised report is not changed"
    itself = upload(
        [row | {"supersedes": "wt-1", "change_reason": "数值更正"} for row in rows_of(at_lab, "WT-1", value="12.5")]
    )
    assert {code for _c, code, _s in itself.wrong[0].reasons} == {"supersedes_itself", "doubled_report_no"}
    wrong = upload([row | {"supersedes": "WT-9"} for row in rows_of(at_lab, "WT-2")])
    assert wrong.wrong[0].reasons[0][1] == "report_in_force"
    torn = upload([row | {"supersedes": name} for row, name in zip(rows_of(at_lab, "WT-2"), ("WT-1", ""), strict=True)])
    assert {code for line in torn.wrong for _c, code, _s in line.reasons} == {"several_lineages", "missing"}
    second = [row | {"supersedes": " wt－1 "} for row in rows_of(at_lab, "WT-2", value="12.5")]
    assert upload(second).wrong[0].reasons[0][:2] == ["change_reason", "missing"]
    two = upload([row | {"change_reason": why} for row, why in zip(second, ("笔误", "复核"), strict=True)])
    assert {code for line in two.wrong for _c, code, _s in line.reasons} == {"several_changes", "held"}
    second[1]["change_reason"] = " 数值更正 "
    right = upload(second)
    assert states(right) == ["good", "good"]
    assert uploads.enter(session, right, by=analyst, only_good=False) == ["WT-2"]
    session.commit()
    new = session.scalars(sa.select(Report).where(Report.report_no == "WT-2")).one()
    assert (new.supersedes_id, new.change_reason) == (report.id, "数值更正")
    assert (
        states(upload([row | {"supersedes": "WT-1"} for row in rows_of(at_lab, "WT-2", value="12.5")]))[0] == "already"
    )


@on_sqlite
def test_the_last_day_of_testing_is_said_once_or_not_at_all(session, cast, at_lab, upload, analyst) -> None:
    def on(*days: str) -> Upload:
        found: Upload = upload([row | {"tested_on": day} for row, day in zip(rows_of(at_lab), days, strict=True)])
        return found

    today = day_of(clock.now())
    before = (today - timedelta(days=1)).isoformat()
    later = (today + timedelta(days=1)).isoformat()
    assert codes(on(later, "")) == {(2, "tested_on", "in_the_future"), (3, "", "held")}
    assert codes(on("", "昨天")) == {(2, "tested_on", "no_day"), (3, "", "held")}
    assert codes(on(before, later)) >= {(3, "tested_on", "several_days")}
    uploads.enter(session, on("", before.replace("-", "/")), by=analyst, only_good=False)
    session.commit()
    assert reports(session)[0].tested_on.isoformat() == before
    assert states(on(before, "")) == ["already", "already"]
    assert states(on(today.isoformat(), "")) == ["wrong", "held"]
