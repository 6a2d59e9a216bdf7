"""A workbook of 100,000 results: looked at, given back, and taken, against calamine's bare read and a bare insert."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import python_calamine
import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session, sessionmaker

from quality import tables
from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.db import db
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.uploads import Upload
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, Organisation, OrganisationKind
from quality.people.operations import add_organisation, invite_person
from quality.permissions import Role
from quality.purchases.blind import ALPHABET, RANDOM, with_check
from quality.workbooks.writing import annotate
from tests.benchmarks.measure import Row, in_turn
from tests.benchmarks.moves import prepared

REPORTS = 10_000
FIRST = 50_000_000  # ids above what a sequence will give
ITEMS = [  # item, limit, unit, a value near the limit
    ("铅", "≤0.5 mg/kg", "mg/kg", "0.4"),
    ("镉", "≤0.2 mg/kg", "mg/kg", "0.1"),
    ("水分", "≤14 %", "%", "12"),
    ("蛋白质", "≥9.6 g/100g", "g/100g", "10"),
    ("菌落总数", "≤1000 CFU/g", "CFU/g", "800"),
    ("苯甲酸", "≤0.5 g/kg", "mg/kg", "450"),
    ("酸度", "12～18 °T", "°T", "15"),
    ("铝", "≤100 mg/kg", "mg/kg", "80"),
    ("黄曲霉毒素B1", "≤20 μg/kg", "μg/kg", "15"),
    ("过氧化值", "≤0.25 g/100g", "g/100g", "0.2"),
]


class Laid(NamedTuple):
    """A laboratory with samples at it, and the workbook of their results."""

    analyst: int  # membership
    book: Path


def rows(database: str, folder: Path) -> list[Row]:
    sessions = sessionmaker(db.engine)
    laid = lay(sessions, folder / f"{database}.xlsx")
    with sessions() as session, pytest.MonkeyPatch.context() as change:
        change.setattr(uploads, "SOON", {".xlsx": 1 << 30})
        by = Actor.working_in(session.get_one(Membership, laid.analyst))
        with laid.book.open("rb") as sent:
            token = uploads.receive(session, sent, laid.book.name, by=by, place=folder)
        upload = uploads.find(token, by=by, place=folder)
        assert upload.states == {"good": REPORTS * len(ITEMS)}, (upload.states, upload.wrong[:3])
        return list(compared(database, session, upload, by))


def compared(database: str, session: Session, upload: Upload, by: Actor) -> Iterator[Row]:
    count = REPORTS * len(ITEMS)
    said = {number: ("可录入", "") if number % 3 else ("待改正", "数值：请填写数值") for number in range(2, count + 2)}
    written = taken_once(session, upload, by)

    def read() -> None:
        with python_calamine.load_workbook(str(upload.source)) as book:
            assert len(book.get_sheet_by_name(RESULTS.sheet).to_python()) == count + 1

    def insert() -> None:
        with db.engine.connect() as connection:
            for name, rows_ in written.items():
                connection.execute(sa.insert(tables.metadata.tables[name]), rows_)
            connection.rollback()

    def both() -> None:
        read()
        insert()

    def look() -> None:
        uploads.look_again(session, upload, by=by, undecided_too=False)

    def give_back() -> None:
        annotate(upload.source, "xlsx", said, RESULTS, upload.folder / "annotated.xlsx")

    def take() -> None:
        found = uploads.enter(session, upload, by=by, only_good=False)
        assert len(found) == REPORTS
        session.rollback()

    what = f"a workbook of {count:,} results"
    floor = "calamine's bare read and a bare insert of the same rows"
    yield Row(f"{what}: dry run with judgement", floor, database, *in_turn(look, both, rounds=3), 2)
    yield Row(f"{what}: the annotated file", "calamine's bare read", database, *in_turn(give_back, read, rounds=3), 10)
    yield Row(f"{what}: taking it", "a bare insert of the same rows", database, *in_turn(take, insert, rounds=3), 2)


def taken_once(session: Session, upload: Upload, by: Actor) -> dict[str, list[dict[str, Any]]]:
    """The rows that taking it adds, by table; nothing of them stays."""
    uploads.enter(session, upload, by=by, only_good=False)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, own in (("report", "laboratory_id"), ("test_result", ""), ("event", "")):
        table = tables.metadata.tables[name]
        asked = sa.select(table)
        if own:
            asked = asked.where(table.c[own] == by.organisation_id)
        elif name == "event":
            asked = asked.where(table.c.actor == by.signature)
        found[name] = [dict(row) for row in session.connection().execute(asked).mappings()]
    session.rollback()
    return found


def lay(sessions: sessionmaker[Session], book: Path) -> Laid:
    campaign_id, _coordinator, _reviewer = prepared(sessions)
    with sessions.begin() as session:
        agency_id = session.get_one(Campaign, campaign_id).agency_id
        laboratory = add_organisation(session, kind=OrganisationKind.LABORATORY, code="L100K", name="检验院", by=SYSTEM)
        platform = add_organisation(session, kind=OrganisationKind.PLATFORM, code="P100K", name="商城", by=SYSTEM)
        member = invite_person(session, email="a@l100k.example", organisation=laboratory, role=Role.ANALYST, by=SYSTEM)
        agency = session.get_one(Organisation, agency_id)
        buyer = invite_person(session, email="b@l100k.example", organisation=agency, role=Role.BUYER, by=SYSTEM)
        session.flush()
        analyst, laboratory_id, platform_id, buyer_id = member.id, laboratory.id, platform.id, buyer.person_id
    numbers = blind_numbers()
    now = clock.now()
    drawn, tasks, samples, portions = [], [], [], []
    for place, blind in enumerate(numbers):
        key = FIRST + place
        case = {"id": key, "version": 1, "digest": "0" * 64, "agency_id": agency_id, "number": f"B-{key}"}
        drawn.append({
            "id": key, "campaign_id": campaign_id, "stratum": "商城", "role": "main", "rank": key,
            "listing_id": f"B{key}", "draw_digest": "0" * 64, "platform_id": platform_id,
            "listing": {"title": "样品", "shop_name": "店"},
        })  # fmt: skip
        tasks.append(case | {"campaign_id": campaign_id, "drawn_id": key, "status": "cancelled", "buyer_id": buyer_id})
        samples.append(case | {
            "status": "at_lab", "task_id": key, "buyer_id": buyer_id, "laboratory_id": laboratory_id,
            "product_name": "样品", "spec": "", "brand": "", "batch": "", "producer_name": "", "producer_address": "",
            "remark": "", "sealed_at": now,
        })  # fmt: skip
        portions.append({
            "id": key, "version": 1, "status": "at_lab", "sample_id": key, "kind": "test", "blind_no": blind,
            "seal_no": f"S-{key}", "quantity": "1", "laboratory_id": laboratory_id,
        })  # fmt: skip
    items = [
        {"campaign_id": campaign_id, "product": "样品", "item": item, "limit": limit} for item, limit, *_r in ITEMS
    ]
    with db.engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql(
            "PRAGMA foreign_keys=OFF" if is_sqlite else "SET LOCAL session_replication_role = replica"
        )
        filled = {"drawn": drawn, "task": tasks, "sample": samples, "portion": portions, "campaign_item": items}
        for name, rows_ in filled.items():
            connection.execute(sa.insert(tables.metadata.tables[name]), rows_)
    db.engine.dispose()
    write(book, numbers)
    return Laid(analyst, book)


def blind_numbers() -> list[str]:
    drawn = random.Random(6)
    return sorted({with_check("".join(drawn.choices(ALPHABET, k=RANDOM))) for _ in range(REPORTS + 9)})[:REPORTS]


def write(book: Path, numbers: list[str]) -> None:
    """As a laboratory's own system writes it: every cell text, every value another."""
    with xlsxwriter.Workbook(book, {"constant_memory": True, "strings_to_formulas": False}) as made:
        sheet, line = made.add_worksheet(RESULTS.sheet), 0
        for place, column in enumerate(RESULTS.names):
            sheet.write_string(0, place, RESULTS.heading(column))
        for report, blind in enumerate(numbers):
            for item, _limit, unit, near in ITEMS:
                line += 1
                value = f"{Decimal(near) * (Decimal(line) / (REPORTS * len(ITEMS)) / 2 + Decimal('0.75')):.6f}"
                cells = [blind, f"WT-{report}", item, value, unit, "", "", "", "GB 5009", "a@l100k.example"]
                for place, text in enumerate(cells):
                    if text:
                        sheet.write_string(line, place, text)
