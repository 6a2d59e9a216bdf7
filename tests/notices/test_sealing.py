"""The job that issues: the document is made with no transaction open, sealed once, and kept as it was sent."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.core.db import canonical
from quality.documents import render
from quality.documents.codes import read_code
from quality.documents.jobs import WAITS, claim, make_one
from quality.documents.models import DocumentKind
from quality.documents.press import Press
from quality.documents.queries import documents_of, latest_of, open_document
from quality.documents.readers import Reader
from quality.evidence import vault
from quality.evidence.vault import vault_from
from quality.notices import jobs
from quality.notices.jobs import write_out
from quality.notices.models import Notice, NoticeStatus
from quality.notices.queries import one_sealed
from tests.harness.databases import on_sqlite
from tests.harness.notices import TEXTS, notice_at, run, sealing
from tests.harness.purchases import PURCHASE
from tests.harness.quickly import quick_pdf

ISSUING, ISSUED = NoticeStatus.ISSUING, NoticeStatus.ISSUED


@on_sqlite
def test_the_sealed_document_says_all_that_an_order_must_say(session, concluded):
    notice = notice_at(session, concluded.cast, ISSUED, *concluded.bad)

    document = json.loads(notice.sealed)
    assert document["number"] == "N-YZ-2026-0001"
    assert document["agency"] == {"code": "YZ", "name": "云州市市场监督管理局", "region": None}
    assert document["platform"]["code"] in ("TL", "QH")
    for field in ("legal_basis", "reasons", "answer_to", "how_to_object"):
        assert document[field] == TEXTS[field]
    assert document["measures"] == ["delist", "sweep", "stop_sale", "retain_records", "report_sales"]
    assert [line["listing"]["listing_id"] for line in document["items"]] == [i.listing_id for i in notice.items]
    assert document["items"][0]["kind"] == "tested"
    assert [(d["rule"], d["length"], d["unit"], d["starts_at"]) for d in document["deadlines"]] == [
        ("acknowledge", "1", "working_day", "proven_delivery"),
        ("remove_by_order", "2", "working_day", "proven_delivery"),
    ]
    code = document["verification"]["code"]
    assert read_code(code) == code == notice.verification_code
    assert document["verification"]["address"] == f"/verify/{code}"


@on_sqlite
def test_the_seal_is_the_hash_of_what_was_sent(session, concluded):
    notice = notice_at(session, concluded.cast, ISSUED, concluded.bad[0])

    assert hashlib.sha256(notice.sealed.encode()).hexdigest() == notice.sealed_sha256
    assert notice.issued_at == clock.now()
    assert one_sealed(session, notice.verification_code) is notice
    assert one_sealed(session, "2222-2222-2222") is None


@on_sqlite
def test_nothing_of_the_buyer_is_sealed(session, concluded):
    task = concluded.bad[0].sample.task
    secrets = {PURCHASE["account"], str(PURCHASE["paid_fen"]), task.buyer.name, task.number}
    secrets |= {portion.blind_no for portion in concluded.bad[0].sample.portions}

    sealed = notice_at(session, concluded.cast, ISSUED, concluded.bad[0]).sealed

    assert not [secret for secret in secrets if secret in sealed]


@pytest.fixture
def issuing(session, concluded):
    notice = notice_at(session, concluded.cast, ISSUING, concluded.bad[0])
    session.commit()
    return notice


def test_a_notice_is_issued_only_with_its_document_sealed(session, issuing, app):
    assert run(session, sealing) == 1

    document = latest_of(session, issuing, DocumentKind.DISPOSAL_NOTICE)
    assert (document.code, document.number) == (issuing.verification_code, issuing.number)
    assert canonical(document.says) == issuing.sealed
    with open_document(vault_from(app.config["SETTINGS"].evidence_url), document, Reader.PLATFORM) as kept:
        pdf = kept.read()
    assert hashlib.sha256(pdf).hexdigest() == document.sha256
    assert len(pdf) == document.bytes
    assert run(session, sealing) == 0


def test_a_notice_is_issued_by_the_run_that_finds_it_though_time_goes_on_meanwhile(session, issuing, monkeypatch):
    began = clock.now()
    ticks = iter(began + timedelta(milliseconds=each) for each in range(1, 10_000))
    monkeypatch.setattr(clock, "now", lambda: next(ticks))

    assert sealing(sessionmaker(session.get_bind()), began) == 1


def test_no_transaction_is_open_while_a_document_is_printed(session, issuing, monkeypatch):
    open_meanwhile = []

    def look(html):
        open_meanwhile.append(session.get_bind().pool.checkedout())
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", look)
    assert run(session, sealing) == 1
    assert open_meanwhile == [0]


@pytest.mark.parametrize("step", ["print", "keep", "issue"])
def test_who_is_killed_between_two_steps_loses_nothing_and_makes_nothing_twice(session, issuing, step, concluded):
    killed = {
        "print": (render, "pdf_of"),
        "keep": (vault.FolderVault, "put"),
        "issue": (jobs, "issue"),
    }

    def kill(*_any):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(*killed[step], kill)
        run(session, sealing)
    session.expire_all()
    assert (issuing.status, issuing.verification_code) == (ISSUING, None)
    before = [(d.code, d.language) for d in documents_of(session, [("notice", issuing.id)])]
    concluded.cast.clock.advance(minutes=2)  # as long as it was theirs to print

    assert run(session, sealing) == 1

    assert issuing.status == ISSUED
    assert [(d.code, d.language) for d in documents_of(session, [("notice", issuing.id)])] == before
    assert issuing.verification_code == before[0][0]


@on_sqlite
def test_a_notice_that_cannot_be_printed_stops_no_other(session, concluded, monkeypatch):
    first, second = (notice_at(session, concluded.cast, ISSUING, finding) for finding in concluded.bad)

    def jams(html):
        if first.number in html:
            raise OSError("paper jam")
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", jams)
    with pytest.raises(OSError, match="paper jam"):
        run(session, sealing)
    session.expire_all()
    assert (first.status, second.status) == (ISSUING, ISSUED)


@on_sqlite
def test_notices_that_wait_after_a_failure_fill_no_run(session, concluded, monkeypatch):
    """Of an agency whose key has expired, say: as many as one run takes, and all the others are issued behind them."""
    first, second = (notice_at(session, concluded.cast, ISSUING, finding) for finding in concluded.bad)

    def jams(html):
        if first.number in html:
            raise OSError("paper jam")
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", jams)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    with pytest.raises(OSError, match="paper jam"):
        run(session, sealing)
    assert run(session, sealing) == 1
    assert (first.status, second.status) == (ISSUING, ISSUED)


def test_what_another_prints_is_left_to_them(session, issuing, concluded):
    sessions, now = sessionmaker(session.get_bind()), clock.now()
    with sessions.begin() as other:
        document = write_out(other, other.get_one(Notice, issuing.id), now)
        assert claim(other, document.id, now)

    assert run(session, sealing) == 0
    assert issuing.status == ISSUING


@on_sqlite
def test_two_that_print_the_same_print_the_same_bytes_and_one_of_them_records_it(session, issuing, app, monkeypatch):
    settings = app.config["SETTINGS"]
    sessions, now, printed = sessionmaker(session.get_bind()), clock.now(), []
    with sessions.begin() as other:
        document = write_out(other, other.get_one(Notice, issuing.id), now).id

    def slow(html):  # so slow that another takes it for dead, and prints it too
        printed.append(html)
        if len(printed) == 1:
            assert make_one(sessions, Press.of(settings), document, now + WAITS[0]) is True
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", slow)
    assert make_one(sessions, Press.of(settings), document, now) is False
    assert printed[0] == printed[1]


@on_sqlite
def test_a_withdrawn_notice_withdraws_its_document(session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.WITHDRAWN, concluded.bad[0])

    assert latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE).withdrawn_at == clock.now()
