"""Having the PDF of an issued notice made, where it was issued before notices had one, or in the other language."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.documents.queries import latest_asked
from quality.notices.models import Notice, NoticeStatus
from quality.people.actor import Actor


def ask_for_notice(session: Session, notice: Notice, language: Language, *, by: Actor) -> Document:
    """What was sealed is what is printed, under the code that it was sealed with."""
    if notice.sealed is None or notice.number is None or notice.status == NoticeStatus.WITHDRAWN:
        raise Refused("not_in_force", _("A notice has its PDF once it is issued, and while it is not withdrawn"))
    there = latest_asked(session, notice, DocumentKind.DISPOSAL_NOTICE)
    says = there.says if there else json.loads(notice.sealed)
    return ask(
        session, notice, DocumentKind.DISPOSAL_NOTICE, says,
        number=notice.number, agency_id=notice.agency_id, by=by, languages=(language,), code=notice.verification_code,
    )  # fmt: skip


def ask_for_withdrawal(session: Session, notice: Notice, language: Language, *, by: Actor) -> Document:
    """The paper by which it was taken back. It is asked for with the withdrawal; before, there were none."""
    there = latest_asked(session, notice, DocumentKind.NOTICE_WITHDRAWAL)
    if there is None:
        raise Refused("no_paper", _("This notice was withdrawn before a withdrawal had a paper of its own"))
    return ask(
        session, notice, DocumentKind.NOTICE_WITHDRAWAL, there.says,
        number=there.number, agency_id=notice.agency_id, by=by, languages=(language,), code=there.code,
    )  # fmt: skip
