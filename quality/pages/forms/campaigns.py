"""What a campaign asks: its sampling frame as a file, the public number it waits for, and the number that came."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Any, BinaryIO, cast

from sqlalchemy.orm import Session

from quality.campaigns import operations
from quality.campaigns.frame import ImportReport, import_frame
from quality.campaigns.models import Campaign, CampaignStatus
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Files, Form, Line, Moment
from quality.pages.forms.sheet import Sheet
from quality.people.actor import Actor
from quality.permissions import Can
from quality.web import settings

TABLES = {".csv", ".xlsx", ".parquet"}
SHOWN_ROWS = 20
WRONG_ROWS: dict[str, Text] = {
    "none": _("Take in nothing as long as any row is wrong"),
    "rest": _("Take in the right rows, and leave the wrong ones out"),
}


class Frame(Form):
    file = Files(_("Sampling frame"), _("CSV, XLSX or Parquet, one listing a row, with a heading"))
    wrong_rows = Choice(_("Where rows are wrong"))


def framing(_session: Session, _campaign: Campaign, _me: Actor) -> Frame:
    form = Frame(data={"wrong_rows": "none"})
    form.wrong_rows.offer(WRONG_ROWS)
    return form


def set_frame(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    """What is wrong is named row by row; nothing is taken in before somebody said what becomes of the wrong rows."""
    if len(form.file.data) > 1:
        raise Invalid(FieldProblem("file", "one_file", _("Choose one file")))
    [sent] = form.file.data
    with tempfile.TemporaryDirectory(prefix="frame-") as scratch:
        imported = read(cast(BinaryIO, sent.stream), PurePath(sent.filename).suffix.lower(), Path(scratch))
    if imported.refused and form.wrong_rows.data == "none":
        count = _(
            "%(wrong)s of %(rows)s rows are wrong; nothing was taken in", wrong=imported.refused, rows=imported.rows
        )
        first = (row.as_problem() for row in imported.problems[:SHOWN_ROWS])
        loose = (FieldProblem("frame", p.code, _("%(row)s: %(text)s", row=p.field, text=p.text)) for p in first)
        raise Invalid(FieldProblem("file", "wrong_rows", count), *loose)
    operations.set_frame(session, campaign, imported, by=me, frames=settings().frames_folder, version=version)


def read(sent: BinaryIO, suffix: str, scratch: Path) -> ImportReport:
    if suffix not in TABLES:
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as CSV, XLSX or Parquet")))
    path = scratch / f"frame{suffix}"
    with path.open("wb") as kept:
        shutil.copyfileobj(sent, kept)
    try:
        return import_frame(path, settings().frames_folder)
    except Invalid as wrong:  # no good row at all: of the file, whatever rows it names
        told = [FieldProblem("file", p.code, _("%(row)s: %(text)s", row=p.field, text=p.text)) for p in wrong.problems]
        raise Invalid(*told[:SHOWN_ROWS]) from wrong


class Freezing(Form):
    public_event = Line(_("Public number"), _("Which number, and who publishes it"))
    public_event_at = Moment(_("Drawn at"), _("Beijing time, still to come"))


def freeze(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    operations.freeze(session, campaign, by=me, frames=settings().frames_folder, version=version, **form.data)


class Drawing(Form):
    public_number = Line(_("The public number"), _("Copied exactly as it was published"))
    source = Line(_("Where it was published"), _("So that anybody can look it up"))


def draw(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    operations.draw(session, campaign, by=me, frames=settings().frames_folder, version=version, **form.data)


CAMPAIGN_SHEETS = {
    "frame": Sheet(
        framing,
        set_frame,
        _("The rows are checked first; the frame is frozen with a hash of its own."),
        label=_("Import the sampling frame"),
        by=Can.CAMPAIGN_PLAN,
        is_due=lambda campaign: campaign.status == CampaignStatus.DRAFT,
    ),
    "freeze": Sheet(
        lambda _session, _campaign, _me: Freezing(),
        freeze,
        _("From now on neither plan nor frame can change; the draw follows from a number that nobody knows yet."),
        answers=frozenset({"number_exists"}),
    ),
    "draw": Sheet(
        lambda _session, _campaign, _me: Drawing(),
        draw,
        _("The draw happens once. Anybody can repeat it with the published salt, number and frame."),
    ),
}
