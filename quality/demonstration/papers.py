"""The demonstration's papers: one of each kind, asked for as people do."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core.db import Base
from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.documents.models import DocumentKind, Language
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import Notice, NoticeStatus
from quality.pages.papers import ASKS
from quality.purchases.models import PortionKind, PortionStatus

K = DocumentKind


def story(stage: Stage) -> Story:
    """Of one nonconforming sample, of its campaign, of its test portion, and of a notice."""
    yield moment(stage.almanac.working(-1), 16, "papers")
    told = sa.select(Finding).where(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
    finding = stage.session.scalars(told.order_by(Finding.id.desc()).limit(1)).one()
    sample, by = finding.sample, stage.coordinator
    portion = sample.portion(PortionKind.TEST)
    assert portion.status != PortionStatus.SEALED, "it was tested"
    out = sa.select(Notice).where(Notice.issued_at.is_not(None), Notice.status != NoticeStatus.WITHDRAWN)
    notice = stage.session.scalars(out.order_by(Notice.id.desc()).limit(1)).one()
    wanted: list[tuple[DocumentKind, Base]] = [
        (K.SAMPLING_PLAN, sample.campaign),
        (K.IMPLEMENTING_RULES, sample.campaign),
        (K.UNREACHED, sample.campaign),
        (K.SAMPLING_SHEET, sample),
        (K.SAMPLING_NOTICE, sample),
        (K.LABEL_SHEET, sample),
        (K.LABEL, portion),
        (K.CUSTODY_SHEET, portion),
        (K.TEST_ORDER, portion),
        (K.RESULT_NOTICE, finding),
        (K.COVER_LETTER, notice),
        (K.DOSSIER, finding),
    ]
    for kind, subject in wanted:
        ASKS[kind].ask(stage.session, subject, Language.ZH, by=by)
    stage.after("documents")
