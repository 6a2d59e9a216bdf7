"""The demonstration's papers: one of each kind, asked for as people do."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import clock
from quality.core.db import Base
from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.documents.models import DocumentKind, Language
from quality.informing.models import Outcome, Way
from quality.informing.operations import Tried, note_try, tell
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import Notice, NoticeStatus
from quality.objections.models import Party
from quality.pages.papers import ASKS
from quality.purchases.models import PortionKind, PortionStatus, Sample

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
    tell_who_is_concerned(stage, sample)
    stage.after("documents")


def tell_who_is_concerned(stage: Stage, sample: Sample) -> None:
    """The platform finds it on its pages. The seller's link was not answered, and nobody took the telephone."""
    tell(stage.session, sample, Party.PLATFORM, by=stage.coordinator)
    notice = tell(stage.session, sample, Party.SELLER, by=stage.coordinator).notice
    tried = Tried(Way.TELEPHONE, Outcome.UNREACHABLE, clock.now(), note="两次拨打均无人接听")
    note_try(stage.session, notice, tried, by=stage.coordinator)
