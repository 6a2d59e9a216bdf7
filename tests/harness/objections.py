"""Objections that walked the real road: the parties told and heard, the backup portion tested elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.lab.models import Finding
from quality.lab.operations import ResultEntry
from quality.objections.models import Ground, Objection, Party
from quality.objections.operations import admit, draw_laboratory, receive, send_to_reinspection
from quality.purchases.models import Portion, PortionKind
from tests.harness.lab import BAD, confirmed_finding, enter, sign, take_in
from tests.harness.people import Cast
from tests.harness.purchases import BY_COURIER


def backup(finding: Finding) -> Portion:
    return finding.sample.portion(PortionKind.BACKUP)


def nonconforming(session: Session, cast: Cast) -> Finding:
    """A confirmed finding: of those that were concluded beforehand (tests/harness/concluded.py), else a new one."""
    ready: list[Finding] = session.info.get("confirmed", [])
    return ready.pop(0) if ready else confirmed_finding(session, cast)


def received_objection(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Objection:
    """The producer disputes the result on the third day after it received it."""
    finding = finding or nonconforming(session, cast)
    told = clock.now()
    cast.clock.advance(days=3)
    facts: dict[str, Any] = {
        "party": Party.PRODUCER,
        "ground": Ground.RESULT,
        "result_received_at": told,
        "received_at": clock.now(),
    }
    return receive(session, finding, by=cast.coordinator, **(facts | changed))


def admitted_objection(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Objection:
    objection = received_objection(session, cast, finding, **changed)
    admit(session, objection, by=cast.coordinator)
    return objection


def sent_objection(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Objection:
    """The backup portion is on its way to the second laboratory."""
    objection = admitted_objection(session, cast, finding, **changed)
    draw_laboratory(session, objection, by=cast.coordinator)
    send_to_reinspection(session, objection, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)
    return objection


def reinspected_objection(
    session: Session,
    cast: Cast,
    results: Sequence[ResultEntry] = BAD[:1],
    finding: Finding | None = None,
    **changed: Any,
) -> Objection:
    """The second laboratory has reported."""
    objection = sent_objection(session, cast, finding, **changed)
    portion = backup(objection.finding)
    take_in(session, portion, cast)
    sign(session, enter(session, portion, cast, results), cast)
    return objection
