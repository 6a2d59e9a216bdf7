"""How a notice is proved to have reached its platform: it was opened, taken by a system, acknowledged or answered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as clock_queries
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.events import Access
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.delivery.models import ASKED_AGAIN, Channel, Delivery, Message, MessageType, Receipt
from quality.notices import operations as notices
from quality.notices.answers import OutcomeEntry
from quality.notices.models import Notice, NoticeStatus
from quality.notices.permit import permit
from quality.notices.workflow import ACKNOWLEDGE, SERVE
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can

OPENED = "opened"  # access.what
LONGEST_REFERENCE = 100  # characters


class Proof(NamedTuple):
    """That the notice was received: how, when, and which row shows it."""

    channel: Channel
    at: datetime
    shown_by: dict[str, Any]


def open_as_platform(session: Session, notice: Notice, *, by: Actor) -> None:
    """Somebody of the platform, or their key, has the notice before them. Only `access` is written: it was a look.

    A job proves the receipt from it, so that a page that is only read moves nothing. Nobody can open what is not
    issued: a look that a clock fallen back would date before the issue, or before the last asking, is dated by that.
    """
    permit(by, Can.NOTICE_ACKNOWLEDGE, notice)
    with not_before_the_asking(notice):
        look = Access(
            at=clock.now(),
            actor=by.signature,
            organisation_id=by.organisation_id,
            subject_type=Notice.__tablename__,
            subject_id=notice.id,
            what=OPENED,
        )
    session.add(look)


def first_opening(session: Session, notice: Notice, since: datetime) -> Proof | None:
    """When the platform first opened the notice from `since` on. Who else looked at it proves nothing."""
    opened = (
        sa.select(Access)
        .where(Access.subject_type == Notice.__tablename__, Access.subject_id == notice.id, Access.what == OPENED)
        .where(Access.organisation_id == notice.platform_id, Access.actor.startswith("person:"), Access.at >= since)
        .order_by(Access.at, Access.id)
        .limit(1)
    )
    row = session.scalars(opened).one_or_none()
    return Proof(Channel.PORTAL, row.at, {"access": row.id}) if row else None


def first_taken(session: Session, notice: Notice, since: datetime) -> Proof | None:
    """When a confirmed endpoint of the platform first took what was told from `since` on of the present asking."""
    told = {MessageType.ISSUED} if notice.status == NoticeStatus.ISSUED else ASKED_AGAIN
    taken = (
        sa.select(Delivery)
        .join(Delivery.message)
        .where(Message.notice_id == notice.id, Message.type.in_(told), Message.happened_at >= since)
        .where(Delivery.received_at.is_not(None))
        .order_by(Delivery.received_at, Delivery.id)
        .limit(1)
    )
    row = session.scalars(taken).one_or_none()
    if row is None or row.received_at is None:
        return None
    return Proof(Channel.WEBHOOK, max(row.received_at, since), {"delivery": row.id})


def first_proof(session: Session, notice: Notice, since: datetime) -> Proof | None:
    """The first sign that the platform has the notice: somebody opened it, or their system took it."""
    proofs = [first_opening(session, notice, since), first_taken(session, notice, since)]
    return min((proof for proof in proofs if proof), key=lambda proof: proof.at, default=None)


def serve(session: Session, notice: Notice, proof: Proof, *, version: int | None = None) -> None:
    """The receipt is proven: the platform's clocks run from that moment."""
    perform(session, notice, SERVE, by=SYSTEM, version=version, facts={"served_at": proof.at})
    keep(session, notice, proof)
    start_clocks(session, notice, ("acknowledge", notice.removal_rule), proof.at)


def ask_again(session: Session, notice: Notice, proof: Proof, *, version: int | None = None) -> None:
    """The platform has seen that a listing came back to it: it has its time to remove and answer once more."""
    record(session, notice, "received_again", by=SYSTEM, version=version, facts={"asked_again_at": None})
    keep(session, notice, proof)
    start_clocks(session, notice, (notice.removal_rule,), proof.at)


def keep(session: Session, notice: Notice, proof: Proof) -> None:
    session.add(Receipt(notice_id=notice.id, channel=proof.channel, received_at=proof.at, proof=proof.shown_by))


def start_clocks(session: Session, notice: Notice, rules: Sequence[str], at: datetime) -> None:
    calendar = clock_queries.calendar(session)
    for rule in rules:
        clocks.start(session, notice, rule, at, calendar=calendar)


def acknowledge(session: Session, notice: Notice, reference: str, *, by: Actor, version: int | None = None) -> None:
    """The platform says that it has the notice, under a reference of its own. The same again changes nothing.

    A notice that was only issued is served first: at its first opening if there was one, else by this very word.
    """
    permit(by, Can.NOTICE_ACKNOWLEDGE, notice)
    theirs = reference.strip()
    if not 1 <= len(theirs) <= LONGEST_REFERENCE or not theirs.isprintable():
        text = _("Enter your own reference, 1 to %(most)s characters", most=LONGEST_REFERENCE)
        raise Invalid(FieldProblem("reference", "bad_reference", text))
    if notice.status != NoticeStatus.ISSUED and notice.platform_reference == theirs:
        return
    with not_before_the_asking(notice):
        said = Proof(Channel.ACKNOWLEDGEMENT, clock.now(), {"reference": theirs})
        if notice.status == NoticeStatus.ISSUED:
            serve(session, notice, first_proof(session, notice, issued_at(notice)) or said, version=version)
            version = None
        perform(session, notice, ACKNOWLEDGE, by=by, version=version, facts={"platform_reference": theirs})
        keep(session, notice, said)
        clocks.stop(session, notice, "acknowledge", said.at, by=by)


def answer(session: Session, notice: Notice, outcomes: Sequence[OutcomeEntry], *, by: Actor) -> list[notices.Answered]:
    """Who answers has the notice: one that was only issued is served first. See `notices.operations.answer`."""
    permit(by, Can.ITEM_ANSWER, notice)
    with not_before_the_asking(notice):
        if notice.status == NoticeStatus.ISSUED:
            said = Proof(Channel.ANSWER, clock.now(), {"actor": by.signature})
            serve(session, notice, first_proof(session, notice, issued_at(notice)) or said)
        return notices.answer(session, notice, outcomes, by=by)


def not_before_the_asking(notice: Notice) -> AbstractContextManager[None]:
    """What a platform does about a notice follows on its issue, its receipt and the last time that it was asked."""
    return clock.not_before(notice.issued_at, notice.served_at, notice.asked_again_at)


def issued_at(notice: Notice) -> datetime:
    assert notice.issued_at is not None, "the database holds it: issued_is_sealed"
    return notice.issued_at
