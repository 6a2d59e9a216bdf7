"""The demonstration's papers: one of each kind, asked for as people do, made by the jobs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import Base
from quality.documents.models import DocumentKind, Language
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.pages.papers import ASKS
from quality.permissions import Role
from quality.purchases.models import PortionKind, PortionStatus
from quality.walk.kit import Kit

K = DocumentKind


def ask_for_papers(kit: Kit, session: Session) -> None:
    """Of one nonconforming sample, and of its test portion. What is there already is not asked for again."""
    told = sa.select(Finding).where(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
    finding = session.scalars(told.order_by(Finding.id).limit(1)).one()
    sample, by = finding.sample, kit.agency(session, Role.COORDINATOR)
    portion = sample.portion(PortionKind.TEST)
    assert portion.status != PortionStatus.SEALED, "it was tested"
    wanted: list[tuple[DocumentKind, Base]] = [
        (K.SAMPLING_SHEET, sample),
        (K.LABEL_SHEET, sample),
        (K.LABEL, portion),
        (K.CUSTODY_SHEET, portion),
        (K.TEST_ORDER, portion),
        (K.RESULT_NOTICE, finding),
    ]
    for kind, subject in wanted:
        ASKS[kind].ask(session, subject, Language.ZH, by=by)
    ASKS[K.RESULT_NOTICE].ask(session, finding, Language.EN, by=by)
