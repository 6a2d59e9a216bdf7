"""Having a test order made."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.lab import contents
from quality.people.actor import Actor
from quality.purchases.models import Portion


def ask_for_test_order(session: Session, portion: Portion, language: Language, *, by: Actor) -> Document:
    if portion.laboratory_id is None:
        raise Refused("no_laboratory", _("A test order is written once the portion is sent to a laboratory"))
    says = contents.test_order(session, portion)
    return ask(
        session, portion, DocumentKind.TEST_ORDER, says,
        number=portion.blind_no, agency_id=portion.agency_id, by=by, languages=(language,),
    )  # fmt: skip
