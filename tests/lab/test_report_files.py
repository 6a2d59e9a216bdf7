"""A report's PDF bears the numbers by which it is the report on this sample, or a signatory has looked at it."""

from __future__ import annotations

import io
import time

import pytest

from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.evidence.vault import vault_from
from quality.lab import legibility
from quality.lab.legibility import look_into
from quality.lab.models import Legible, ReportStatus
from quality.lab.operations import accept_file, add_report_file, authorise
from quality.lab.queries import files_of
from tests.harness.databases import on_sqlite
from tests.harness.lab import enter, portion_to_test, sample_at_lab
from tests.harness.papers_of_labs import report_pdf
from tests.harness.purchases import settings
from tests.harness.refusals import assert_invalid, assert_refused

NO, BLIND = "WT-2026-00017", "MY-7K3X-92AM"


@pytest.mark.parametrize(
    ("pdf", "found"),
    [
        (report_pdf(f"Report {NO}", f"Sample {BLIND}"), (Legible.READ, True, True)),
        (report_pdf("Report WT-2026-", "00017 of sample MY7K3X92AM"), (Legible.READ, True, True)),
        (report_pdf(f"Report {NO}8", f"Sample X{BLIND}"), (Legible.READ, False, False)),
        (report_pdf(f"Report {NO}-2", f"Sample {BLIND}"), (Legible.READ, False, True)),
        (report_pdf(), (Legible.NO_TEXT, False, False)),
        (report_pdf("something else entirely", pages=400), (Legible.TOO_MUCH, False, False)),
        (report_pdf(NO, locked=True), (Legible.ENCRYPTED, False, False)),
        (b"%PDF-1.7 and nothing more", (Legible.DAMAGED, False, False)),
    ],
    ids=["both", "broken lines", "parts of longer numbers", "another report", "scan", "too long", "locked", "damaged"],
)
def test_a_look_says_which_number_stands_in_the_text(pdf, found):
    look = look_into(io.BytesIO(pdf), NO, BLIND)

    assert (look.legible, look.has_report_no, look.has_blind_no) == found


def test_a_look_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(legibility, "MOST_SECONDS", 0.01)
    began = time.monotonic()

    assert look_into(io.BytesIO(report_pdf(NO, BLIND)), NO, BLIND).legible == Legible.TOO_MUCH
    assert time.monotonic() - began < 5


@on_sqlite
def test_the_signatory_confirms_what_is_not_found_before_the_report_is_authorised(session, cast):
    portion = portion_to_test(sample_at_lab(session, cast))
    report = enter(session, portion, cast)
    vault = vault_from(settings().evidence_url)

    def send(session, *lines, **more):
        return add_report_file(session, vault, report, io.BytesIO(report_pdf(*lines, **more)), by=cast.analyst)

    assert_invalid(session, {("file", "encrypted")}, send, locked=True)
    send(session, report.report_no, "a sample of another name")
    send(session, report.report_no, "a sample of another name")
    [found] = files_of(session, report)
    assert (found.has_report_no, found.has_blind_no) == (True, False)
    [exhibit] = exhibits_of(session, report)
    assert (exhibit.kind, exhibit.holding.sha256) == (EvidenceKind.LAB_REPORT, found.sha256)

    no = assert_refused(session, "numbers_missing", authorise, report, by=cast.signatory)
    assert "盲样编号" in str(no.reason) or "blind number" in str(no.reason)
    assert_refused(session, "role_may_not", accept_file, report, by=cast.analyst)
    accept_file(session, report, by=cast.signatory, note="编号在扫描页上")
    assert_refused(session, "nothing_to_accept", accept_file, report, by=cast.signatory)
    send(session)
    assert_refused(session, "numbers_missing", authorise, report, by=cast.signatory)
    send(session, report.report_no, portion.blind_no)
    authorise(session, report, by=cast.signatory)

    assert report.status == ReportStatus.AUTHORISED
    assert [file.legible for file in files_of(session, report)] == [Legible.READ, Legible.NO_TEXT, Legible.READ]
    session.commit()
