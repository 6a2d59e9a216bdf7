"""A portion arrives: its seal is read, and it is taken in or turned away in writing."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from quality.clocks.queries import clocks_of
from quality.core import clock as real_clock
from quality.core import migrations
from quality.core.db import db
from quality.core.events import Event, Note
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in as keep
from quality.evidence.queries import exhibits_of, visible_exhibits
from quality.evidence.vault import vault_from
from quality.lab.models import Refusal
from quality.lab.operations import order_tests, receive, refuse
from quality.purchases.models import HandOverPhoto, PortionKind, PortionStatus, SampleStatus
from quality.purchases.operations import Seen
from quality.purchases.operations.photos import show_at
from quality.purchases.queries import custody
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.lab import portion_to_test, sent_sample, take_in
from tests.harness.purchases import dispatched_sample, settings
from tests.harness.refusals import assert_invalid, assert_refused

SEEN = {"seal_intact": True, "condition": "完好"}


def running(session, case):
    return {shown.rule for shown in clocks_of(session, case) if shown.stopped_at is None}


def test_a_portion_is_taken_in_with_its_seal_and_the_laboratory_gets_its_days(session, cast, clock):
    sample = sent_sample(session, cast)
    portion = portion_to_test(sample)
    assert running(session, sample) == {"to_lab"}
    received_at = clock.advance(days=1)

    take_in(session, portion, cast, seal_no=portion.seal_no.lower())

    assert (sample.status, portion.status) == (SampleStatus.AT_LAB, PortionStatus.AT_LAB)
    assert sample.received_at == received_at
    assert running(session, sample) == set()
    assert running(session, portion) == {"lab_report"}
    chain = custody(session, sample)[0]
    assert (chain.steps[-1].given_by, chain.steps[-1].taken_by) == (
        "courier:顺达快递",
        f"laboratory:{cast.laboratory.id}",
    )
    assert chain.gaps == []


@on_sqlite
def test_what_came_is_photographed_and_only_its_own_laboratory_and_the_agency_see_it(session, cast):
    sample = sent_sample(session, cast)
    portion, vault = portion_to_test(sample), vault_from(settings().evidence_url)
    photo = keep(session, vault, little_picture(7), kind=EvidenceKind.LAB_RECEIPT, by=cast.analyst).sha256

    take_in(session, portion, cast, seen=Seen([photo]))

    assert_invalid(
        session, {("photos", "unknown_evidence")}, show_at, sample.hand_overs[-1], Seen(["0" * 64]), by=cast.analyst
    )
    [exhibit] = exhibits_of(session, sample, portion)
    assert (exhibit.kind, exhibit.holding.sha256) == (EvidenceKind.LAB_RECEIPT, photo)
    readers = (cast.analyst, cast.coordinator, cast.second_analyst)
    assert [bool(visible_exhibits(session, reader, sample, portion)) for reader in readers] == [True, True, False]


@on_sqlite
def test_a_broken_or_another_seal_can_only_be_refused(session, cast):
    sample = sent_sample(session, cast)
    portion, now = portion_to_test(sample), real_clock.now()
    by = cast.analyst

    def arrives(session, **seen):
        receive(session, portion, by=by, received_at=now, **(SEEN | {"seal_no": portion.seal_no} | seen))

    assert_refused(session, "seal_broken", arrives, seal_intact=False)
    assert_refused(session, "seal_broken", arrives, seal_no="YZ-999999-A")
    assert_invalid(session, {("seal_no", "missing")}, arrives, seal_no=" ")

    refuse(session, portion, "封条断裂", by=by, seal_no="YZ-999999-A", condition="外箱破损")

    assert (sample.status, portion.status) == (SampleStatus.REFUSED_BY_LAB, PortionStatus.REFUSED_BY_LAB)
    assert sample.exit_reason == Refusal.SEAL_BROKEN
    assert running(session, sample) == set()
    last = custody(session, sample)[0].steps[-1]
    assert (last.seal_no, last.seal_intact, last.condition) == ("YZ-999999-A", False, "外箱破损")
    [note] = session.scalars(sa.select(Note.text).join(Event, Event.note_digest == Note.digest)).all()
    assert note == "封条断裂"
    assert_refused(session, "wrong_status", arrives)


@on_sqlite
def test_too_little_is_refused_with_its_seal_whole(session, cast):
    sample = sent_sample(session, cast)
    portion = portion_to_test(sample)
    assert_invalid(session, {("reason", "missing")}, refuse, portion, " ", by=cast.analyst)
    assert_invalid(session, {("reason", "too_long")}, refuse, portion, "少" * 2_001, by=cast.analyst)
    assert_invalid(session, {("seal_no", "too_long")}, refuse, portion, "量不足", by=cast.analyst, seal_no="1" * 41)

    refuse(session, portion, "量不足", by=cast.analyst, cause=Refusal.TOO_LITTLE)

    assert sample.exit_reason == Refusal.TOO_LITTLE
    assert custody(session, sample)[0].gaps == []
    assert custody(session, sample)[0].steps[-1].seal_unread, "nobody said what the seal was like"


@on_sqlite
def test_a_seal_seen_broken_or_whole_is_kept_as_it_was_seen(session, cast):
    sample = sent_sample(session, cast)
    refuse(session, portion_to_test(sample), "封条断裂", by=cast.analyst, seal_intact=False)
    assert not custody(session, sample)[0].steps[-1].seal_intact
    sample = sent_sample(session, cast)
    refuse(session, portion_to_test(sample), "封条号不符", by=cast.analyst, cause=Refusal.SEAL_BROKEN)
    assert not custody(session, sample)[0].steps[-1].seal_intact


@on_sqlite
def test_a_sample_arrives_after_it_was_sent_and_not_in_the_future(session, cast, clock):
    sample = sent_sample(session, cast)
    portion = portion_to_test(sample)
    late, early = clock.now() + timedelta(minutes=1), clock.now() - timedelta(minutes=2)
    assert_invalid(session, {("received_at", "in_the_future")}, take_in, portion, cast, received_at=late)
    assert_invalid(session, {("received_at", "too_early")}, take_in, portion, cast, received_at=early)
    assert_invalid(session, {("condition", "too_long")}, take_in, portion, cast, condition="破" * 301)


@on_sqlite
def test_what_came_in_the_minute_in_which_it_was_sealed_can_be_taken_in(session, cast, clock):
    clock.advance(seconds=35)
    sample = dispatched_sample(session, cast)
    minute = clock.now().replace(second=0, microsecond=0)  # a form knows no more
    assert minute < sample.sealed_at
    take_in(session, portion_to_test(sample), cast, received_at=minute)
    assert sample.status == SampleStatus.AT_LAB
    assert not custody(session, sample)[0].gaps


@on_sqlite
def test_only_an_analyst_of_the_laboratory_it_was_sent_to_takes_it_in_and_only_once(session, cast):
    portion = portion_to_test(sent_sample(session, cast))
    seen = SEEN | {"seal_no": portion.seal_no, "received_at": real_clock.now()}
    assert_refused(session, "not_yours", receive, portion, by=cast.second_analyst, **seen)
    assert_refused(session, "role_may_not", receive, portion, by=cast.signatory, **seen)
    assert_refused(session, "role_may_not", receive, portion, by=cast.coordinator, **seen)
    read = portion.version
    take_in(session, portion, cast)
    assert_refused(session, "stale", receive, portion, by=cast.analyst, version=read, **seen)
    assert_refused(session, "wrong_status", receive, portion, by=cast.analyst, **seen)


@on_sqlite
def test_tests_are_ordered_for_a_sealed_backup_portion_and_only_once(session, cast):
    sample = sent_sample(session, cast)
    spare = sample.portion(PortionKind.BACKUP)
    by = cast.coordinator
    assert_invalid(session, {("items", "unknown_item")}, order_tests, spare, ["砷", "磁通量指数"], by=by)
    assert_invalid(session, {("items", "missing")}, order_tests, spare, [], by=by)
    assert_refused(session, "not_orderable", order_tests, portion_to_test(sample), ["磁通量指数"], by=by)
    [order] = order_tests(session, spare, ["磁通量指数 ", "磁通量指数"], by=by)
    assert order.item.item == "磁通量指数"
    assert_refused(session, "not_orderable", order_tests, spare, ["磁通量指数"], by=by)


def test_pictures_of_before_are_found_again_as_those_of_their_hand_over(session, cast):
    sample = sent_sample(session, cast)
    portion, vault = portion_to_test(sample), vault_from(settings().evidence_url)
    photo = keep(session, vault, little_picture(7), kind=EvidenceKind.LAB_RECEIPT, by=cast.analyst).sha256
    take_in(session, portion, cast, seen=Seen([photo]))
    last = custody(session, sample)[0].steps[-1].id
    session.commit()

    def belonging():
        rows = session.execute(sa.select(HandOverPhoto.hand_over_id, HandOverPhoto.exhibit_id)).all()
        session.rollback()
        return sorted(tuple(row) for row in rows)

    before = belonging()
    db.session.remove()
    migrations.downgrade("0041_competence")
    migrations.upgrade()
    assert belonging() == before
    assert (before[-1][0], len({step for step, _exhibit in before})) == (last, 5)
