"""What was taken down and may be on sale again, as people decide on it: what is its own in a list of candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.core.words import _
from quality.lab.models import Finding
from quality.likeness.matching import Sure
from quality.notices.models import ItemStatus, NoticeItem
from quality.pages.candidates import Candidates, Line, Way, names_for, told_of
from quality.pages.timeline import Names
from quality.pages.words import CODES, Tone, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.radar.models import Hit, Said, Swept
from quality.radar.queries import visible_to

SWEEPS = 10  # that a page shows
MOST = 100  # that are counted
OPEN = "open"
ITSELF, GOODS = "itself", "goods"
TONES = {None: Tone.WAIT, Said.SAME: Tone.BAD, Said.OTHER: Tone.VOID, Said.GONE: Tone.SEEN}
LIST = Candidates(
    model=Hit,
    visible_to=visible_to,
    words="radar_state",
    waits=OPEN,
    states={OPEN: Hit.decision.is_(None), **{said.value: Hit.decision == said for said in Said}},
    ways={
        "meant": Way(
            _("Taken for"),
            {each: word("radar_meant", each) for each in (ITSELF, GOODS)},
            sa.case((Hit.is_itself, ITSELF), else_=GOODS),
        ),
        "sure": Way(_("How surely"), {each.value: word("sure", each.value) for each in Sure}, Hit.sure),
    },
    rank=Hit.rank,
    rank_of=lambda hit: hit.rank,
    loads=[
        joinedload(Hit.platform),
        joinedload(Hit.item).joinedload(NoticeItem.notice),
        joinedload(Hit.item).joinedload(NoticeItem.finding).joinedload(Finding.sample),
        joinedload(Hit.swept).joinedload(Swept.campaign),
    ],
)
assert set(CODES[LIST.words]) == set(LIST.states)


@dataclass(frozen=True, kw_only=True)
class HitLine(Line):
    """Of a listing that may be on sale again."""

    item: int
    notice: str
    verified_at: datetime | None
    look: str | None  # where what is seen at its address is written down
    may_reopen: bool  # what follows from that, on the notice


def lines_of(session: Session, found: Sequence[Hit], me: Actor) -> list[HitLine]:
    names = names_for(session, found, me)
    return [line_of(each, names, me) for each in found]


def line_of(hit: Hit, names: Names, me: Actor) -> HitLine:
    may_look = hit.is_itself and me.can(Can.ITEM_VERIFY) and me.stands_over(hit)
    is_back = hit.decision == Said.SAME and hit.item.status == ItemStatus.VERIFIED
    return HitLine(
        **told_of(hit, names),
        seen=str(hit.id),  # decided once: who is second finds that it was
        item=hit.item_id,
        kind=word("radar_meant", ITSELF if hit.is_itself else GOODS),
        tone=Tone.LIVE if hit.is_itself else Tone.IDLE,
        product=hit.item.finding.sample.product_name,
        notice=number_of(hit),
        verified_at=hit.item.settled_at,
        state=word("radar_state", state_of(hit)),
        state_tone=TONES[hit.decision],
        may_decide=hit.decision is None and me.stands_over(hit),
        look=look_form(hit) if may_look and hit.decision is None else None,
        may_reopen=may_look and is_back,
    )


def state_of(hit: Hit) -> str:
    return OPEN if hit.decision is None else hit.decision.value


def number_of(hit: Hit) -> str:
    return hit.item.notice.number or hit.item.notice.reference


def look_form(hit: Hit) -> str:
    return url_for("desk.part_sheet", kind="notice", number=number_of(hit), part=hit.item_id, name="look")


def hits_waiting(session: Session, me: Actor) -> int:
    """For who decides: how many of the own agency's wait, up to 100."""
    if not me.can(Can.ALIKE_DECIDE):
        return 0
    own = visible_to(me).where(Hit.agency_id == me.organisation_id, Hit.decision.is_(None))
    few = own.with_only_columns(Hit.id).limit(MOST).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(few)).one()
