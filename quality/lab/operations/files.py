"""The signed report as a PDF: kept, and looked into for the numbers by which it is the report on this sample."""

from __future__ import annotations

from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.evidence import media
from quality.evidence.models import EvidenceKind, Holding
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import Vault
from quality.lab.legibility import look_into
from quality.lab.models import Legible, Report, ReportFile
from quality.lab.operations.asking import require
from quality.lab.queries import files_of
from quality.lab.workflow import was_entered_by_someone_else
from quality.people.actor import Actor
from quality.permissions import Can

PDF = "application/pdf"
UNREADABLE: dict[Legible, Text] = {
    Legible.ENCRYPTED: _("This PDF is locked with a password: nobody could read it later. Send it without"),
    Legible.DAMAGED: _("This PDF is damaged or was cut short on its way: print it into a new PDF and send that"),
}


def add_report_file(session: Session, vault: Vault, report: Report, file: BinaryIO, *, by: Actor) -> Holding:
    """Keep the file as evidence of the report, with what was found in it. The same file again changes nothing.

    One that nobody can open is refused. One whose text lacks a number is kept: a signatory looks, and says so.
    """
    file.seek(0)
    if media.recognise(file.read(media.HEAD)) != PDF:
        raise Invalid(FieldProblem("file", "no_pdf", _("Send a PDF")))
    look = look_into(file, report.report_no, report.portion.blind_no)
    if look.legible in UNREADABLE:
        raise Invalid(FieldProblem("file", look.legible.value, UNREADABLE[look.legible]))
    file.seek(0)
    holding = take_in(session, vault, file, kind=EvidenceKind.LAB_REPORT, by=by)
    attach(session, report, holding.sha256, EvidenceKind.LAB_REPORT, by=by)
    same = sa.select(ReportFile).where(ReportFile.report_id == report.id, ReportFile.sha256 == holding.sha256)
    if session.scalars(same).first() is None:
        facts = {"report_id": report.id, "sha256": holding.sha256, "looked_at": clock.now(), **look._asdict()}
        session.add(ReportFile(**facts))
        session.flush()
    return holding


def accept_file(session: Session, report: Report, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """A signatory has looked at what no program found in the newest file: it is the report on this sample."""
    require(by, Can.REPORT_AUTHORISE, report)
    if same := was_entered_by_someone_else(report, by):
        raise Refused.because(same)
    record(session, report, "accept_file", by=by, version=version, note=note)
    newest = next(iter(files_of(session, report)), None)
    if newest is None or newest.shows_both_numbers or newest.accepted_at:
        raise Refused("nothing_to_accept", _("Nothing is missing in the report's newest file"))
    newest.accepted_by_id, newest.accepted_at = by.id, clock.now()
    session.flush()
