"""Open data for everybody: the dumps of each day, the schema of their columns, and their files byte for byte."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text, _
from quality.evidence.vault import vault_from
from quality.opendata.columns import ALL, schema
from quality.opendata.models import Dump, DumpFile, DumpFormat, DumpKind
from quality.opendata.queries import all_dumps, file_called
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
    DumpFormat.JSON_LINES: "application/jsonl",
    DumpFormat.PARQUET: "application/vnd.apache.parquet",
}
FORMATS = {DumpFormat.CSV: "CSV", DumpFormat.JSON_LINES: "JSON Lines", DumpFormat.PARQUET: "Parquet"}
DESCRIBED: Text = _(
    "Every result in force, as one table to download: complete once a day, and what changed since the day before. "
    "The same rows come as CSV, as JSON Lines and as Parquet, each with its sha256."
)
SHA256 = re.compile(r"[0-9a-f]{64}")


@open_data.get("/index.json", endpoint="index")
@open_data.get("/")
@open_to_all
def dumps() -> ResponseReturnValue:
    found = all_dumps(db.session())
    if errors.wants_problem():
        return jsonify(as_json(found))
    told = settings()
    newest = next((each for each in found if each.kind is DumpKind.COMPLETE and each.ended_at is None), None)
    return render_template(
        "public/open_data.html",
        dumps=found,
        newest=newest,
        formats=FORMATS,
        columns=ALL,
        licence=told.open_data_licence,
        licence_url=told.open_data_licence_url,
        days=told.open_data_days,
        a_minute=A_MINUTE,
        described=DESCRIBED,
        linked=of_open_data(newest, DESCRIBED, MEDIA),
        section="open-data",
    )


def as_json(found: Sequence[Dump]) -> dict[str, Any]:
    told = settings()
    return {
        "licence": {"name": told.open_data_licence, "url": told.open_data_licence_url},
        "schema": told.public_url + url_for("open_data.columns", lang=None),
        "files_per_minute": A_MINUTE,
        "items": [dump_as_json(each) for each in found],
    }


def dump_as_json(dump: Dump) -> dict[str, Any]:
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
                "format": each.format,
                "bytes": each.bytes,
                "sha256": each.sha256,
                "address": settings().public_url + address_of(each),
            }
            for each in dump.files
            if each.kept
        ],
    }


def address_of(file: DumpFile) -> str:
    return url_for("open_data.file", fingerprint=file.sha256, form=file.format.value, lang=None)


@open_data.get("/schema.json")
@open_to_all
def columns() -> ResponseReturnValue:
    """Frictionless Table Schema; titles and descriptions in the language of the address, and in both beside."""
    return jsonify(schema(("en", "zh") if language_now() == "en" else ("zh", "en")))


@open_data.get("/files/<fingerprint>.<form>")
@open_to_all
def file(fingerprint: str, form: str) -> ResponseReturnValue:
    """Called by its sha256, so that an address never has other bytes."""
    let_in("open data", A_MINUTE)
    if form not in set(DumpFormat) or not SHA256.fullmatch(fingerprint):
        raise NotFound("open-data")
    dump, found = file_called(db.session(), fingerprint, DumpFormat(form))
    if found.kept is None:
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
    return f"results{between}{dump.day.isoformat()}.{found.format.value}"
