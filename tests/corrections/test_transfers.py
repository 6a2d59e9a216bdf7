"""A finding, and a correction of it, go to the authority of the party's region; they are there once its receipt is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import sessionmaker

from quality.clocks.days import day_of
from quality.clocks.queries import clocks_of
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.workflow import record
from quality.corrections.jobs import end_what_was_overturned
from quality.corrections.models import CorrectionStatus, TransferStatus
from quality.corrections.operations import enter_receipt, propose_transfer, send_transfer, withdraw_transfer
from quality.corrections.queries import live_transfer, one_transfer, region_of, transfers_of
from quality.documents.models import DocumentKind
from quality.documents.queries import documents_of
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.objections.models import Decision, Party
from quality.objections.operations import decide
from quality.people.actor import SYSTEM
from tests.harness.corrections import WHOLE, ordered_correction, proposed_transfer, sent_transfer
from tests.harness.databases import on_sqlite
from tests.harness.lab import GOOD
from tests.harness.objections import nonconforming, reinspected_objection
from tests.harness.purchases import picture
from tests.harness.refusals import assert_invalid, assert_refused

S = TransferStatus


def receipt(session, cast):
    return picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256


def test_a_transfer_is_sent_by_another_and_waits_for_its_receipt(session, cast, clock):
    transfer = proposed_transfer(session, cast)
    assert transfer.number.startswith("Y-YZ-2026-")
    assert_refused(session, "role_may_not", send_transfer, transfer, by=cast.coordinator)
    send_transfer(session, transfer, by=cast.reviewer)
    assert [each.rule for each in clocks_of(session, transfer) if not each.stopped_at] == ["transfer_receipt"]
    kinds = {each.kind for each in documents_of(session, [("transfer", transfer.id)])}
    assert kinds == {DocumentKind.TRANSFER_COVER}
    clock.advance(days=3)
    enter_receipt(session, transfer, "南市监收〔2026〕12号", day_of(clock.now()), receipt(session, cast), by=cast.coordinator)  # fmt: skip  # noqa: E501
    assert (transfer.status, transfer.receipt_no) == (S.RECEIPTED, "南市监收〔2026〕12号")
    assert [each.kind for each in exhibits_of(session, transfer)] == [EvidenceKind.RECEIPT]
    assert not [each for each in clocks_of(session, transfer) if not each.stopped_at]
    session.commit()


def test_a_correction_goes_on_where_it_was_handed_to(session, cast, clock):
    correction = ordered_correction(session, cast)
    transfer = sent_transfer(session, cast, correction.finding)
    assert transfer.correction == correction
    clock.advance(days=2)
    enter_receipt(session, transfer, "12", day_of(clock.now()), receipt(session, cast), by=cast.coordinator)
    assert correction.status == CorrectionStatus.TRANSFERRED
    assert {each.outcome for each in clocks_of(session, correction)} == {"handed_over"}
    session.commit()


@on_sqlite
def test_a_receipt_has_number_day_and_picture(session, cast, clock):
    transfer = sent_transfer(session, cast)
    by, today = cast.coordinator, day_of(clock.now())
    seen = receipt(session, cast)
    wrong = {("receipt_no", "missing"), ("receipt", "missing")}
    assert_invalid(session, wrong, enter_receipt, transfer, " ", today, "", by=by)
    early, late = today - timedelta(days=1), today + timedelta(days=1)
    assert_invalid(session, {("received_on", "too_early")}, enter_receipt, transfer, "1", early, seen, by=by)
    assert_invalid(session, {("received_on", "in_the_future")}, enter_receipt, transfer, "1", late, seen, by=by)
    waits = proposed_transfer(session, cast)
    assert_refused(session, "wrong_status", enter_receipt, waits, "1", today, seen, by=by)


@on_sqlite
def test_what_is_asked_of_a_transfer(session, cast):
    finding, by = nonconforming(session, cast), cast.coordinator
    empty = dict.fromkeys(WHOLE, "")
    wrong = {(name, "missing") for name in WHOLE} | {("party", "no_name")}
    assert_invalid(session, wrong, propose_transfer, finding, Party.PLATFORM, by=by, **empty)
    assert_invalid(
        session, {("region", "no_region")}, propose_transfer, finding, Party.PRODUCER, by=by, **WHOLE | {"region": "35"}
    )
    good = session.info["conforming"]
    assert_refused(session, "finding_not_standing", propose_transfer, good, Party.SELLER, by=by, **WHOLE)


@on_sqlite
def test_nothing_is_handed_to_ones_own_region(session, cast):
    record(session, cast.agency, "amend", by=SYSTEM, facts={"region": "350000"})
    finding, by = nonconforming(session, cast), cast.coordinator
    assert_invalid(session, {("region", "own_region")}, propose_transfer, finding, Party.PRODUCER, by=by, **WHOLE)


@on_sqlite
def test_an_order_to_a_party_elsewhere_waits_to_be_handed_over(session, cast):
    record(session, cast.agency, "amend", by=SYSTEM, facts={"region": "330100"})
    correction = ordered_correction(session, cast, region="350200")
    assert correction.to_hand_over
    assert not ordered_correction(session, cast, region="330106").to_hand_over
    transfer = proposed_transfer(session, cast, correction.finding)
    assert not correction.to_hand_over
    withdraw_transfer(session, transfer, "对方退回", by=cast.reviewer)
    assert correction.to_hand_over
    session.commit()


@on_sqlite
def test_one_is_handed_over_once(session, cast, monkeypatch):
    transfer = sent_transfer(session, cast)
    finding, by = transfer.finding, cast.coordinator
    assert live_transfer(session, finding, Party.PRODUCER) == transfer
    assert_refused(session, "handed_over_already", propose_transfer, finding, Party.PRODUCER, by=by, **WHOLE)
    monkeypatch.setattr("quality.corrections.operations.transferring.live_transfer", lambda *_: None)
    assert_refused(session, "handed_over_already", propose_transfer, finding, Party.PRODUCER, by=by, **WHOLE)
    monkeypatch.undo()
    withdraw_transfer(session, transfer, "对方退回", by=cast.reviewer)
    assert (transfer.status, list(transfers_of(session, finding))) == (S.WITHDRAWN, [transfer])
    assert all(each.withdrawn_at for each in documents_of(session, [("transfer", transfer.id)]))
    assert proposed_transfer(session, cast, finding).status == S.PROPOSED


@on_sqlite
def test_it_falls_with_its_finding(session, cast):
    objection = reinspected_objection(session, cast, GOOD[:1])
    transfer = sent_transfer(session, cast, objection.finding)
    decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    session.commit()
    assert end_what_was_overturned(sessionmaker(db.engine)) == 1
    session.expire_all()
    assert transfer.status == S.WITHDRAWN


@on_sqlite
def test_others_do_not_see_it_and_a_region_is_known_as_far_as_the_record_tells(session, cast):
    transfer = proposed_transfer(session, cast)
    assert one_transfer(session, cast.reviewer, transfer.number) == transfer
    with pytest.raises(NotFound):
        one_transfer(session, cast.desk, transfer.number)
    assert region_of(transfer.finding, Party.SELLER) is None
    assert region_of(transfer.finding, Party.PRODUCER) is None
