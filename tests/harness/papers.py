"""Papers of each kind, asked for as people do, of cases that walked the real road."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core.db import Base
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.queries import open_document
from quality.documents.readers import FOR_WHOM
from quality.evidence.vault import vault_from
from quality.lab.queries import following
from quality.notices.models import NoticeStatus
from quality.objections.models import Decision, Party
from quality.objections.operations import decide, send_letter
from quality.pages.papers import ASKS
from quality.purchases.models import PortionKind
from quality.web import settings
from tests.harness.beginnings import Concluded
from tests.harness.campaigns import approved_by_review
from tests.harness.corrections import at_the_top, sent_transfer
from tests.harness.lab import GOOD
from tests.harness.notices import notice_at, run
from tests.harness.objections import reinspected_objection
from tests.harness.press import making
from tests.harness.publication import closed_campaign

K = DocumentKind
ABOUT_A_CORRECTION = (K.CORRECTION_ORDER, K.CORRECTION_ANNOUNCEMENT, K.SUSPENSION_PROPOSAL)
ABOUT_A_PLAN = (K.IMPLEMENTING_RULES, K.SAMPLING_PLAN)
ABOUT_AN_OBJECTION = (K.OBJECTION_ANSWER, K.REINSPECTION_NOTICE, K.OBJECTION_DECISION, K.FINAL_CONCLUSION)
FOR_A_LABORATORY = (K.LABEL, K.CUSTODY_SHEET, K.TEST_ORDER)


def subject_of(session: Session, concluded: Concluded, kind: DocumentKind) -> Base:
    """The case that such a paper is about: of a nonconforming product, whose test portion was tested."""
    finding = concluded.bad[0]
    sample = finding.sample
    subject: Base = sample
    if kind in FOR_A_LABORATORY:
        subject = sample.portion(PortionKind.TEST)
    elif kind is K.RESULT_NOTICE:
        subject = finding
    elif kind in ABOUT_AN_OBJECTION:
        session.info["confirmed"] = [finding]
        objection = reinspected_objection(session, concluded.cast, GOOD[:1])
        decide(session, objection, Decision.UPHELD, by=concluded.cast.reviewer, cost_fen=120_000)
        last = following(session, finding)
        assert last
        subject = last if kind is K.FINAL_CONCLUSION else objection
    elif kind in (K.DISPOSAL_NOTICE, K.COVER_LETTER, K.DOSSIER):
        subject = notice_at(session, concluded.cast, NoticeStatus.ISSUED, finding)
    elif kind is K.NOTICE_WITHDRAWAL:
        subject = notice_at(session, concluded.cast, NoticeStatus.WITHDRAWN, finding)
    elif kind in (*ABOUT_A_PLAN, K.UNREACHED):
        subject = campaign_with_a_plan(session, concluded, kind)
    elif kind is K.ANNOUNCEMENT:
        subject = closed_campaign(session, concluded)
    elif kind in ABOUT_A_CORRECTION:
        subject = at_the_top(session, concluded.cast, finding)
    elif kind is K.TRANSFER_COVER:
        subject = sent_transfer(session, concluded.cast, finding)
    return subject


def campaign_with_a_plan(session: Session, concluded: Concluded, kind: DocumentKind) -> Campaign:
    """A sampling plan is printed from an edition that is kept."""
    if kind is K.SAMPLING_PLAN:
        return approved_by_review(session, concluded.cast, settings().frames_folder)
    if kind is K.UNREACHED:
        send_letter(session, concluded.bad[0], Party.SELLER, by=concluded.cast.coordinator)
    return concluded.bad[0].sample.campaign


def asked(session: Session, concluded: Concluded, kind: DocumentKind, subject: Base) -> dict[Language, Document]:
    """In each language that it has, asked for and made."""
    rows = {
        each: ASKS[kind].ask(session, subject, each, by=concluded.cast.coordinator) for each in ASKS[kind].languages
    }
    run(session, making)
    return rows


def pdf_of(document: Document) -> bytes:
    with open_document(
        vault_from(current_app.config["SETTINGS"].evidence_url), document, next(iter(FOR_WHOM[document.kind]))
    ) as kept:
        return kept.read()
