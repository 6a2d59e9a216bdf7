"""A notice went by post: the platform's own receipt proves that it arrived, where nothing on the network did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Reason, _
from quality.core.workflow import record
from quality.delivery.models import Channel
from quality.delivery.operations import Proof, ask_again, first_proof, not_before_the_asking, serve
from quality.delivery.queries import WITH_THE_PLATFORM
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.notices.models import Notice, NoticeItem, NoticeStatus
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields

LONGEST_RECEIPT = 60


def prove_by_post(
    session: Session,
    notice: Notice,
    received_at: datetime,
    receipt_no: str,
    receipt: str,
    *,
    by: Actor,
    version: int | None = None,
) -> None:
    """The notice, or what came back to its platform, was received by post at `received_at`; its periods run from there.

    `receipt` is the sha256 of the receipt's picture, sent before. What it opened earlier counts.
    """
    permit(by, Can.NOTICE_DRAFT, notice)
    asked = asked_at(notice)
    before = _("It cannot have arrived before it was issued, or before the platform was asked again")
    problems = [
        *fields.moment("received_at", received_at, earliest=min(asked, default=None), before=before),
        *fields.text("receipt_no", receipt_no, most=LONGEST_RECEIPT, ask=_("Enter the number of the postal receipt")),
    ]
    if not receipt:
        problems.append(FieldProblem("receipt", "missing", _("Choose the picture of the postal receipt")))
    if problems:
        raise Invalid(*problems)
    told = {"receipt_no": receipt_no.strip(), "received_at": received_at}
    record(session, notice, "posted", by=by, version=version, details=told)
    if reason := needs_no_proof(notice, by):
        raise Refused.because(reason)
    exhibit = attach(session, notice, receipt, EvidenceKind.RECEIPT, by=by)
    with not_before_the_asking(notice):
        if notice.status == NoticeStatus.ISSUED:
            assert notice.issued_at, "the database holds it"
            posted = proof_of(exhibit.id, receipt_no, received_at, notice.issued_at)
            known = first_proof(session, notice)
            serve(session, notice, min(filter(None, (known, posted)), key=lambda proof: proof.at))
            return
        reached = [item for item in notice.asked_again if is_reached(item, received_at)]
        proofs = {
            item.id: proof_of(exhibit.id, receipt_no, received_at, item.asked_again_at or received_at)
            for item in reached
        }
        ask_again(session, notice, proofs, version=notice.version)


def proof_of(exhibit: int, receipt_no: str, received_at: datetime, asked: datetime) -> Proof:
    """A form knows minutes only: what came in the minute in which it was issued came after that."""
    return Proof(Channel.POST, max(received_at, asked), {"exhibit": exhibit, "receipt_no": receipt_no.strip()})


def is_reached(item: NoticeItem, received_at: datetime) -> bool:
    asked = item.asked_again_at
    return asked is not None and asked.replace(second=0, microsecond=0) <= received_at


def asked_at(notice: Notice) -> list[datetime]:
    """When the platform was asked what nothing proves yet that it knows."""
    moments = [notice.issued_at] if notice.status == NoticeStatus.ISSUED else []
    if notice.status in WITH_THE_PLATFORM:
        moments = [item.asked_again_at for item in notice.asked_again]
    return [each for each in moments if each is not None]


def needs_no_proof(notice: Notice, _by: Actor) -> Reason | None:
    if asked_at(notice):
        return None
    return Reason("received_already", _("It is on record already that the platform has it"))
