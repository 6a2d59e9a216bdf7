"""The notice to each platform, carried until it is closed, and the public row about each sample."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality import jobs
from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.errors import Invalid, Refused
from quality.core.words import _
from quality.core.workflow import perform
from quality.delivery.sending import send_due_webhooks
from quality.documents.jobs import make_at_once
from quality.documents.press import Press
from quality.evidence.models import EvidenceKind
from quality.lab.models import Finding, FindingStatus
from quality.notices import operations as notices
from quality.notices import workflow as notice_moves
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus, Outcome
from quality.permissions import Role
from quality.publication import operations as publication
from quality.publication.copies import TYPED
from quality.publication.models import Result, ResultStatus
from quality.walk.kit import BASIS, Kit

REASONS = "经检验，所列商品的检验项目不符合限量要求。"
ANSWERS_AT_ONCE = 500

# --- the notice ---


def free_findings(session: Session, samples: list[int]) -> list[Finding]:
    """Confirmed nonconforming findings on these samples that stand on no notice yet."""
    wanted = sa.select(Finding).where(
        Finding.sample_id.in_(samples),
        Finding.status == FindingStatus.CONFIRMED,
        Finding.verdict == "nonconforming",
        Finding.id.not_in(sa.select(NoticeItem.finding_id)),
    )
    return list(session.scalars(wanted.order_by(Finding.id)))


def draft(kit: Kit, session: Session, findings: list[Finding]) -> None:
    coordinator = kit.agency(session, Role.COORDINATOR)
    notices.draft_notices(session, findings, by=coordinator, kind="order", legal_basis=BASIS, reasons=REASONS)


def submit(kit: Kit, session: Session, notice: Notice) -> None:
    notices.submit(session, notice, by=kit.agency(session, Role.COORDINATOR))


def approve(kit: Kit, session: Session, notice: Notice) -> None:
    perform(session, notice, notice_moves.APPROVE, by=kit.agency(session, Role.REVIEWER))


def issue(kit: Kit, session: Session, notice: Notice) -> None:
    notices.issue(session, notice, by=kit.agency(session, Role.COORDINATOR))


def wait(kit: Kit, session: Session, notice: Notice) -> None:
    """Nothing for people to do: jobs print and seal it, send it, and prove its receipt by the answer to the webhook."""


def hear(kit: Kit, session: Session, notice: Notice) -> None:
    """What a walk that was killed did not hear any more is sent to this one."""
    kit.doors.hear_of(notice, session)


def acknowledge(kit: Kit, session: Session, notice: Notice) -> None:
    """By the platform's own system, which heard of the notice by its webhook: that proved the receipt."""
    kit.doors.hear_of(notice, session)
    desk = kit.at(session, notice.platform, Role.PLATFORM)
    reference = {"reference": f"WALK-{notice.number}"}
    kit.doors.ask(desk, "POST", f"/platform/notices/{notice.number}/acknowledge", reference)


def answer(kit: Kit, session: Session, notice: Notice) -> None:
    desk, now = kit.at(session, notice.platform, Role.PLATFORM), rfc3339(clock.now())
    asked = kit.doors.ask(desk, "GET", f"/platform/notices/{notice.number}")["items"]
    waiting = [each["listing_id"] for each in asked if each["status"] == ItemStatus.OPEN][:ANSWERS_AT_ONCE]
    removed = {"outcome": Outcome.REMOVED, "acted_at": now, "units_sold": 0}
    outcomes = {"outcomes": [{"listing_id": listing_id, **removed} for listing_id in waiting]}
    for answered in kit.doors.ask(desk, "POST", f"/platform/notices/{notice.number}/outcomes", outcomes)["items"]:
        if not answered["ok"]:
            raise Refused(answered["code"], answered["reason"])


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
    NoticeStatus.ISSUING: wait,
    NoticeStatus.ISSUED: hear,
    NoticeStatus.SERVED: acknowledge,
    NoticeStatus.ACKNOWLEDGED: answer,
    NoticeStatus.ANSWERED: verify,
}
BY_A_JOB = {NoticeStatus.ISSUING, NoticeStatus.ISSUED}  # sealed, and served, by the jobs that also run in the product
TO_BE_HEARD = {NoticeStatus.APPROVED, *BY_A_JOB}


def carry_notice(kit: Kit, key: int) -> None:
    while True:
        with kit.sessions() as session:
            notice = session.get_one(Notice, key)
            if notice.status in TO_BE_HEARD:
                kit.doors.listen_for(notice.platform, session)
        with kit.sessions.begin() as session:
            notice = session.get_one(Notice, key)
            status, step = notice.status, NOTICE_STEPS.get(notice.status)
            if step is None:
                return
            step(kit, session, notice)
        if status in BY_A_JOB:
            run_jobs(kit)
            with kit.sessions() as session:
                if session.get_one(Notice, key).status == status:
                    raise Refused("job_did_nothing", _("The job did not move this notice on; walk again"))


def run_jobs(kit: Kit) -> None:
    """Each once, for who will not wait; webhooks may also go to this machine, where the walk listens."""
    make_at_once(kit.sessions, Press.of(kit.settings))
    for job in jobs.JOBS:
        if job.do is send_due_webhooks:
            kit.doors.deliver()
        else:
            job.do(kit.sessions, kit.settings)


# --- the public row ---


def publish(kit: Kit, finding_id: int) -> None:
    """Propose what is not proposed, publish what is proposed; nothing where the result is there."""
    with kit.sessions() as session:
        result = result_about(session, finding_id)
    if result is None:
        propose(kit, finding_id)
    with kit.sessions.begin() as session:
        result = result_about(session, finding_id)
        if result and result.status == ResultStatus.PROPOSED:
            publication.publish(session, result, by=kit.agency(session, Role.REVIEWER))


def propose(kit: Kit, finding_id: int) -> None:
    """Personal data is withheld, field by field, exactly where it is found: the rest is published all the same."""
    try:
        propose_without(kit, finding_id, set())
    except Invalid as no:
        personal = {problem.field for problem in no.problems}
        if not personal <= set(TYPED):
            raise
        propose_without(kit, finding_id, personal)


def propose_without(kit: Kit, finding_id: int, withheld: set[str]) -> None:
    with kit.sessions.begin() as session:
        finding, by = session.get_one(Finding, finding_id), kit.agency(session, Role.COORDINATOR)
        publication.propose(session, finding, by=by, withhold=withheld)


def result_about(session: Session, finding_id: int) -> Result | None:
    wanted = sa.select(Result).where(Result.finding_id == finding_id, Result.status != ResultStatus.WITHDRAWN)
    return session.scalars(wanted.order_by(Result.edition.desc())).first()
