"""A database with so many published results, and the same results as one plain table for floors and peers."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality.campaigns.models import Campaign
from quality.core.clock import BEIJING, rfc3339
from quality.core.db import canonical, db
from quality.people.actor import SYSTEM
from quality.people.models import Membership, OrganisationKind
from quality.people.operations import add_organisation
from quality.publication.facets import facets_of
from quality.publication.facets import rows_of as facet_rows
from quality.publication.lines import IN_A_LINE, line_of
from quality.publication.models import Result, Tally
from quality.publication.search import pairs_of, text_of
from quality.publication.spelling import SPELLING
from tests.benchmarks.moves import prepared
from tests.benchmarks.pages import Columns, numbered

FIRST, YEARS = datetime(2022, 1, 1, tzinfo=UTC), range(2022, 2026)
NAMES = [f"{colour}磁力棒玩具" for colour in "赤橙黄绿青蓝紫"]
PLATFORMS = ("TL", "HH")
NAMED = [column.replace(".", "_") for column in IN_A_LINE]
ITEM = {
    "item": "磁通量指数", "value": "0.51", "unit": "T²mm²", "uncertainty": "0.02", "lod": "0.01", "loq": "0.03",
    "method": "GB 6675.2-2014", "limit": "≤0.50", "rule": "simple", "verdict": "fail", "laboratory": "云州市质检院",
    "outside_accreditation": False,
}  # fmt: skip


def copy_with(number: str, product: str, platform: str) -> dict[str, Any]:
    """A public copy with eight items, of which one failed."""
    listing = {
        "listing_id": "TL-1", "kind": "tested", "status": "verified",
        "platform_says": {"outcome": "removed", "acted_at": "2026-09-01T00:00:00Z", "said_at": "2026-09-02T00:00:00Z"},
        "we_have_seen": {"gone": True, "seen_at": "2026-09-03T00:00:00Z"},
    }  # fmt: skip
    return {
        "format": "1", "number": number, "edition": "1", "changed": "", "verdict": "nonconforming",
        "agency": {"code": "YZ", "name": "云州市市场监督管理局"},
        "campaign": {
            "number": "C-YZ-2026-0001", "title": "2026年儿童玩具监督抽检", "kind": "probability",
            "category": "儿童玩具",
        },
        "platform": {"code": platform, "name": "棠梨商城"},
        "seller": {"shop": "小满童品旗舰店", "uscc": "91330100MA2CF00000", "region": "云州市"},
        "listing_id": "TL-1",
        "product": {"name": product, "spec": "100 件", "brand": "小满", "batch": "20260801"},
        "producer": {"name": "云州市童乐玩具厂", "address": "云州市工业路 1 号"}, "laboratory": "云州市质检院",
        "items": [ITEM, *[ITEM | {"item": f"可迁移元素 {n}", "verdict": "pass"} for n in range(7)]],
        "first_results": [], "producer_denies": False, "remark": "", "withheld": [],
        "takedown": {"state": "verified", "listings": [listing]},
    }  # fmt: skip


def filled(app: Flask, many: int) -> None:
    """Of two platforms and seven products, a minute apart, all of one campaign.

    What is written beside a copy comes from the functions that publishing asks, once for each kind of result.
    """
    with app.app_context():
        with sessionmaker(db.engine).begin() as session:
            campaign_id, coordinator_id, _reviewer = prepared(sessionmaker(db.engine))
            agency_id = session.get_one(Campaign, campaign_id).agency_id
            person_id = session.get_one(Membership, coordinator_id).person_id
            for code in PLATFORMS:
                add_organisation(session, kind=OrganisationKind.PLATFORM, code=code, name=f"商城 {code}", by=SYSTEM)
        with db.engine.begin() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            connection.exec_driver_sql(
                "PRAGMA foreign_keys=OFF" if is_sqlite else "SET LOCAL session_replication_role = replica"
            )
            for table, columns in rows_of(agency_id, person_id):
                connection.execute(numbered(table, many, columns))
            connection.execute(sa.insert(Tally), tallies(many))
            connection.execute(sa.text("UPDATE epoch SET n = 1"))
        db.engine.dispose()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))


def moment(i: Any) -> Any:
    if db.engine.dialect.name == "postgresql":
        return sa.cast(f"{FIRST:%Y-%m-%d %H:%M}+00", sa.DateTime(timezone=True)) + i * sa.text("interval '1 minute'")
    return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", f"{FIRST:%Y-%m-%d}", sa.cast(i, sa.String) + " minutes")


def moment_written(i: Any) -> Any:
    """As a line of the table has it."""
    if db.engine.dialect.name == "postgresql":
        return sa.func.to_char(sa.func.timezone("UTC", moment(i)), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"', type_=sa.Text)
    return sa.func.strftime(
        "%Y-%m-%dT%H:%M:%S.000000Z", f"{FIRST:%Y-%m-%d}", sa.cast(i, sa.String) + " minutes", type_=sa.Text
    )


def ends(year: int) -> int:
    """The first number of the next year, in Beijing."""
    return int((datetime(year + 1, 1, 1, tzinfo=BEIJING) - FIRST).total_seconds()) // 60


def year(i: Any) -> Any:
    return sa.case(*((i < ends(year), str(year)) for year in YEARS[:-1]), else_=str(YEARS[-1]))


def tallies(many: int) -> list[dict[str, Any]]:
    """As publishing one after the other would have added them up."""
    counted: Counter[tuple[str, ...]] = Counter()
    first = 1
    for year in YEARS:
        behind = min(many + 1, ends(year))
        for left, code in enumerate(PLATFORMS):
            here = facets_of(copy_with("", NAMES[0], code), datetime(year, 6, 1, tzinfo=UTC))
            of_it = sum(number % len(PLATFORMS) == left for number in range(first, behind))
            counted.update({row: of_it for row in facet_rows(here) if of_it})
        first = behind
    return [dict(zip(("of", "value", "by", "under", "many"), (*row, n), strict=True)) for row, n in counted.items()]


def rows_of(agency_id: int, person_id: int) -> Iterator[tuple[str, Columns]]:
    example = copy_with("«number»", "«product»", "«platform»")
    facets, line = facets_of(example, FIRST), line_of(Result(copy=example, published_at=FIRST))

    def number(i: Any) -> Any:
        return sa.literal("R-B-") + sa.cast(i, sa.String)

    def product(i: Any) -> Any:
        return sa.case(*((i % len(NAMES) == at, name) for at, name in enumerate(NAMES[:-1])), else_=NAMES[-1])

    def platform(i: Any) -> Any:
        return sa.case((i % 2 == 0, PLATFORMS[0]), else_=PLATFORMS[1])

    def filled_in(i: Any, text: str, named: Any) -> Any:
        found: Any = sa.literal(text, sa.Text)
        for sign, value in {"«number»": named, "«product»": product(i), "«platform»": platform(i)}.items():
            found = sa.func.replace(found, sign, value, type_=sa.Text)
        return found

    yield "result", lambda i: {
        "id": i, "version": 1, "digest": "0" * 64, "number": number(i), "edition": 1, "status": "published",
        "agency_id": agency_id, "finding_id": i, "copy": filled_in(i, canonical(example), number(i)),
        "copy_sha256": sa.cast(i, sa.String),
        "proposed_by_id": person_id, "published_at": moment(i), "public_since": moment(i), "reason": "",
    }  # fmt: skip
    yield "result_entry", lambda i: {
        "result_id": i, "published_at": moment(i), **facets._asdict(), "platform": platform(i), "year": year(i),
        "text": filled_in(i, text_of(example), sa.literal("r-b-") + sa.cast(i, sa.String)), "sounds": "",
        "letters": "", "spelling": SPELLING,
    }  # fmt: skip
    for key in sorted(set.intersection(*map(pairs_of, NAMES))):  # four of some fifty: those of its name
        yield "result_pair", lambda i, key=key: {"pair": key, "published_at": moment(i), "result_id": i}  # type: ignore[misc]
    before, after = line.split(rfc3339(FIRST))
    yield (
        "result_line",
        lambda i: {
            "result_id": i,
            "line": filled_in(i, before, number(i)) + moment_written(i) + filled_in(i, after, number(i)),
            "label_only": sa.false(),
        },
    )


def flat(app: Flask, path: Path) -> None:
    """The same results as a plain table in a file of SQLite, with an index for each question that is asked."""
    columns = ", ".join(f'"{name}" TEXT' for name in NAMED)
    with sqlite3.connect(path) as there, app.app_context(), db.engine.connect() as ours:
        there.execute(f"CREATE TABLE flat (id INTEGER PRIMARY KEY, {columns})")
        lines = ours.execution_options(yield_per=1_000).exec_driver_sql(
            "SELECT line FROM result_line ORDER BY result_id"
        )
        places = ", ".join("?" * len(NAMED))
        for some in lines.scalars().partitions():
            read = csv.reader(some)
            there.executemany(f"INSERT INTO flat ({', '.join(NAMED)}) VALUES ({places})", read)
        for name in ("published_at", "platform_code"):
            there.execute(f"CREATE INDEX flat_{name} ON flat ({name}, id)")
        there.execute("ANALYZE")
    there.close()
