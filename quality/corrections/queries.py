"""Corrections and transfers to read, and those that a finding has."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotFound
from quality.corrections.models import Correction, CorrectionStatus, StepKind, Transfer, TransferStatus
from quality.documents.models import DocumentKind
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.objections.models import Party
from quality.people.actor import Actor, within
from quality.people.regions import PROVINCES, is_elsewhere, region_of_address, region_of_code
from quality.permissions import Can
from quality.purchases.models import Sample


def visible_to(actor: Actor) -> sa.Select[Correction]:
    mine = within(Correction, actor) if actor.can(Can.CORRECTION_READ) else sa.false()
    return sa.select(Correction).where(mine).order_by(Correction.id.desc())


def one_visible(session: Session, actor: Actor, number: str) -> Correction:
    found = session.scalars(visible_to(actor).where(Correction.number == number)).one_or_none()
    if found is None:
        raise NotFound(number)
    return found


def corrections_of(session: Session, finding: Finding) -> Sequence[Correction]:
    return session.scalars(
        sa.select(Correction).where(Correction.finding_id == finding.id).order_by(Correction.id)
    ).all()


def live_correction(session: Session, finding: Finding, party: Party) -> Correction | None:
    """Everything but a withdrawn one: nobody is ordered twice to correct the same."""
    asked = sa.select(Correction).where(Correction.finding_id == finding.id, Correction.party == party)
    return session.scalars(asked.where(Correction.status != CorrectionStatus.WITHDRAWN)).one_or_none()


PAPERS = {  # by the step that another person confirmed, the last first
    StepKind.SUSPENSION: DocumentKind.SUSPENSION_PROPOSAL,
    StepKind.ANNOUNCEMENT: DocumentKind.CORRECTION_ANNOUNCEMENT,
    StepKind.ORDER: DocumentKind.CORRECTION_ORDER,
}
S = CorrectionStatus
TO_BE_TOLD = {  # what its party should have been sent
    DocumentKind.CORRECTION_ORDER: (S.ORDERED, S.REPORTED, S.FAILED),
    DocumentKind.CORRECTION_ANNOUNCEMENT: (S.ANNOUNCED, S.SECOND_FAILED),
    DocumentKind.SUSPENSION_PROPOSAL: (S.SUSPENSION_PROPOSED,),
}


def newest_paper(correction: Correction) -> DocumentKind | None:
    """What there is to tell the party; nothing of what is withdrawn or went elsewhere."""
    if correction.status in {S.WITHDRAWN, S.TRANSFERRED}:
        return None
    return next((paper for step, paper in PAPERS.items() if correction.confirmed(step)), None)


def is_to_be_told(correction: Correction) -> bool:
    return any(correction.status in statuses and correction.told != paper for paper, statuses in TO_BE_TOLD.items())


def waits_to_be_told() -> sa.ColumnElement[bool]:
    """The same, asked of many at once."""
    return sa.or_(
        *(
            sa.and_(Correction.status.in_(statuses), sa.or_(Correction.told.is_(None), Correction.told != paper))
            for paper, statuses in TO_BE_TOLD.items()
        )
    )


def transfers_visible_to(actor: Actor) -> sa.Select[Transfer]:
    mine = within(Transfer, actor) if actor.can(Can.TRANSFER_READ) else sa.false()
    return sa.select(Transfer).where(mine).order_by(Transfer.id.desc())


def one_transfer(session: Session, actor: Actor, number: str) -> Transfer:
    found = session.scalars(transfers_visible_to(actor).where(Transfer.number == number)).one_or_none()
    if found is None:
        raise NotFound(number)
    return found


def transfers_of(session: Session, finding: Finding) -> Sequence[Transfer]:
    return session.scalars(sa.select(Transfer).where(Transfer.finding_id == finding.id).order_by(Transfer.id)).all()


def live_transfer(session: Session, finding: Finding, party: Party) -> Transfer | None:
    asked = sa.select(Transfer).where(Transfer.finding_id == finding.id, Transfer.party == party)
    return session.scalars(asked.where(Transfer.status != TransferStatus.WITHDRAWN).limit(1)).first()


def producer_is_elsewhere(own: str) -> sa.ColumnElement[bool]:
    """Findings whose producer another region's authority is in charge of (`region_of`), asked of many at once.

    As far as its address tells the province; of those that stand as nonconforming, before anything was begun with it.
    """
    others = [name for name, code in PROVINCES.items() if is_elsewhere(f"{code}0000", own)]
    address = sa.func.ltrim(Sample.producer_address)
    there = sa.or_(sa.false(), *(address.startswith(name, autoescape=True) for name in others))
    begun = [
        sa.exists().where(case.finding_id == Finding.id, case.party == Party.PRODUCER, case.status != over)
        for case, over in ((Correction, CorrectionStatus.WITHDRAWN), (Transfer, TransferStatus.WITHDRAWN))
    ]
    stands = sa.and_(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
    named = Finding.sample.has(sa.and_(Sample.producer_name != "", there))
    return sa.and_(stands, named, *(~each for each in begun))


def region_of(finding: Finding, party: Party) -> str | None:
    """As far as anything on record tells it: a seller's by its shop's code, a producer's by its address."""
    sample = finding.sample
    if party == Party.SELLER:
        return region_of_code(str(sample.purchase.drawn.listing.get("shop_uscc") or ""))
    return region_of_address(sample.producer_address)
