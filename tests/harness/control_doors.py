"""The forms about controls, each open for somebody: of tests/harness/doors.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from quality.lab.operations import stop_testing
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import PortionKind, Untested
from quality.purchases.operations.storage import propose_disposal
from tests.harness.controls import closed_unit, registered, reported_unit, sent_unit
from tests.harness.desk import give_password
from tests.harness.lab import portion_to_test, take_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import dispatched_sample

Fits = dict[str, Any]
Rows = Iterator[tuple[str, Actor, Any, Fits]]


def of_controls(session: Session, cast: Cast, now: object) -> Rows:
    like = dispatched_sample(session, cast)
    sealed = {"test_seal_no": "YZ-Q-A", "test_quantity": "2件", "backup_seal_no": "YZ-Q-B", "backup_quantity": "1件"}
    way = {"laboratory": str(cast.laboratory.id), "courier": "顺达快递", "parcel_no": "SD-1", "no_photo": "未带相机"}
    yield "control/send", cast.coordinator, registered(session, cast, like), sealed | way
    yield "control/go_on", cast.coordinator, stopped(session, cast, like).control, {"reason": "已核实"}
    away = {"kind": "counterfeit", "authority": "云州市知识产权局", "reason": "权利人确认系假冒"}
    ended = stopped(session, cast, like)
    yield "control/end_untested", cast.coordinator, ended.control, away | {"no_photo": "未带相机"}
    differs = sent_unit(session, cast, registered(session, cast, like))
    differs.sample.hand_overs[-1].parcel_no = "SD-1"
    take_in(session, portion_to_test(differs.sample), cast, parcel_no="SD-2")
    yield "control/explain_gap", cast.coordinator, differs.control, {"reason": "快递换了箱"}
    handed = {"taker": "store", "name": "B-12", "seal_no": "1", "seal_state": "another", "at": now}
    handed["no_photo"] = "未带相机"
    kept = sent_unit(session, cast, registered(session, cast, like))
    yield "control/hand_over", cast.coordinator, kept.control, handed
    gone, proposed_one, kept_one = (closed_unit(session, cast, registered(session, cast, like)) for _three in range(3))
    yield "control/propose_disposal", cast.coordinator, gone.control, {"reason": "检毕，按废弃物处理"}
    for each in (proposed_one, kept_one):
        propose_disposal(session, each.sample, PortionKind.BACKUP, "按废弃物处理", by=cast.coordinator)
    second = hire(session, cast.agency, Role.COORDINATOR)
    assert second.person
    give_password(session, second.person)
    yield "control/confirm_disposal", second, proposed_one.control, {}
    yield "control/withdraw_disposal", cast.coordinator, kept_one.control, {}
    yield "control/settle", cast.coordinator, reported_unit(session, cast, registered(session, cast, like)).control, {}


def stopped(session: Session, cast: Cast, like: Any) -> Any:
    unit = sent_unit(session, cast, registered(session, cast, like))
    take_in(session, portion_to_test(unit.sample), cast)
    stop_testing(session, portion_to_test(unit.sample), Untested.COUNTERFEIT, "商标不符", by=cast.analyst)
    return unit


def of_new_controls(session: Session, cast: Cast) -> Iterator[tuple[str, Actor, str, Fits, str]]:
    like, here = dispatched_sample(session, cast), "/desk/laboratories/control"
    known = {"material": "加标磁力棒，标准物质中心 B-17", "assigned_1": "380", "sigma_1": "4"}
    yield ("control", cast.coordinator, here, known, f"{here}?sample={like.number}")
    more = {"split_of": like.number, "material": "同一包裹的第二份"}
    yield ("split", cast.coordinator, "/desk/laboratories/split", more, here)
