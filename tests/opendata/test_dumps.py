"""A dump is complete, the same in each format, equal to what the site says; and holds nothing that was taken back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.clock import rfc3339
from quality.objections.models import Party
from quality.opendata import jobs
from quality.opendata.columns import IN_PARQUET, NAMES, TABLES, Holds, schema
from quality.opendata.jobs import LOST, Due, claim, make_open_data
from quality.opendata.models import Dump, DumpFile, DumpFormat, DumpKind, DumpTable
from quality.opendata.queries import all_dumps
from quality.opendata.taking import holding_what_was_taken, rows_of, write
from quality.publication.listing import public_results
from quality.publication.operations import withdraw
from quality.publication.replies import show
from quality.publication.replies import withdraw as take_reply_back
from quality.publication.replies import write as write_reply
from tests.harness.databases import on_sqlite
from tests.harness.labels import label_finding
from tests.harness.notices import run
from tests.harness.publication import published
from tests.harness.purchases import vault
from tests.publication.test_replies import told

SITE = "https://mingcha.example"


def make(session: Session, days: int = 30) -> int:
    return run(session, lambda sessions, now: make_open_data(sessions, vault(), (SITE, days), now))


def content(dump: Dump, form: DumpFormat, table: DumpTable = DumpTable.RESULTS) -> bytes:
    [file] = [each for each in dump.files if (each.table, each.format) == (table, form)]
    assert file.kept
    with vault().open(file.kept) as opened:
        data = opened.read()
    assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return data


def lines(dump: Dump, table: DumpTable = DumpTable.RESULTS) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(dump, DumpFormat.JSON_LINES, table).decode().splitlines()]


def offered(session: Session, kind: DumpKind = DumpKind.COMPLETE) -> list[Dump]:
    return [each for each in all_dumps(session) if each.kind is kind and each.ended_at is None]


def read_back(dump: Dump, table: DumpTable, folder: Path) -> list[tuple[Any, ...]]:
    """The same from every format, by DuckDB."""
    back = []
    columns = "{" + ", ".join(f"{each.name}: '{IN_PARQUET[each.holds]}'" for each in TABLES[table]) + "}"
    by_csv = f"read_csv('%s', header=true, quote='\"', delim=',', columns={columns})"
    by_json = f"read_json('%s', format='newline_delimited', columns={columns})"
    for form, reads in (
        (DumpFormat.CSV, by_csv),
        (DumpFormat.CSV_GZ, by_csv),
        (DumpFormat.JSON_LINES, by_json),
        (DumpFormat.JSON_LINES_GZ, by_json),
        (DumpFormat.PARQUET, "read_parquet('%s')"),
    ):
        path = folder / f"{table}.{form}"
        path.write_bytes(content(dump, form, table))
        moments = [each.name for each in TABLES[table] if each.holds is Holds.MOMENT]
        replaced = ", ".join(f"epoch_us({name}) AS {name}" for name in moments)
        asked = f"SELECT * {f'REPLACE ({replaced})' if replaced else ''} FROM {reads % path} ORDER BY ALL"
        with duckdb.connect() as opened:
            back.append(opened.execute(asked).fetchall())
    assert all(each == back[0] for each in back)
    return back[0]


def ask_only_for_changes(connection: Any, dump: Dump, site: str) -> Any:
    assert dump.kind is DumpKind.CHANGES
    return rows_of(connection, dump, site)


def test_a_dump_is_read_back_in_each_format_and_says_what_the_site_says(session, concluded, tmp_path):
    cast = concluded.cast
    for finding in (*concluded.bad, concluded.good):
        published(session, cast, finding)
    gone = published(session, cast, concluded.elsewhere)
    withdraw(session, gone, "检验方法有误", by=cast.reviewer)
    assert make(session) == 1

    [dump] = offered(session)
    back = {table: read_back(dump, table, tmp_path) for table in (DumpTable.RESULTS, DumpTable.ITEMS)}
    assert len(back[DumpTable.RESULTS]) == dump.rows

    said = {row["number"]: row for row in lines(dump)}
    results = public_results(session).results
    assert {number for number, row in said.items() if row["state"] == "published"} == {r.number for r in results}
    for result in results:
        row = said[result.number]
        assert (row["edition"], row["copy_sha256"]) == (result.edition, result.copy_sha256)
        assert row["published_at"] == rfc3339(result.published_at)
        assert (row["verdict"], row["product_name"]) == (result.copy["verdict"], result.copy["product"]["name"])
        assert row["address"] == f"{SITE}/results/{result.number}"
    tested = {
        (result.number, 1, item["item"], item["value"], item["limit"], item["verdict"])
        for result in results
        for item in result.copy["items"]
    }
    wanted = ("number", "edition", "item", "value", "limit_value", "verdict")
    at = [[each.name for each in TABLES[DumpTable.ITEMS]].index(name) for name in wanted]
    assert {tuple(row[place] for place in at) for row in back[DumpTable.ITEMS]} == tested
    kept = {name: value for name, value in said[gone.number].items() if value is not None}
    assert set(kept) == {"number", "edition", "state", "ended_at", "reason"}
    assert (kept["state"], kept["reason"]) == ("withdrawn", "检验方法有误")
    assert (make(session), len(offered(session))) == (0, 1)


@on_sqlite
def test_a_row_about_a_label_says_that_nothing_was_tested_and_names_no_laboratory(session, concluded, tmp_path):
    """The agency looked at it; whoever counts laboratories would count it as one."""
    cast = concluded.cast
    on_label = published(session, cast, label_finding(session, cast))
    tested = published(session, cast, concluded.good)
    make(session)
    [dump] = offered(session)
    said = {row["number"]: row for row in lines(dump)}
    assert NAMES[-1] == "label_only", "a new column comes last"
    assert [said[each.number]["label_only"] for each in (on_label, tested)] == [True, False]
    assert [said[each.number]["laboratory"] for each in (on_label, tested)] == [None, tested.copy["laboratory"]]
    of_items = {(row["number"], row["laboratory"]) for row in lines(dump, DumpTable.ITEMS)}
    assert of_items == {(on_label.number, None), (tested.number, tested.copy["laboratory"])}
    for table in (DumpTable.RESULTS, DumpTable.ITEMS):
        assert read_back(dump, table, tmp_path)
    fields = {each["name"]: each for each in schema()["fields"]}
    assert fields["label_only"]["type"] == "boolean"
    assert "未经检验" in fields["label_only"]["description_by_language"]["zh"]


def test_what_is_withdrawn_leaves_every_dump_that_holds_it_and_the_next_day_tells_what_changed(
    session, concluded, monkeypatch
):
    cast = concluded.cast
    stays, goes = published(session, cast, concluded.bad[0]), published(session, cast, concluded.bad[1])
    assert make(session) == 1
    cast.clock.advance(days=1)
    new = published(session, cast, concluded.good)
    assert make(session) == 2
    [changes] = offered(session, DumpKind.CHANGES)
    assert new.number in {row["number"] for row in lines(changes)}
    assert len(offered(session)) == 2, "nothing was taken back: both days are there"

    withdraw(session, goes, "样品混淆", by=cast.reviewer)
    held = {file.sha256 for dump in offered(session) for file in dump.files}
    assert holding_what_was_taken(session, all_dumps(session)) == {each.id for each in all_dumps(session)}, "at once"
    with monkeypatch.context() as quick:
        quick.setattr(jobs, "rows_of", ask_only_for_changes)  # nothing else is asked of the results again
        make(session)

    [again] = offered(session)
    assert {row["number"]: row["state"] for row in lines(again)} == {
        stays.number: "published", new.number: "published", goes.number: "withdrawn",
    }  # fmt: skip
    assert not held & set(session.scalars(sa.select(DumpFile.kept)))
    assert [each.ended_at is not None for each in all_dumps(session) if each.kind is DumpKind.COMPLETE].count(True) == 2
    assert make(session) == 0, "what is known of is not looked for again"
    cast.clock.advance(days=1)
    make(session)
    assert {row["number"]: row["state"] for row in lines(offered(session, DumpKind.CHANGES)[0])}[goes.number] == (
        "withdrawn"
    )


@on_sqlite
def test_changes_that_hold_what_was_taken_back_are_made_anew_for_the_same_time(session, concluded):
    cast = concluded.cast
    published(session, cast, concluded.bad[0])
    make(session)
    cast.clock.advance(days=1)
    first = published(session, cast, concluded.good)
    make(session)
    cast.clock.advance(days=1)
    second = published(session, cast, concluded.good, "更正规格型号")
    make(session)
    newest = offered(session, DumpKind.CHANGES)[0]
    assert [(row["edition"], row["state"]) for row in lines(newest)] == [(2, "published"), (1, "superseded")]
    before = [(each.day, each.since, each.until) for each in offered(session, DumpKind.CHANGES)]
    withdraw(session, second, "检验方法有误", by=cast.reviewer)
    make(session)
    after = offered(session, DumpKind.CHANGES)
    assert [(each.day, each.since, each.until) for each in after] == before
    rows = [row for dump in after for row in lines(dump) if row["number"] == first.number]
    assert rows
    assert {row["product_name"] for row in rows} == {None}, "a number that is taken goes with all its versions"


@on_sqlite
def test_old_days_go_and_the_newest_stays_as_it_was(session, concluded, monkeypatch):
    cast = concluded.cast
    published(session, cast, concluded.bad[0])
    cast.clock.advance(hours=1)
    make(session, days=2)
    cast.clock.advance(days=1)
    monkeypatch.setattr(jobs, "rows_of", ask_only_for_changes)  # of what did not change no file is made again
    for _day in range(3):
        make(session, days=2)
        cast.clock.advance(days=1)
    make(session, days=2)
    assert len({each.day for each in all_dumps(session)}) == 3
    assert len({file.sha256 for dump in offered(session) for file in dump.files}) == len(offered(session)[0].files)
    assert [each.rows for each in offered(session, DumpKind.CHANGES)] == [0] * 3
    assert all(each.files == [] for each in offered(session, DumpKind.CHANGES))


@on_sqlite
def test_who_is_killed_midway_leaves_nothing_offered_and_another_goes_on(session, concluded, monkeypatch):
    cast = concluded.cast
    sessions = sessionmaker(session.get_bind())
    assert make(session) == 0, "nothing was ever public"
    published(session, cast, concluded.bad[0])
    session.commit()
    wanted = Due(jobs.day_of(clock.now()), DumpKind.COMPLETE)
    assert claim(sessions, wanted, clock.now()) is not None
    assert claim(sessions, wanted, clock.now()) is None
    assert (make(session), list(all_dumps(session))) == (0, [])
    cast.clock.advance(seconds=LOST.total_seconds())
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "write", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError, match="full"):
            make(session)
    assert make(session) == 1
    cast.clock.moment -= timedelta(days=2)
    assert make(session) == 0, "the clock was set back"


def test_no_cell_is_a_formula_and_every_column_is_explained(tmp_path):
    row = dict.fromkeys(NAMES) | {"number": "R-1", "edition": 1, "state": "published", "product_name": '=1+"1"'}
    many, paths = write([(DumpTable.RESULTS, row)], tmp_path)
    assert {table for table, _form in paths} == {DumpTable.RESULTS}
    [heading, cells] = csv.reader(io.StringIO(paths[DumpTable.RESULTS, DumpFormat.CSV].read_text()))
    assert (many, tuple(heading), dict(zip(heading, cells, strict=True))["product_name"]) == (1, NAMES, '\'=1+"1"')
    assert json.loads(paths[DumpTable.RESULTS, DumpFormat.JSON_LINES].read_text())["product_name"] == '=1+"1"'
    assert tuple(each["name"] for each in schema()["fields"]) == NAMES
    assert [each["name"] for each in schema(table=DumpTable.ITEMS)["fields"]][:4] == [
        "number", "edition", "item", "value",
    ]  # fmt: skip


def test_what_parties_say_is_a_table_and_leaves_it_with_their_word(session, concluded):
    cast, (finding, holder) = concluded.cast, told(session, concluded)
    result = published(session, cast, finding)
    make(session)
    assert {file.table for dump in offered(session) for file in dump.files} == {DumpTable.RESULTS, DumpTable.ITEMS}
    cast.clock.advance(days=1)
    reply = write_reply(session, finding, Party.PRODUCER, "该批次产品已经召回。", by=holder)
    show(session, reply, by=cast.reviewer)
    make(session)
    for kind in DumpKind:
        [said] = lines(offered(session, kind)[0], DumpTable.REPLIES)
        assert (said["number"], said["statement"], said["sha256"]) == (result.number, reply.statement, reply.sha256)
    take_reply_back(session, reply, by=holder)
    assert len(holding_what_was_taken(session, all_dumps(session))) >= 2
    make(session)
    assert all(file.table is not DumpTable.REPLIES for dump in all_dumps(session) for file in dump.files if file.kept)
    assert len(offered(session)) == 1
