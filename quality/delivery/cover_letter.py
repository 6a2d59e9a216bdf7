"""The sheet with which a notice goes by post: to whom, where, what is enclosed, and how to prove that it came."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted, Refused
from quality.core.words import _
from quality.delivery.reaching import reach_of
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.notices.models import Notice, NoticeStatus
from quality.people.actor import Actor
from quality.permissions import Sees


def may_ask(me: Actor, notice: Notice) -> bool:
    """Who sends it by post: whom it is for has no use for another one."""
    return me.sees is not Sees.PLATFORM and me.stands_over(notice)


def ask_for_cover_letter(session: Session, notice: Notice, language: Language, *, by: Actor) -> Document:
    """It says where the platform's post goes today; another address makes another edition."""
    if not may_ask(by, notice):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    if notice.number is None or notice.issued_at is None or notice.status == NoticeStatus.WITHDRAWN:
        raise Refused("not_in_force", _("A notice is sent by post once it is issued, and while it is not withdrawn"))
    wanted = reach_of(session, notice.platform_id)
    says = {
        "to": notice.platform.name,
        "recipient": wanted.recipient,
        "address": wanted.address,
        "notice": notice.number,
        "issued_at": notice.issued_at.isoformat(),
        "verification_code": notice.verification_code,
        "listings": len(notice.items),
        "asked_again": [item.listing_id for item in notice.asked_again],
    }
    return ask(
        session, notice, DocumentKind.COVER_LETTER, says,
        number=notice.number, agency_id=notice.agency_id, by=by, languages=(language,),
    )  # fmt: skip
