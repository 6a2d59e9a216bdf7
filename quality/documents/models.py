"""What was put on paper: what each document says, kept as it was asked for, and the hash of the PDF made from it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.events import Recorded
from quality.evidence.models import IN_VAULT
from quality.people.models import Organisation


class DocumentKind(StrEnum):
    SAMPLING_SHEET = "sampling_sheet"  # 抽样单
    SAMPLING_NOTICE = "sampling_notice"  # 抽样告知书
    UNREACHED = "unreached"  # 未送达当事人清单，机关内部
    LABEL = "label"  # 样品标签, for a label printer
    LABEL_SHEET = "label_sheet"  # the labels of a sample on A4, to be cut
    CUSTODY_SHEET = "custody_sheet"  # 样品流转单
    TEST_ORDER = "test_order"  # 检验委托书
    RESULT_NOTICE = "result_notice"  # 检验结果通知书
    OBJECTION_ANSWER = "objection_answer"  # 异议受理（不予受理）通知书
    REINSPECTION_NOTICE = "reinspection_notice"  # 复检通知书
    OBJECTION_DECISION = "objection_decision"  # 异议处理决定书
    FINAL_CONCLUSION = "final_conclusion"  # 复检结论通知书
    DISPOSAL_NOTICE = "disposal_notice"  # 处置通知书
    COVER_LETTER = "cover_letter"  # 邮寄送达函, with which a notice goes by post
    NOTICE_WITHDRAWAL = "notice_withdrawal"  # 撤回处置通知书的通知
    IMPLEMENTING_RULES = "implementing_rules"  # 实施细则
    SAMPLING_PLAN = "sampling_plan"  # 抽样方案，机关内部
    ANNOUNCEMENT = "announcement"  # 抽查公告
    CONFORMANCE = "conformance"  # 接口符合性测试报告
    CORRECTION_ORDER = "correction_order"  # 责令改正通知书
    CORRECTION_ANNOUNCEMENT = "correction_announcement"  # 改正复查不合格公告
    SUSPENSION_PROPOSAL = "suspension_proposal"  # 停业整顿、吊销许可建议书
    DOSSIER = "dossier"  # 案卷，机关内部
    TRANSFER_COVER = "transfer_cover"  # 案件移送函


class Language(StrEnum):
    ZH = "zh"  # the document
    EN = "en"  # a courtesy copy, which says so


WAITING = sa.text("sha256 IS NULL")


class Document(Recorded):
    """One edition of a document in one language. Both languages of an edition bear one verification code.

    `says` holds all that the PDF says: the same row makes the same bytes, whenever and however often it is printed.
    """

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("code", "language"),
        sa.UniqueConstraint("subject_type", "subject_id", "kind", "edition", "language"),
        partial_index("ix_document_waiting", "next_try_at", where=WAITING),
        sa.Index(None, "sha256"),
        sa.CheckConstraint("(sha256 IS NULL) = (made_at IS NULL)", name="made_has_hash"),
    )

    code: Mapped[str] = mapped_column(by_bytes(20))
    kind: Mapped[DocumentKind]
    language: Mapped[Language]
    subject_type: Mapped[str] = mapped_column(sa.String(32))  # the table's name: "notice"
    subject_id: Mapped[int]
    edition: Mapped[int]  # from 1
    number: Mapped[str] = mapped_column(by_bytes(60))  # by which people know what it is about
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    says: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]  # the date that it bears
    next_try_at: Mapped[datetime]  # until then it is somebody's who prints it, or it waits after a failure
    tries: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of the PDF
    bytes: Mapped[int | None]
    made_at: Mapped[datetime | None]
    signed_with: Mapped[str | None] = mapped_column(sa.String(64))  # sha256 of the certificate; None: not signed
    withdrawn_at: Mapped[datetime | None]

    agency: Mapped[Organisation] = relationship()


class SigningCertificate(Base):
    """One that signed documents of an agency: kept, so that they can be verified when its key has long been changed."""

    __tablename__ = "signing_certificate"

    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True)  # its sha256, hex
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    pem: Mapped[str] = mapped_column(sa.Text)  # with what leads to a root behind it
    first_used_at: Mapped[datetime]

    agency: Mapped[Organisation] = relationship()
