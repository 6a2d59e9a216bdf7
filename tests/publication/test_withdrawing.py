"""A withdrawal that is proposed: by one person, done or put away by another."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.publication.epoch import epoch_of
from quality.publication.models import ResultStatus
from quality.publication.operations import withdraw
from quality.publication.withdrawing import open_requests, propose_withdrawal, put_away
from quality.publication.workflow import WITHDRAW, request_of
from tests.harness.databases import on_sqlite
from tests.harness.publication import proposed, published

pytestmark = on_sqlite
WHY = "样品登记有误"


def test_nothing_changes_outside_until_another_person_withdraws(session: Session, concluded) -> None:
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    session.commit()
    before = epoch_of(session)
    propose_withdrawal(session, result, f" {WHY} ", by=cast.coordinator)
    session.commit()
    assert epoch_of(session) == before
    assert result.status == ResultStatus.PUBLISHED
    assert open_requests(session, [result.id])[result.id].reason == WHY
    withdraw(session, result, WHY, by=cast.reviewer)
    session.commit()
    assert epoch_of(session) > before
    assert request_of(session, result) is None


def test_it_is_proposed_once_with_a_reason_that_everybody_may_read(session: Session, concluded) -> None:
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    with pytest.raises(Invalid, match="reason"):
        propose_withdrawal(session, result, " ", by=cast.coordinator)
    with pytest.raises(Invalid, match="reason"):
        propose_withdrawal(session, result, "请致电 13800138000", by=cast.coordinator)
    with pytest.raises(NotPermitted):
        propose_withdrawal(session, result, WHY, by=cast.reviewer)
    read = result.version
    propose_withdrawal(session, result, WHY, by=cast.coordinator, version=read)
    with pytest.raises(Stale):
        propose_withdrawal(session, result, WHY, by=cast.coordinator, version=read)
    with pytest.raises(Refused, match="proposed_already"):
        propose_withdrawal(session, result, WHY, by=cast.coordinator)


def test_who_proposed_it_does_not_withdraw_it(session: Session, concluded) -> None:
    """One person may be coordinator and reviewer: four eyes compare persons."""
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    propose_withdrawal(session, result, WHY, by=cast.coordinator)
    request = request_of(session, result)
    assert request
    request.asked_by_id = cast.reviewer.id
    refusal = WITHDRAW.refusal(result, cast.reviewer)
    assert refusal
    assert refusal.code == "same_person"


def test_it_is_put_away_and_may_be_proposed_again(session: Session, concluded) -> None:
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    with pytest.raises(Refused, match="nothing_proposed"):
        put_away(session, result, "无误", by=cast.reviewer)
    propose_withdrawal(session, result, WHY, by=cast.coordinator)
    put_away(session, result, "复核无误", by=cast.reviewer)
    assert request_of(session, result) is None
    propose_withdrawal(session, result, WHY, by=cast.coordinator)


def test_what_is_not_public_is_withdrawn_without_a_proposal(session: Session, concluded) -> None:
    offered = proposed(session, concluded.cast, concluded.good)
    with pytest.raises(Refused, match="not_public"):
        propose_withdrawal(session, offered, WHY, by=concluded.cast.coordinator)
