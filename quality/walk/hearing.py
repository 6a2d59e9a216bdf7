"""Objections that the file tells of: a result that another laboratory confirmed, and a product that is a forgery."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.lab.models import Finding, FindingStatus, Report, ReportStatus, Verdict
from quality.lab.queries import standing_finding
from quality.objections import operations as objections
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus, Party
from quality.permissions import Role
from quality.purchases.models import PortionKind, PortionStatus, Sample
from quality.standards.names import item_key
from quality.walk.kit import Kit, parcel_of
from quality.walk.reading import SamplePlan
from quality.walk.steps import authorise_report, enter_report, take_in_portion


def hear(kit: Kit, plan: SamplePlan, sample_id: int, session: Session) -> bool:
    """The next step of what is objected to this sample; False when all of it is decided, or nothing is to object to."""
    finding = standing_finding(session, session.get_one(Sample, sample_id))
    if finding is None or finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        return False
    return any(hear_one(kit, session, finding, plan, party=who, ground=what) for who, what in objections_of(plan))


def objections_of(plan: SamplePlan) -> list[tuple[Party, Ground]]:
    """Who objects to what. A party objects once: where the producer denies the product, the seller does the rest."""
    found: list[tuple[Party, Ground]] = []
    if plan["reinspection_lab"]:
        found.append((Party.SELLER if plan.is_denied else Party.PRODUCER, Ground.RESULT))
    if plan.is_denied:
        found.append((Party.PRODUCER, Ground.AUTHENTICITY))
    return found


def hear_one(kit: Kit, session: Session, finding: Finding, plan: SamplePlan, *, party: Party, ground: Ground) -> bool:
    coordinator = kit.agency(session, Role.COORDINATOR)
    wanted = sa.select(Objection).where(Objection.finding_id == finding.id, Objection.ground == ground)
    objection = session.scalars(wanted.order_by(Objection.id)).first()
    if objection is None:
        now = clock.now()
        objections.receive(
            session, finding, by=coordinator, party=party, ground=ground, result_received_at=now, received_at=now
        )
        return True
    match objection.status:
        case ObjectionStatus.RECEIVED:
            objections.admit(session, objection, by=coordinator)
        case ObjectionStatus.ADMITTED if ground == Ground.AUTHENTICITY:
            reviewer = kit.agency(session, Role.REVIEWER)
            objections.decide(session, objection, Decision.UPHELD, by=reviewer, reason=plan.remark)
        case ObjectionStatus.ADMITTED:
            second = kit.laboratory(session, plan["reinspection_lab"])
            if objection.draw is None:  # the file says where it went
                objections.draw_laboratory(session, objection, by=coordinator, only=second)
            objections.send_to_reinspection(session, objection, second, by=coordinator, way=parcel_of(objection.number))
        case ObjectionStatus.IN_REINSPECTION:
            reinspect(kit, session, objection, plan)
        case _:
            return False
    return True


def reinspect(kit: Kit, session: Session, objection: Objection, plan: SamplePlan) -> None:
    """The second laboratory finds what the first one found: so the file says, by naming it."""
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    entered = sa.select(Report.id).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    match portion.status:
        case PortionStatus.DISPATCHED:
            take_in_portion(kit, session, portion)
        case PortionStatus.AT_LAB if session.scalars(entered).first() is None:
            disputed = {item_key(name) for name in objection.items}
            enter_report(kit, session, portion, [row for row in plan.rows if item_key(row["item"]) in disputed])
        case PortionStatus.AT_LAB:
            authorise_report(kit, session, portion)
        case _:
            reviewer = kit.agency(session, Role.REVIEWER)
            objections.decide(session, objection, Decision.DISMISSED, by=reviewer)
