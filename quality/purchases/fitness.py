"""Which laboratories may test what is asked of a sample: by their certificates today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem
from quality.clocks.days import day_of
from quality.competence.matching import Asked, Code, Standing
from quality.competence.queries import competence_of
from quality.core import clock
from quality.core.words import Reason, _
from quality.purchases.items import items_for
from quality.purchases.models import Sample
from quality.standards.names import item_key

UNKNOWN = {Code.NOT_RECORDED}  # said, and no reason to leave a laboratory out


def standings_for(
    session: Session, sample: Sample, laboratory_ids: Iterable[int], only: Iterable[str] | None = None
) -> dict[int, list[Standing]]:
    """How each laboratory stands to the items that the sample is tested for; `only` names those that are disputed."""
    keys = None if only is None else {item_key(each) for each in only}
    items = [each for each in items_for(sample) if keys is None or item_key(each.item) in keys]
    return standings_to(session, sample, laboratory_ids, items)


def standings_to(
    session: Session, sample: Sample, laboratory_ids: Iterable[int], items: Iterable[CampaignItem]
) -> dict[int, list[Standing]]:
    asked = [Asked(each.item, each.method, sample.campaign.category) for each in items]
    return competence_of(session, sample.agency_id, laboratory_ids, asked, [day_of(clock.now())])


def outside(found: Sequence[Standing]) -> list[Standing]:
    """The items that speak against a laboratory."""
    return [each for each in found if not each.is_covered and each.code not in UNKNOWN]


def said_of(left: Sequence[Standing]) -> Reason | None:
    """Why a laboratory is not the one to choose, by the first of the items that speak against it."""
    if not left:
        return None
    text = _(
        "%(item)s: %(why)s. Choose another laboratory, or say why it goes there all the same",
        item=left[0].item,
        why=left[0].text,
    )
    return Reason("out_of_scope", text)
