"""Open data for everybody: the dumps of each day, the schema of their columns, and their files byte for byte."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text, _
from quality.evidence.vault import vault_from
from quality.opendata.columns import TABLES, schema
from quality.opendata.models import Dump, DumpFile, DumpFormat, DumpKind, DumpTable
from quality.opendata.queries import all_dumps, file_called
from quality.opendata.taking import holding_what_was_taken
from quality.pages.linked import of_open_data
from quality.pages.moments import language_now
from quality.people.access import public as open_to_all
from quality.web import errors, settings
from quality.web.pace import let_in
from quality.web.streams import streamed

open_data = Blueprint("open_data", __name__, url_prefix="/open-data")
A_MINUTE = 120  # files for one address
A_WHILE = "public, max-age=60, immutable"  # the bytes never change; but they may be taken away, and then soon
MEDIA = {
    DumpFormat.CSV: "text/csv; charset=utf-8",
    DumpFormat.CSV_GZ: "application/gzip",
    DumpFormat.JSON_LINES: "application/jsonl",
    DumpFormat.JSON_LINES_GZ: "application/gzip",
    DumpFormat.PARQUET: "application/vnd.apache.parquet",
}
FORMATS = {
    DumpFormat.CSV: "CSV",
    DumpFormat.CSV_GZ: "CSV (gzip)",
    DumpFormat.JSON_LINES: "JSON Lines",
    DumpFormat.JSON_LINES_GZ: "JSON Lines (gzip)",
    DumpFormat.PARQUET: "Parquet",
}
TABLE_NAMES = {
    DumpTable.RESULTS: _("Results"),
    DumpTable.ITEMS: _("Test items with their values"),
    DumpTable.REPLIES: _("Replies of parties"),
}
DESCRIBED: Text = _(
    "Every result in force to download, with its test items and the replies of parties as tables beside it: complete "
    "once a day, and what changed since the day before. The same rows come as CSV, as JSON Lines (both also "
    "compressed) and as Parquet, each with its sha256."
)
SHA256 = re.compile(r"[0-9a-f]{64}")


@open_data.get("/index.json", endpoint="index")
@open_data.get("/")
@open_to_all
def dumps() -> ResponseReturnValue:
    found = all_dumps(db.session())
    held = holding_what_was_taken(db.session(), found)
    if errors.wants_problem():
        return jsonify(as_json(found, held))
    told = settings()
    newest = next((each for each in found if is_complete(each) and each.id not in held), None)
    return render_template(
        "public/open_data.html",
        dumps=found,
        newest=newest,
        held=held,
        by_table=by_table,
        tables=TABLE_NAMES,
        formats=FORMATS,
        columns=TABLES,
        licence=told.open_data_licence,
        licence_url=told.open_data_licence_url,
        days=told.open_data_days,
        a_minute=A_MINUTE,
        described=DESCRIBED,
        linked=of_open_data(newest, DESCRIBED, MEDIA),
        section="open-data",
    )


def is_complete(dump: Dump) -> bool:
    return dump.kind is DumpKind.COMPLETE and dump.ended_at is None


def by_table(dump: Dump) -> dict[DumpTable, list[DumpFile]]:
    return {
        table: its for table in DumpTable if (its := [each for each in dump.files if each.table is table and each.kept])
    }


def as_json(found: Sequence[Dump], held: Collection[int]) -> dict[str, Any]:
    """`held`: ids of those that are about to be taken away, since a result in them was taken back just now."""
    told = settings()
    return {
        "licence": {"name": told.open_data_licence, "url": told.open_data_licence_url},
        "schema": told.public_url + url_for("open_data.columns", lang=None),
        "schemas": {
            each.value: told.public_url + url_for("open_data.columns_of", sheet=each.value, lang=None)
            for each in DumpTable
        },
        "files_per_minute": A_MINUTE,
        "items": [dump_as_json(each, is_held=each.id in held) for each in found],
    }


def dump_as_json(dump: Dump, *, is_held: bool = False) -> dict[str, Any]:
    """One that was taken away says when, and names no file."""
    return {
        "day": dump.day.isoformat(),
        "kind": dump.kind,
        "since": rfc3339(dump.since) if dump.since else None,
        "until": rfc3339(dump.until),
        "made_at": rfc3339(dump.made_at) if dump.made_at else None,
        "rows": dump.rows,
        "taken_away_at": rfc3339(dump.ended_at) if dump.ended_at else None,
        "files": [
            {
                "table": each.table,
                "format": each.format,
                "bytes": each.bytes,
                "sha256": each.sha256,
                "address": settings().public_url + address_of(each),
            }
            for each in dump.files
            if each.kept and not is_held
        ],
    }


def address_of(file: DumpFile) -> str:
    return url_for("open_data.file", fingerprint=file.sha256, form=file.format.value, lang=None)


@open_data.get("/schema.json")
@open_to_all
def columns() -> ResponseReturnValue:
    """Frictionless Table Schema; titles and descriptions in the language of the address, and in both beside."""
    return jsonify(schema(("en", "zh") if language_now() == "en" else ("zh", "en")))


@open_data.get("/schema-<sheet>.json")
@open_to_all
def columns_of(sheet: str) -> ResponseReturnValue:
    if sheet not in set(DumpTable):
        raise NotFound("open-data")
    return jsonify(schema(("en", "zh") if language_now() == "en" else ("zh", "en"), DumpTable(sheet)))


@open_data.get("/files/<string(length=64):fingerprint>.<form>")
@open_to_all
def file(fingerprint: str, form: str) -> ResponseReturnValue:
    """Called by its sha256, so that an address never has other bytes."""
    let_in("open data", A_MINUTE)
    if form not in set(DumpFormat) or not SHA256.fullmatch(fingerprint):
        raise NotFound("open-data")
    dump, found = file_called(db.session(), fingerprint, DumpFormat(form))
    if found.kept is None or dump.ended_at or holding_what_was_taken(db.session(), [dump]):
        return taken_away(dump)
    try:
        opened = vault_from(settings().evidence_url).open(found.kept)
    except FileNotFoundError as lost:
        raise NotFound("open-data") from lost
    answer = streamed(opened, found.bytes, MEDIA[found.format], name_of(dump, found), found.sha256)
    answer.headers["Cache-Control"] = A_WHILE
    return answer


def taken_away(dump: Dump) -> ResponseReturnValue:
    why = _("It held results that were withdrawn since, or whose time in public is over. Take the newest")
    return errors.answer(410, "taken_away", why, day=dump.day.isoformat(), kind=dump.kind)


def name_of(dump: Dump, found: DumpFile) -> str:
    between = "-" if dump.kind is DumpKind.COMPLETE else "-changes-"
    return f"{found.table.value}{between}{dump.day.isoformat()}.{found.format.value}"
