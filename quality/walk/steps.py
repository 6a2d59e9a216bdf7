"""One step of one case at a time: what is to be done is read from where the case stands, so a crash loses nothing.

Each function looks at the status, does the next deed through the same operation that pages and API call, in a
transaction of its own, and says whether it did anything. Killed at any point, the next walk goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.db import canonical
from quality.core.workflow import perform
from quality.delivery import operations as delivery
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import Vault
from quality.lab import operations as lab
from quality.lab.models import Finding, FindingStatus, Report, ReportStatus
from quality.lab.queries import standing_finding
from quality.notices import operations as notices
from quality.notices import workflow as notice_moves
from quality.notices.answers import OutcomeEntry
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus, Outcome
from quality.objections import operations as objections
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus, Party
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Role
from quality.publication import operations as publication
from quality.publication.models import Result, ResultStatus
from quality.purchases import operations as purchases
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus, Task, TaskStatus
from quality.walk import crew
from quality.walk.reading import SamplePlan

COURIER = "EMS"
BASIS = "《中华人民共和国电子商务法》第三十八条；《中华人民共和国产品质量法》第十五条"
REASONS = "经检验，所列商品的检验项目不符合限量要求。"


@dataclass(frozen=True)
class Kit:
    """What every step needs: sessions, the vault, the cipher, and the organisations of the walk."""

    sessions: sessionmaker[Session]
    settings: Settings
    vault: Vault
    cipher: Cipher

    def agency(self, session: Session, role: Role) -> Actor:
        organisation = crew.find(session, OrganisationKind.AGENCY, "")
        assert organisation is not None, "the crew is there before the first step"
        return crew.actor(session, organisation, role)

    def at(self, session: Session, organisation: Organisation | None, role: Role) -> Actor:
        assert organisation is not None, "a case that was sent names where it went"
        return crew.actor(session, organisation, role)

    def laboratory(self, session: Session, name: str) -> Organisation:
        found = crew.find(session, OrganisationKind.LABORATORY, name)
        assert found is not None, "the crew is there before the first step"
        return found

    def proof(self, session: Session, subject: str, kind: EvidenceKind, by: Actor) -> str:
        """A file that stands in a walk for the picture a person would take. Returns its sha256."""
        text = canonical({"walk": "stands for a picture", "of": subject, "kind": kind, "at": clock.now()})
        return take_in(session, self.vault, text.encode(), kind=kind, by=by).sha256


Step = Callable[[Kit, Session, Any, SamplePlan], None]


# --- the purchase ---


def assign(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    assert buyer.person is not None
    purchases.assign(session, task, buyer.person, by=kit.agency(session, Role.COORDINATOR))


def order(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, EvidenceKind.PRODUCT_PAGE, EvidenceKind.SELLER, EvidenceKind.ORDER)
    purchases.order(
        session,
        task,
        by=buyer,
        cipher=kit.cipher,
        order_number=f"WALK-{task.number}",
        account="walk",
        paid_fen=100,
        paid_at=clock.now(),
        quantity=2,
    )


def ship(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, EvidenceKind.PAYMENT)
    purchases.ship(session, task, by=buyer, cipher=kit.cipher, delivery_number=f"{COURIER}-{task.number}")


def receive(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    show(kit, session, task, buyer, EvidenceKind.PARCEL)
    purchases.receive(session, task, by=buyer, received_at=clock.now())


def seal(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    kinds = EvidenceKind.PACKAGING, EvidenceKind.MARKS, EvidenceKind.SEAL_TEST, EvidenceKind.SEAL_BACKUP
    show(kit, session, task, buyer, *kinds)
    purchases.check_label(session, task, [], by=buyer)
    names = ("product_name", "spec", "brand", "batch", "producer_name", "producer_address")
    purchases.seal(
        session,
        task,
        by=buyer,
        facts=purchases.ProductFacts(**{name: plan[name] for name in names}, remark=plan["remark"]),
        test=purchases.SealedPortion(f"{task.number}-A", "1"),
        backup=purchases.SealedPortion(f"{task.number}-B", "1"),
    )


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
    purchases.dispatch(session, sample, laboratory, by=buyer, courier=COURIER)


def accept(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    take_in_portion(kit, session, sample.portion(PortionKind.TEST))


def test(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    enter_report(kit, session, sample.portion(PortionKind.TEST), plan)


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


def take_in_portion(kit: Kit, session: Session, portion: Portion) -> None:
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    lab.receive(
        session, portion, by=by, seal_no=portion.seal_no, seal_intact=True, condition="完好", received_at=clock.now()
    )


def enter_report(kit: Kit, session: Session, portion: Portion, plan: SamplePlan) -> None:
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    assert by.person is not None
    names = ("item", "value", "unit", "uncertainty", "lod", "loq")
    lab.enter_report(
        session,
        by=by,
        blind_no=portion.blind_no,
        report_no=f"BG-{portion.blind_no}",
        analyst=by.person.email,
        results=[lab.ResultEntry(**{name: row[name] for name in names}) for row in plan.rows],
    )


def authorise_report(kit: Kit, session: Session, portion: Portion) -> None:
    entered = sa.select(Report).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    report = session.scalars(entered).one()
    lab.authorise(session, report, by=kit.at(session, portion.laboratory, Role.SIGNATORY))


# --- the objection, where the file names a laboratory that re-inspected ---


def hear(kit: Kit, session: Session, finding: Finding, plan: SamplePlan) -> bool:
    """The next step of the producer's objection; False when it is decided."""
    coordinator = kit.agency(session, Role.COORDINATOR)
    wanted = sa.select(Objection).where(Objection.finding_id == finding.id).order_by(Objection.id)
    objection = session.scalars(wanted).first()
    if objection is None:
        now = clock.now()
        objections.receive(
            session,
            finding,
            by=coordinator,
            party=Party.PRODUCER,
            ground=Ground.RESULT,
            result_received_at=now,
            received_at=now,
        )
        return True
    match objection.status:
        case ObjectionStatus.RECEIVED:
            objections.admit(session, objection, by=coordinator)
        case ObjectionStatus.ADMITTED:
            second = kit.laboratory(session, plan["reinspection_lab"])
            objections.send_to_reinspection(session, objection, second, by=coordinator, courier=COURIER)
        case ObjectionStatus.IN_REINSPECTION:
            reinspect(kit, session, objection, plan)
        case _:
            return False
    return True


def reinspect(kit: Kit, session: Session, objection: Objection, plan: SamplePlan) -> None:
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    entered = sa.select(Report.id).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    match portion.status:
        case PortionStatus.DISPATCHED:
            take_in_portion(kit, session, portion)
        case PortionStatus.AT_LAB if session.scalars(entered).first() is None:
            disputed = SamplePlan(plan.listing_id, [row for row in plan.rows if row["item"] in objection.items])
            enter_report(kit, session, portion, disputed)
        case PortionStatus.AT_LAB:
            authorise_report(kit, session, portion)
        case _:
            reviewer = kit.agency(session, Role.REVIEWER)
            objections.decide(session, objection, Decision.DISMISSED, by=reviewer)


# --- the notice ---


def draft(kit: Kit, session: Session, findings: list[Finding]) -> None:
    coordinator = kit.agency(session, Role.COORDINATOR)
    notices.draft_notices(session, findings, by=coordinator, kind="order", legal_basis=BASIS, reasons=REASONS)


def submit(kit: Kit, session: Session, notice: Notice) -> None:
    perform(session, notice, notice_moves.SUBMIT, by=kit.agency(session, Role.COORDINATOR))


def approve(kit: Kit, session: Session, notice: Notice) -> None:
    perform(session, notice, notice_moves.APPROVE, by=kit.agency(session, Role.REVIEWER))


def issue(kit: Kit, session: Session, notice: Notice) -> None:
    notices.issue(session, notice, by=kit.agency(session, Role.COORDINATOR))


def open_it(kit: Kit, session: Session, notice: Notice) -> None:
    delivery.open_as_platform(session, notice, by=kit.at(session, notice.platform, Role.PLATFORM))


def acknowledge(kit: Kit, session: Session, notice: Notice) -> None:
    desk = kit.at(session, notice.platform, Role.PLATFORM)
    delivery.acknowledge(session, notice, f"WALK-{notice.number}", by=desk)


def answer(kit: Kit, session: Session, notice: Notice) -> None:
    desk = kit.at(session, notice.platform, Role.PLATFORM)
    outcomes = [
        OutcomeEntry(item.listing_id, Outcome.REMOVED, acted_at=clock.now(), units_sold=0) for item in notice.items
    ]
    for answered in delivery.answer(session, notice, outcomes, by=desk):
        assert answered.ok, answered


def verify(kit: Kit, session: Session, notice: Notice) -> None:
    """Look at the first listing that is only claimed, with evidence of our own; when all are seen, close."""
    coordinator = kit.agency(session, Role.COORDINATOR)
    claimed = next((item for item in notice.items if item.status == ItemStatus.CLAIMED), None)
    if claimed is None:
        notices.close(session, notice, by=coordinator)
        return
    seen = kit.proof(session, claimed.listing_id, EvidenceKind.LOOK, coordinator)
    notices.look(session, claimed, gone=True, seen_at=clock.now(), evidence=[seen], by=coordinator)
    notices.verify(session, claimed, by=coordinator)


NOTICE_STEPS: dict[NoticeStatus, Callable[[Kit, Session, Notice], None]] = {
    NoticeStatus.DRAFT: submit,
    NoticeStatus.IN_REVIEW: approve,
    NoticeStatus.APPROVED: issue,
    NoticeStatus.ISSUED: open_it,
    NoticeStatus.SERVED: acknowledge,
    NoticeStatus.ACKNOWLEDGED: answer,
    NoticeStatus.ANSWERED: verify,
}
BY_A_JOB = {NoticeStatus.ISSUING, NoticeStatus.ISSUED}  # sealed, and served, by the jobs that also run in the product


# --- the public row ---


def publish(kit: Kit, session: Session, finding: Finding) -> bool:
    """The next step towards a published result; False when it is there."""
    wanted = sa.select(Result).where(Result.finding_id == finding.id, Result.status != ResultStatus.WITHDRAWN)
    result = session.scalars(wanted.order_by(Result.edition.desc())).first()
    if result is None:
        publication.propose(session, finding, by=kit.agency(session, Role.COORDINATOR))
        return True
    if result.status == ResultStatus.PROPOSED:
        publication.publish(session, result, by=kit.agency(session, Role.REVIEWER))
        return True
    return False


# --- from where a case stands to where it can go ---


def carry(kit: Kit, kind: type[Any], key: int, steps: dict[Any, Step], plan: SamplePlan) -> None:
    """Take a task or a sample as far as its steps reach, one transaction a step."""
    while True:
        with kit.sessions.begin() as session:
            case = session.get_one(kind, key)
            step = steps.get(case.status)
            if step is None:
                return
            step(kit, session, case, plan)


def carry_notice(kit: Kit, key: int) -> None:
    while True:
        with kit.sessions.begin() as session:
            notice = session.get_one(Notice, key)
            step = NOTICE_STEPS.get(notice.status)
            by_a_job = notice.status in BY_A_JOB
            if step is not None:
                step(kit, session, notice)
            elif not by_a_job:
                return
        if by_a_job:
            jobs.run_now(kit.sessions, kit.settings)


def repeat(kit: Kit, deed: Callable[[Session], bool]) -> None:
    """Do a deed, a transaction each time, until it says that there is nothing left to do."""
    while True:
        with kit.sessions.begin() as session:
            if not deed(session):
                return


def free_findings(session: Session, samples: list[int]) -> list[Finding]:
    """Confirmed nonconforming findings on these samples that stand on no notice yet."""
    on_notice = sa.select(NoticeItem.finding_id)
    wanted = sa.select(Finding).where(
        Finding.sample_id.in_(samples),
        Finding.status == FindingStatus.CONFIRMED,
        Finding.verdict == "nonconforming",
        Finding.id.not_in(on_notice),
    )
    return list(session.scalars(wanted.order_by(Finding.id)))
