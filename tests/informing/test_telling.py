"""That a sample was taken is told by a person, each party once; what proves that it came, and what was tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted
from quality.core.events import Event
from quality.informing.holder import Holder
from quality.informing.jobs import prove_what_was_opened
from quality.informing.models import Outcome, Proof, ReachTry, SampleNotice, Way
from quality.informing.operations import (
    Tried,
    acknowledge,
    note_try,
    open_as_platform,
    tell,
)
from quality.informing.queries import notice_to, one_to_a_platform, to_a_platform, with_token
from quality.objections.models import Party
from quality.objections.operations.posting import LASTS, hashed
from quality.purchases.models import Sample
from tests.harness.beginnings import Concluded
from tests.harness.notices import run
from tests.harness.refusals import assert_invalid, assert_refused


@pytest.fixture
def sample(concluded: Concluded) -> Sample:
    return concluded.bad[0].sample


def desks(concluded: Concluded, sample: Sample) -> tuple:
    """The desk of the platform on which it was bought, and another."""
    both = (concluded.cast.desk, concluded.cast.other_desk)
    return both if both[0].organisation_id == sample.task.drawn.platform_id else both[::-1]


def happened(session: Session, sample: Sample) -> list[str]:
    asked = sa.select(Event.action).where(Event.subject_type == "sample", Event.subject_id == sample.id)
    return list(session.scalars(asked.order_by(Event.seq)))


def test_a_platform_has_it_once_somebody_there_opened_it_and_sees_no_other_platforms(session, concluded, sample):
    by = concluded.cast.coordinator
    desk, other = desks(concluded, sample)
    told = tell(session, sample, Party.PLATFORM, by=by)
    notice = told.notice
    assert (told.token, notice.platform_id, notice.received_at) == ("", desk.organisation_id, None)
    assert session.scalars(to_a_platform(desk)).all() == [notice]
    assert session.scalars(to_a_platform(other)).all() == []
    assert session.scalars(to_a_platform(by)).all() == []  # it reads them on the sample's page
    with pytest.raises(NotPermitted):
        open_as_platform(session, notice, by=other)
    assert_refused(session, "told_already", tell, sample, Party.PLATFORM, by=by)

    concluded.cast.clock.advance(hours=1)
    found = one_to_a_platform(session, desk, sample.number)
    open_as_platform(session, found, by=desk)
    opened = concluded.cast.clock.moment
    concluded.cast.clock.advance(hours=1)
    open_as_platform(session, found, by=desk)
    assert run(session, lambda sessions, _now: prove_what_was_opened(sessions)) == 1
    assert run(session, lambda sessions, _now: prove_what_was_opened(sessions)) == 0
    notice = notice_to(session, sample, Party.PLATFORM)
    assert (notice.proof, notice.received_at) == (Proof.OPENED, opened)

    acknowledge(session, notice, by=desk)
    acknowledge(session, notice, by=desk)
    assert (notice.proof, notice.received_at) == (Proof.ACKNOWLEDGED, opened)  # since when they have it stays
    assert happened(session, sample)[-3:] == ["tell_of_sample", "told_of_sample", "told_of_sample"]


def test_a_sellers_link_proves_nothing_by_being_opened_and_the_one_before_opens_nothing(session, concluded, sample):
    by = concluded.cast.coordinator
    first = tell(session, sample, Party.SELLER, by=by)
    concluded.cast.clock.advance(days=1)
    second = tell(session, sample, Party.SELLER, by=by)
    assert first.notice is second.notice
    assert (second.notice.links, second.notice.platform_id) == (2, None)
    assert second.notice.expires_at == concluded.cast.clock.moment + LASTS
    assert with_token(session, hashed(first.token)) is None
    assert with_token(session, hashed(second.token)) is second.notice
    seller = Holder.of(second.notice)
    assert run(session, lambda sessions, _now: prove_what_was_opened(sessions)) == 0
    notice = notice_to(session, sample, Party.SELLER)

    acknowledge(session, notice, by=seller)
    acknowledge(session, notice, by=seller)
    assert (notice.proof, notice.received_at) == (Proof.LINK, concluded.cast.clock.moment)
    assert_refused(session, "told_already", tell, sample, Party.SELLER, by=by)
    for stranger in (Holder.of(SampleNotice(id=notice.id + 1)), desks(concluded, sample)[0]):
        with pytest.raises(NotPermitted):
            acknowledge(session, notice, by=stranger)


def test_what_a_person_tried_stands_there_and_what_arrived_was_received(session, concluded, sample):
    cast = concluded.cast
    by, now = cast.coordinator, cast.clock.moment
    notice = tell(session, sample, Party.SELLER, by=by).notice
    cast.clock.advance(days=2)
    later = cast.clock.moment - timedelta(hours=1)
    note_try(session, notice, Tried(Way.TELEPHONE, Outcome.UNREACHABLE, later, note="无人接听"), by=by)
    note_try(session, notice, Tried(Way.HAND, Outcome.REFUSED, later), by=by)
    wrong = [
        (Tried(Way.POST, Outcome.DELIVERED, later), ("receipt_no", "missing")),
        (Tried(Way.POST, Outcome.UNREACHABLE, now - timedelta(days=1)), ("at", "too_early")),
        (Tried(Way.POST, Outcome.UNREACHABLE, cast.clock.moment + timedelta(days=1)), ("at", "in_the_future")),
        (Tried(Way.POST, Outcome.UNREACHABLE, later, note="长" * 501), ("note", "too_long")),
        (Tried(Way.POST, Outcome.UNREACHABLE, later, receipt_no="1" * 101), ("receipt_no", "too_long")),
    ]
    for tried, problem in wrong:
        assert_invalid(session, {problem}, note_try, notice, tried, by=by)
        notice = notice_to(session, sample, Party.SELLER)
    note_try(session, notice, Tried(Way.POST, Outcome.DELIVERED, later, "EX 12"), by=by)
    assert (notice.proof, notice.received_at, notice.receipt_no) == (Proof.POST, later, "EX 12")
    again = Tried(Way.HAND, Outcome.DELIVERED, later)
    assert_refused(session, "received_already", note_try, notice, again, by=by)
    tries = session.scalars(sa.select(ReachTry).order_by(ReachTry.id)).all()
    assert [(each.way, each.outcome) for each in tries] == [
        (Way.TELEPHONE, Outcome.UNREACHABLE), (Way.HAND, Outcome.REFUSED), (Way.POST, Outcome.DELIVERED),
    ]  # fmt: skip
    assert happened(session, sample)[-3:] == ["tried_to_reach"] * 3


def test_who_may_tell_and_whom(session, concluded, sample):
    cast = concluded.cast
    for nobody in (cast.reviewer, cast.buyer, cast.analyst, cast.desk):
        with pytest.raises(NotPermitted):
            tell(session, sample, Party.PLATFORM, by=nobody)
    assert_invalid(session, {("party", "unknown")}, tell, sample, Party.PRODUCER, by=cast.coordinator)
