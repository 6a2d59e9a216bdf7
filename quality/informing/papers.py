"""The list on paper of who could not be reached."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.informing.unreached import MOST, page_of
from quality.people.actor import Actor


def ask_for_unreached(session: Session, campaign: Campaign, language: Language, *, by: Actor) -> Document:
    """未送达当事人清单: whom something was sent to and nothing proves that it came, as it stands today."""
    assert campaign.number, "what was approved has one"
    says = {
        "campaign": {"number": campaign.number, "title": campaign.title},
        "rows": [each.told() for each in page_of(session, by, MOST, campaign=campaign)[:MOST]],
        "counted_at": clock.now(),
    }
    return ask(
        session, campaign, DocumentKind.UNREACHED, says,
        number=campaign.number, agency_id=campaign.agency_id, by=by, languages=(language,),
    )  # fmt: skip
