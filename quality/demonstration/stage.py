"""Each drawn listing from its task to its finding, as far as its story goes: steps of a walk, and some of our own.

What is to be done is read from where a case stands: killed at any point, the next load goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Drawn
from quality.campaigns.sampling import DrawRole
from quality.core import clock
from quality.demonstration import people
from quality.demonstration.people import AGENCY, ORGANISATIONS, SECOND_LABORATORY, working
from quality.demonstration.pictures import picture
from quality.demonstration.script import SCRIPT, STAND_IN, TESTED_BY, Story
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in
from quality.lab import operations as lab
from quality.lab.models import Finding, FindingStatus
from quality.lab.queries import standing_finding
from quality.objections import operations as objections
from quality.objections.models import Ground, Objection, ObjectionStatus, Party
from quality.objections.queries import telling_of
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Role
from quality.purchases import operations as purchases
from quality.purchases.labels import LabelProblem
from quality.purchases.models import PortionKind, Sample, SampleStatus, Task, TaskStatus, Unobtainable, Untested
from quality.purchases.workflow import ORDER_SHOWS
from quality.walk import steps
from quality.walk.kit import COURIER, Kit, Step, carry, repeat
from quality.walk.reading import SamplePlan
from quality.walk.rows import Row

QUANTITY = 2  # bought of each: one to test, one to keep


@dataclass(frozen=True)
class Stage(Kit):
    """What the steps of a walk need, with the demonstration's own people and pictures."""

    def agency(self, session: Session, role: Role) -> Actor:
        return working(session, AGENCY, role)

    def at(self, session: Session, organisation: Organisation | None, role: Role) -> Actor:
        assert organisation is not None, "a case that was sent names where it went"
        return working(session, organisation.code, role)

    def proof(self, session: Session, subject: str, kind: EvidenceKind, by: Actor) -> str:
        return take_in(session, self.vault, picture(subject, kind), kind=kind, by=by).sha256


def story_of(drawn: Drawn) -> Story:
    return SCRIPT[drawn.stratum][drawn.rank - 1] if drawn.role == DrawRole.MAIN else STAND_IN


def plan_of(drawn: Drawn) -> SamplePlan:
    """The listing and its story in the columns that the steps of a walk read."""
    listing, story = drawn.listing, story_of(drawn)
    product = {name: str(listing.get(name) or "") for name in ("spec", "brand", "producer_name", "producer_address")}
    cells = product | {
        "product_name": str(listing["title"]).split()[0],
        "batch": f"B{drawn.draw_digest[:6].upper()}",
        "first_lab": ORGANISATIONS[TESTED_BY[str(listing["platform"])]][1],
    }
    return SamplePlan(
        drawn.listing_id, [Row(0, cells | entry._asdict()) for entry in story.measured] or [Row(0, cells)]
    )


# --- the steps that a walk does not take, or takes otherwise ---


def order(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    steps.show(kit, session, task, buyer, *sorted(ORDER_SHOWS))
    purchases.order(
        session,
        task,
        by=buyer,
        cipher=kit.cipher,
        order_number=f"DEMO-{task.number}",
        account="demonstration",
        recipient="林晚",
        address="云州市示例路1号",
        telephone="000-0000-0000",
        paid_fen=int(task.drawn.listing["price_fen"]) * QUANTITY,
        paid_at=clock.now(),
        quantity=QUANTITY,
    )


def give_up(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    purchases.give_up(session, task, Unobtainable.OUT_OF_STOCK, by=kit.agency(session, Role.BUYER))


def hand_on(kit: Kit, session: Session, task: Task, plan: SamplePlan) -> None:
    buyer = kit.agency(session, Role.BUYER)
    steps.show(kit, session, task, buyer, EvidenceKind.PACKAGING, EvidenceKind.MARKS)
    lacks = [LabelProblem.PRODUCER_NAME, LabelProblem.PRODUCER_ADDRESS, LabelProblem.DATE_OR_BATCH]
    purchases.check_label(session, task, lacks, by=buyer)
    purchases.hand_on(session, task, Untested.NO_PRODUCER, by=buyer)


def refuse(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    portion = sample.portion(PortionKind.TEST)
    lab.refuse(
        session,
        portion,
        "封条断裂，包装一角破开，无法确认样品未被调换。",
        by=kit.at(session, portion.laboratory, Role.ANALYST),
        seal_no=portion.seal_no,
        seal_intact=False,
        condition="封条断裂",
    )


def accept(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    portion = sample.portion(PortionKind.TEST)
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    lab.receive(
        session, portion, by=by, seal_no=portion.seal_no, seal_intact=True, condition="完好", received_at=clock.now()
    )


def test(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    portion = sample.portion(PortionKind.TEST)
    by = kit.at(session, portion.laboratory, Role.ANALYST)
    lab.enter_report(session, by=by, **steps.report_of(portion, by), results=steps.results_of(plan.rows))


def authorise(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    report = steps.report_to_sign(session, sample.portion(PortionKind.TEST))
    lab.authorise(session, report, by=kit.at(session, report.laboratory, Role.SIGNATORY))


def propose(kit: Kit, session: Session, sample: Sample, plan: SamplePlan) -> None:
    lab.propose_finding(session, sample, by=kit.agency(session, Role.COORDINATOR))


TASK_STEPS: dict[TaskStatus, Step] = {**steps.TASK_STEPS, TaskStatus.ASSIGNED: order}
SAMPLE_STEPS: dict[SampleStatus, Step] = {
    **steps.SAMPLE_STEPS,
    SampleStatus.DISPATCHED: accept,
    SampleStatus.AT_LAB: test,
    SampleStatus.TESTING: authorise,
}
SIDE_EXITS: dict[Any, dict[Any, Step]] = {
    TaskStatus.UNOBTAINABLE: {TaskStatus.ASSIGNED: give_up},
    TaskStatus.TRANSFERRED_UNTESTED: {TaskStatus.RECEIVED: hand_on},
    SampleStatus.REFUSED_BY_LAB: {SampleStatus.DISPATCHED: refuse},
}


def road_to(end: Any, road: dict[Any, Step]) -> dict[Any, Step]:
    """The steps to `end`, and none out of it."""
    taken = {**road, **SIDE_EXITS.get(end, {})}
    return {status: step for status, step in taken.items() if status != end}


def play(stage: Kit, task: int) -> None:
    """One task, the sample that comes of it, what is found, and what its producer says to that."""
    with stage.sessions() as session:
        drawn = session.get_one(Task, task).drawn
        story, plan = story_of(drawn), plan_of(drawn)
    carry(stage, Task, task, road_to(story.task, TASK_STEPS), plan)
    if story.task != TaskStatus.SEALED:
        return
    with stage.sessions() as session:
        sample = session.scalars(sa.select(Sample.id).where(Sample.task_id == task)).one()
    carry(stage, Sample, sample, road_to(story.sample, SAMPLE_STEPS), plan)
    deeds: list[Callable[[Session], bool]] = []
    if story.finding == FindingStatus.PROPOSED:
        deeds.append(partial(propose_once, stage, sample, plan))
    if story.is_published:
        deeds.append(partial(tell_once, stage, sample))
    if story.is_objected_to:
        deeds.append(partial(object_to, stage, sample))
    for deed in deeds:
        repeat(stage, deed)


def propose_once(stage: Kit, sample: int, plan: SamplePlan, session: Session) -> bool:
    case = session.get_one(Sample, sample)
    if standing_finding(session, case):
        return False
    propose(stage, session, case, plan)
    return True


def tell_once(stage: Kit, sample: int, session: Session) -> bool:
    """Seller and producer receive the result, one after the other."""
    finding = finding_of(session, sample)
    for party in (Party.SELLER, Party.PRODUCER):
        if telling_of(session, finding, party) is None:
            objections.tell(session, finding, party, clock.now(), by=stage.agency(session, Role.COORDINATOR))
            return True
    return False


def object_to(stage: Kit, sample: int, session: Session) -> bool:
    """The producer doubts the result; the story ends with the backup portion on its way to the second laboratory."""
    finding, coordinator = finding_of(session, sample), stage.agency(session, Role.COORDINATOR)
    objection = session.scalars(sa.select(Objection).where(Objection.finding_id == finding.id)).one_or_none()
    if objection is None:
        now, party, ground = clock.now(), Party.PRODUCER, Ground.RESULT
        objections.receive(
            session, finding, by=coordinator, party=party, ground=ground, result_received_at=now, received_at=now
        )
        return True
    match objection.status:
        case ObjectionStatus.RECEIVED:
            objections.admit(session, objection, by=coordinator)
        case ObjectionStatus.ADMITTED:
            second = people.organisation(session, SECOND_LABORATORY)
            objections.send_to_reinspection(session, objection, second, by=coordinator, courier=COURIER)
        case _:
            return False
    return True


def finding_of(session: Session, sample: int) -> Finding:
    finding = standing_finding(session, session.get_one(Sample, sample))
    assert finding is not None, "its sample is concluded"
    return finding
