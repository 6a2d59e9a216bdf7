"""A person says what came back. Of the listing itself by a look at it; of another one as of any that is alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import Invalid, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.lab.models import Finding, FindingStatus
from quality.likeness.matching import Kind
from quality.likeness.models import Alike, Decision
from quality.notices.models import ItemStatus, Look, NoticeItem
from quality.notices.operations import Choice
from quality.notices.operations import decide as decide_alike
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.permissions import Can
from quality.radar.models import Hit, Said, Swept
from quality.radar.problems import wrong_decision

AT_ONCE = 500
AS_ALIKE = {Said.SAME: Decision.CONFIRMED, Said.OTHER: Decision.REJECTED}
AS_SAID = {decision: said for said, decision in AS_ALIKE.items()}


def decide(session: Session, chosen: Sequence[Hit], decision: Said | str, *, by: Actor, reason: str = "") -> None:
    """Say of hits that they are what was taken down, or that they are not: of all of them, or of none.

    The listing itself is not decided to be there: somebody looks at its address, and that look decides (`settle`). One
    of the same goods becomes a listing that is alike (`likeness`), confirmed, and goes on the next notice to its
    platform; what is ruled out is ruled out there as well. Who said what and why stands in the record of the notice,
    or of the finding.
    """
    permit(by, Can.ALIKE_DECIDE)
    for hit in chosen:
        permit(by, Can.ALIKE_DECIDE, hit)
    assert by.id is not None, "only people decide"
    if problems := list(wrong_decision(chosen, decision, reason)):
        raise Invalid(*problems)
    saying, now, why = Said(decision), clock.now(), reason.strip()
    themselves = [hit for hit in chosen if hit.is_itself]
    if saying == Said.SAME and themselves:
        refuse_to_take_it_for_granted(themselves[0])
    keys = sorted(hit.id for hit in chosen)
    for key in keys:
        if not say(session, key, saying, by_id=by.id, at=now, reason=why):
            named = session.get_one(Hit, key).listing_id
            raise Refused("decided_already", _("Somebody has decided on %(listing)s already", listing=named))
    for key in keys:
        hit = session.get_one(Hit, key)
        if hit.is_itself:
            details = {"hit": key, "listing": hit.listing_id}
            record(session, hit.item.notice, "rule_out_relisting", by=by, part=hit.item, note=why, details=details)
    others = [alike_of(session, hit) for hit in chosen if not hit.is_itself]
    left = [Choice(each, each.version) for each in others if each.decision != AS_ALIKE[saying]]
    if left:
        decide_alike(session, left, AS_ALIKE[saying], by=by, reason=why)


def refuse_to_take_it_for_granted(hit: Hit) -> None:
    named = {"listing": hit.listing_id, "notice": hit.item.notice.number}
    text = _(
        "%(listing)s itself was taken down by notice %(notice)s: look at its address; what you see decides", **named
    )
    raise Refused("look_first", text)


def say(session: Session, key: int, said: Said, *, by_id: int, at: datetime, reason: str) -> bool:
    """False where somebody was quicker."""
    facts = {"decision": said, "decided_by_id": by_id, "decided_at": at, "reason": reason}
    asked = sa.update(Hit).where(Hit.id == key, Hit.decision.is_(None)).values(facts)
    done = session.execute(asked.returning(Hit.id).execution_options(synchronize_session=False)).all()
    session.expire_all()
    return bool(done)


def alike_of(session: Session, hit: Hit) -> Alike:
    """The same listing among those that are alike to its finding: it may wait there already."""
    finding = hit.item.finding
    row = {
        "version": 1,
        "agency_id": finding.agency_id,
        "finding_id": finding.id,
        "platform_id": hit.platform_id,
        "listing_id": hit.listing_id,
        "kind": Kind.SAME_PRODUCT,
        "sure": hit.sure,
        "why": hit.why,
        "listing": hit.listing,
        "frame_sha256": hit.swept.frame_sha256,
        "found_at": hit.found_at,
        "reason": "",
    }
    session.execute(insert_into(session, Alike).on_conflict_do_nothing(), [row])
    return session.scalars(
        sa.select(Alike).where(
            Alike.finding_id == finding.id, Alike.platform_id == hit.platform_id, Alike.listing_id == hit.listing_id
        )
    ).one()


# --- what was said elsewhere ---


def settle(session: Session) -> int:
    """Hits about which somebody has spoken since: who looked at the listing, or decided that it is alike. Those of
    findings that no longer stand go: nothing was wrong with what is on sale."""
    fallen = (
        sa.select(Hit.id)
        .join(NoticeItem, NoticeItem.id == Hit.item_id)
        .join(Finding, Finding.id == NoticeItem.finding_id)
        .where(Hit.decision.is_(None))
        .where(sa.or_(Finding.status != FindingStatus.CONFIRMED, NoticeItem.status == ItemStatus.EXCUSED))
        .limit(AT_ONCE)
    )
    if gone := session.scalars(fallen).all():  # asked first: nobody waits for a lock that nothing is done with
        clear = sa.delete(Hit).where(Hit.id.in_(gone), Hit.decision.is_(None))
        session.execute(clear.execution_options(synchronize_session=False))
    made = 0
    for key, said, by_id, at, reason in [*looked_at(session), *decided_as_alike(session)]:
        made += say(session, key, said, by_id=by_id, at=at, reason=reason)
    return made


def looked_at(session: Session) -> Iterator[tuple[int, Said, int, datetime, str]]:
    """What the looks said that were made since the frame was imported; the first that found it there counts."""
    asked = (
        sa.select(Hit.id, Look.gone, Look.by_id, Look.seen_at, Look.reason)
        .join(Swept, Swept.id == Hit.swept_id)
        .join(Look, sa.and_(Look.item_id == Hit.item_id, Look.seen_at >= Swept.imported_at))
        .where(Hit.decision.is_(None), Hit.is_itself)
        .order_by(Hit.id, Look.gone, Look.id)
        .limit(AT_ONCE)
    )
    for key, gone, by_id, at, reason in session.execute(asked).all():
        yield key, Said.GONE if gone else Said.SAME, by_id, at, reason[:500]


def decided_as_alike(session: Session) -> Iterator[tuple[int, Said, int, datetime, str]]:
    asked = (
        sa.select(Hit.id, Alike.decision, Alike.decided_by_id, Alike.decided_at, Alike.reason)
        .join(NoticeItem, NoticeItem.id == Hit.item_id)
        .join(
            Alike,
            sa.and_(
                Alike.finding_id == NoticeItem.finding_id,
                Alike.platform_id == Hit.platform_id,
                Alike.listing_id == Hit.listing_id,
            ),
        )
        .where(Hit.decision.is_(None), ~Hit.is_itself, Alike.decision.is_not(None))
        .order_by(Hit.id)
        .limit(AT_ONCE)
    )
    for key, decision, by_id, at, reason in session.execute(asked).all():
        assert decision and by_id and at, "a decision says by whom and when"
        yield key, AS_SAID[decision], by_id, at, reason
