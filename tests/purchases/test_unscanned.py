"""A portion whose label nobody has scanned goes with a reason, or as a fact; and not while a finding on it waits."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, Refused
from quality.core.events import Event, Note
from quality.lab.operations import propose_label_finding, reject_finding
from quality.purchases.contents import custody_sheet
from quality.purchases.models import PortionKind, PortionStatus, SampleStatus
from quality.purchases.operations import dispatch, dispatch_backup, scan_label, transfer_untested
from quality.purchases.operations.unboxing import labelled
from tests.harness.databases import on_sqlite
from tests.harness.labels import sealed_with
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import BY_COURIER, sealed_sample
from tests.purchases.test_dispatching import conclude

pytestmark = on_sqlite


def test_who_is_asked_says_why_or_scans_it(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    blind = sample.portion(PortionKind.TEST).blind_no
    how: Any = {"by": cast.coordinator, "way": BY_COURIER}
    with pytest.raises(Invalid) as no:
        dispatch(session, sample, cast.laboratory, no_scan="  ", **how)
    [problem] = no.value.problems
    assert (problem.field, problem.code, blind in str(problem.text)) == ("no_scan", "label_unscanned", True)
    with invalid(("no_scan", "too_long")):
        dispatch(session, sample, cast.laboratory, no_scan="码" * 301, **how)
    assert sample.status is SampleStatus.SEALED

    scan_label(session, sample.portion(PortionKind.TEST), by=cast.buyer)
    assert labelled(session, sample) == {PortionKind.TEST}
    dispatch(session, sample, cast.laboratory, no_scan="", **how)
    assert not sample.hand_overs[-1].label_unscanned


def test_a_reason_stands_in_the_record_before_what_its_laboratory_is_told(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER, no_scan=" 标签已湿 ")
    step = sample.hand_overs[-1]
    assert (step.label_unscanned, step.no_scan) == (True, "标签已湿")
    events = session.scalars(sa.select(Event).where(Event.subject_type == "sample", Event.subject_id == sample.id))
    said = {event.action: event for event in events}
    note = session.get_one(Note, said["label_unscanned"].note_digest).text
    assert note == "标签已湿" and said["label_unscanned"].seq < said["send"].seq
    sheet = custody_sheet(session, sample.portion(PortionKind.TEST))
    assert "标签已湿" not in str(sheet), "a control goes without a scan: its laboratory could tell it by that"


def test_a_program_is_not_asked_and_the_chain_says_so(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert (sample.hand_overs[-1].label_unscanned, sample.hand_overs[-1].no_scan) == (True, "")


def test_the_backup_has_a_label_of_its_own(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    scan_label(session, sample.portion(PortionKind.TEST), by=cast.buyer)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER, no_scan="")
    conclude(session, sample, cast)
    how: Any = {"by": cast.coordinator, "way": BY_COURIER}
    with invalid(("no_scan", "label_unscanned")):
        dispatch_backup(session, sample, cast.second_laboratory, no_scan="", **how)
    dispatch_backup(session, sample, cast.second_laboratory, no_scan="标签已湿", **how)
    assert sample.hand_overs[-1].no_scan == "标签已湿"
    assert sample.portion(PortionKind.BACKUP).status is PortionStatus.DISPATCHED


def test_nothing_is_sent_away_while_a_finding_on_its_label_waits(session: Session, in_field: Cast) -> None:
    cast, sample = in_field, sealed_with(session, in_field, "warnings")
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    session.commit()
    with pytest.raises(Refused, match="label_finding_waits") as no:
        dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert finding.number in str(no.value.reason)
    session.rollback()
    with pytest.raises(Refused, match="label_finding_waits"):
        transfer_untested(session, sample, "counterfeit", "云州市市场监督管理局", by=cast.coordinator)
    session.rollback()
    reject_finding(session, finding, "警示语印在说明书上", by=cast.reviewer)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert sample.status is SampleStatus.DISPATCHED
