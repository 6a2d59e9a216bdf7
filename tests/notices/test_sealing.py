"""The job that issues: the document is made with no transaction open, sealed once, and kept as it was sent."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.core.workflow import record
from quality.notices import jobs
from quality.notices.jobs import claim, seal, seal_issuing_notices, sealed_copy
from quality.notices.models import Notice, NoticeStatus
from quality.notices.queries import one_sealed
from quality.notices.verification import read_code
from quality.people.actor import SYSTEM
from tests.harness.databases import on_sqlite
from tests.harness.notices import TEXTS, notice_at, run
from tests.harness.purchases import PURCHASE

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


def test_two_jobs_at_once_seal_once(session, concluded):
    notice = notice_at(session, concluded.cast, ISSUING, concluded.bad[0])
    session.commit()
    sessions, version = sessionmaker(session.get_bind()), notice.version
    document = {"document": "made twice"}

    outcomes = [
        claim(sessions, notice.id, version, sealed_copy(document, f"{place}-2222-2222", clock.now()))
        for place in ("2222", "3333")
    ]

    session.expire_all()
    assert outcomes == [True, False]
    assert notice.verification_code == "2222-2222-2222"
    assert run(session, seal_issuing_notices) == 0


@on_sqlite
def test_a_crash_before_the_claim_leaves_the_notice_to_the_next_run(session, concluded, monkeypatch):
    notice = notice_at(session, concluded.cast, ISSUING, concluded.bad[0])
    monkeypatch.setattr(jobs, "claim", lambda *_claim: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(session, seal_issuing_notices)
    assert notice.status == ISSUING
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", concluded.cast.clock.now)

    assert run(session, seal_issuing_notices) == 1
    assert notice.status == ISSUED


@on_sqlite
def test_a_notice_that_changed_while_its_document_was_made_waits_for_the_next_run(session, concluded, monkeypatch):
    notice = notice_at(session, concluded.cast, ISSUING, concluded.bad[0])
    session.commit()
    sessions = sessionmaker(session.get_bind())

    def meanwhile(*made):
        with sessions.begin() as other:
            record(other, other.get_one(Notice, notice.id), "touch", by=SYSTEM)
        return sealed_copy(*made)

    monkeypatch.setattr(jobs, "sealed_copy", meanwhile)

    assert seal(sessions, notice.id, clock.now()) is False
    session.expire_all()
    assert notice.status == ISSUING
