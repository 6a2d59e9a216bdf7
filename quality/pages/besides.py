"""What waits for somebody's word on a worklist beside what its status says, whoever has the case."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from quality.campaigns.models import Campaign
from quality.campaigns.queries import has_a_cap_for
from quality.core.words import Text, _
from quality.corrections.queries import producer_is_elsewhere
from quality.lab.models import Finding
from quality.notices.models import Notice
from quality.notices.queries import has_an_edition_for
from quality.pages.kinds import Kind
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample, Task
from quality.purchases.queries import unconfirmed_by
from quality.purchases.waivers import waiting_for

CONFIRM = _("Confirm the hand-over")
APPROVE_EDITION = _("Approve the next edition or the withdrawal, or refuse it")
GO_WITHOUT = _("A buyer cannot show a piece and says why: accept it, or say that it is needed")
GRANT_CAP = _("Grant the higher price cap, or refuse it")
HAND_OVER = _("Its producer is in another region's charge: hand it over, or order the correction from here")


class Besides(NamedTuple):
    which: sa.ColumnElement[bool]
    to_do: Text
    is_first: bool = True  # it is said before what the case waits for anyway


def waits_for_my_word(kind: Kind, me: Actor) -> Besides | None:
    if kind.model is Sample and me.can(Can.SAMPLE_DISPATCH):
        return Besides(unconfirmed_by(me), CONFIRM)
    if kind.model is Notice and me.can(Can.NOTICE_APPROVE):
        return Besides(has_an_edition_for(me.id), APPROVE_EDITION)
    if kind.model is Campaign and me.can(Can.CAMPAIGN_APPROVE):
        return Besides(has_a_cap_for(me.id), GRANT_CAP, is_first=False)
    if kind.model is Task and me.can(Can.EVIDENCE_EXCUSE):
        return Besides(waiting_for(me.id), GO_WITHOUT)
    if kind.model is Finding and me.can(Can.TRANSFER_PROPOSE) and me.organisation and me.organisation.region:
        return Besides(producer_is_elsewhere(me.organisation.region), HAND_OVER, is_first=False)
    return None
