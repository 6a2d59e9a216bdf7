"""Sealed goods that must not be tested go to the local authority, and stay in the statistics as bought."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks.queries import clocks_of
from quality.core import clock as real_clock
from quality.purchases.models import PortionKind, Sample, SampleStatus, Untested
from quality.purchases.operations import dispatch, pass_on, transfer_untested
from quality.purchases.operations.storage import propose_disposal
from quality.purchases.queries import custody
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import BY_COURIER, sealed_sample
from tests.harness.refusals import assert_invalid, assert_refused

AUTHORITY = "云州市市场监督管理局"


@on_sqlite
@pytest.mark.parametrize("reason", Untested)
def test_both_portions_go_to_the_authority_and_no_laboratory(session: Session, cast: Cast, reason: Untested) -> None:
    sample = sealed_sample(session, cast)
    by: Any = cast.coordinator
    transfer_untested(session, sample, reason, AUTHORITY, by=by, note="已电话告知")
    session.commit()
    assert (sample.status, sample.exit_reason) == (SampleStatus.TRANSFERRED_UNTESTED, reason)
    assert sample.laboratory_id is None
    assert [step.taken_by for step in sample.hand_overs][-2:] == [f"authority:{AUTHORITY}"] * 2
    assert [chain.gaps for chain in custody(session, sample)] == [[], []]
    assert [each.outcome for each in clocks_of(session, sample)] == ["transferred"]
    later: dict[str, Any] = {"taken_by": "store:B", "at": real_clock.now(), "seal_no": "1", "seal_intact": True}
    assert_invalid(session, {("portion", "not_held")}, pass_on, sample, PortionKind.BACKUP, by=by, **later)
    assert_refused(session, "not_there", propose_disposal, sample, PortionKind.BACKUP, "不在", by=by)
    assert_refused(session, "wrong_status", dispatch, sample, cast.laboratory, by=by, way=BY_COURIER)


@on_sqlite
def test_it_is_said_why_and_to_whom(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    by: Any = cast.coordinator
    assert_invalid(session, {("reason", "unknown_reason")}, transfer_untested, sample, "dull", AUTHORITY, by=by)
    assert_invalid(session, {("authority", "missing")}, transfer_untested, sample, Untested.COUNTERFEIT, " ", by=by)
    assert_refused(session, "role_may_not", transfer_untested, sample, Untested.COUNTERFEIT, AUTHORITY, by=cast.buyer)
    dispatch(session, sample, cast.laboratory, by=by, way=BY_COURIER)
    assert_refused(session, "wrong_status", transfer_untested, sample, Untested.COUNTERFEIT, AUTHORITY, by=by)


def test_the_database_lets_no_other_sample_be_without_a_laboratory(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    session.commit()
    with pytest.raises(IntegrityError, match="has_a_laboratory"):
        session.execute(sa.update(Sample).where(Sample.id == sample.id).values(status=SampleStatus.DISPATCHED))
    session.rollback()


@on_sqlite
def test_a_coordinator_does_it_on_its_page(app: Flask, session: Session, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    sample = sealed_sample(session, cast)
    session.commit()
    coordinator, where = sign_in(app, cast.coordinator), f"/desk/sample/{sample.number}"
    assert f"{where}/transfer" in coordinator.get(where).text
    assert "Counterfeit" in coordinator.get(f"{where}/transfer").text
    form = {"reason": "counterfeit", "authority": AUTHORITY, "version": str(sample.version), "no_photo": "无"}
    assert coordinator.post(f"{where}/transfer", data=form | {"authority": ""}).status_code == 422
    assert coordinator.post(f"{where}/transfer", data=form).status_code == 302
    page = coordinator.get(where).text
    assert AUTHORITY in page
    assert f"{where}/hand_over" not in page
    assert f"{where}/dispatch" not in page
