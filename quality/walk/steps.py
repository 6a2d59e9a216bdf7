"""From a drawn listing to a concluded sample: what is to be done is read from where the case stands.

Each function does the next deed: the agency's through the same operation that pages and API call, in a transaction of
its own, a laboratory's by the API itself. Killed at any point, the next walk goes on from there.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import rfc3339
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab import operations as lab
from quality.lab.models import Report, ReportStatus
from quality.lab.queries import standing_finding
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases import operations as purchases
from quality.purchases.checklists import Step as Shown
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task, TaskStatus
from quality.purchases.waivers import lacking
from quality.walk.kit import Kit, Step, parcel_of
from quality.walk.reading import SamplePlan
from quality.walk.rows import Row

# --- the purchase ---


def assign(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    assert buyer.person is not None
    purchases.assign(session, task, buyer.person, by=kit.agency(session, Role.COORDINATOR))


def order(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, *what_lacks(task, Shown.ORDER))
    purchases.order(
        session,
        task,
        by=buyer,
        cipher=kit.cipher,
        order_number=f"WALK-{task.number}",
        account="walk",
        recipient="walk",
        address="walk",
        telephone="000-0000-0000",
        paid_fen=100,
        paid_at=clock.now(),
        quantity=2,
    )


def ship(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    purchases.ship(session, task, by=buyer, cipher=kit.cipher, delivery_number=f"YH-{task.number}")


def receive(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, EvidenceKind.PARCEL)
    purchases.receive(session, task, by=buyer, received_at=clock.now())


def seal(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, *what_lacks(task, Shown.SEAL))
    purchases.check_label(session, task, [], by=buyer)
    names = ("product_name", "spec", "brand", "batch", "producer_name", "producer_address")
    purchases.seal(
        session,
        task,
        by=buyer,
        facts=purchases.ProductFacts(**{name: plan[name] for name in names}, remark=plan.remark),
        test=purchases.SealedPortion(f"{task.number}-A", "1"),
        backup=purchases.SealedPortion(f"{task.number}-B", "1"),
    )


def what_lacks(task: Task, step: Shown) -> list[EvidenceKind]:
    return list(dict.fromkeys(each.need.kind for each in lacking(task, step)))


def show(kit: Kit, session: Session, task: Task, by: Actor, *kinds: EvidenceKind) -> None:
    for kind in kinds:
        attach(session, task, kit.proof(session, task.number, kind, by), kind, by=by)


TASK_STEPS: dict[TaskStatus, Step] = {
    TaskStatus.PLANNED: assign,
    TaskStatus.ASSIGNED: order,
    TaskStatus.ORDERED: ship,
    TaskStatus.SHIPPED: receive,
    TaskStatus.RECEIVED: seal,
}


# --- the laboratory, and what the agency finds ---


def dispatch(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    buyer, laboratory = kit.agency(session, Role.BUYER), kit.laboratory(session, plan["first_lab"])
    for portion in sample.portions:
        purchases.scan_label(session, portion, by=buyer)
    purchases.dispatch(session, sample, laboratory, by=buyer, way=parcel_of(sample.number))


def accept(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    take_in_portion(kit, session, sample.portion(PortionKind.TEST))


def test(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    enter_report(kit, session, sample.portion(PortionKind.TEST), plan.rows)


def authorise(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    authorise_report(kit, session, sample.portion(PortionKind.TEST))


def conclude(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    finding = standing_finding(session, sample)
    if finding is None:
        lab.propose_finding(session, sample, by=kit.agency(session, Role.COORDINATOR))
    else:
        lab.confirm_finding(session, finding, by=kit.agency(session, Role.REVIEWER))


SAMPLE_STEPS: dict[SampleStatus, Step] = {
    SampleStatus.SEALED: dispatch,
    SampleStatus.DISPATCHED: accept,
    SampleStatus.AT_LAB: test,
    SampleStatus.TESTING: authorise,
    SampleStatus.REPORTED: conclude,
}


# --- by HTTP, as the laboratory's own system would ---


def take_in_portion(kit: Kit, session: Session, portion: Portion) -> None:
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    read = {"seal_no": portion.seal_no, "seal_intact": True, "condition": "完好", "received_at": rfc3339(clock.now())}
    kit.doors.ask(by, "POST", f"/lab/samples/{portion.blind_no}/receive", read)


def enter_report(kit: Kit, session: Session, portion: Portion, rows: list[Row]) -> None:
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    results = [{name: value for name, value in each._asdict().items() if value} for each in results_of(rows)]
    kit.doors.ask(by, "POST", "/lab/reports", {**report_of(portion, by), "results": results})


def authorise_report(kit: Kit, session: Session, portion: Portion) -> None:
    report, by = report_to_sign(session, portion), kit.at(session, portion.laboratory, Role.SIGNATORY)
    kit.doors.ask(by, "POST", f"/lab/reports/{report.report_no}/authorise", {"version": report.version})


def report_of(portion: Portion, by: Actor) -> dict[str, str]:
    assert by.person is not None
    return {
        "blind_no": portion.blind_no,
        "report_no": f"BG-{portion.blind_no}",
        "analyst": by.person.email,
    }


def results_of(rows: list[Row]) -> list[lab.ResultEntry]:
    names = ("item", "value", "unit", "uncertainty", "lod", "loq")
    return [lab.ResultEntry(**{name: row[name] for name in names}) for row in rows]


def report_to_sign(session: Session, portion: Portion) -> Report:
    entered = sa.select(Report).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    return session.scalars(entered).one()
