"""How a notice is proved to have reached its platform: it was opened, taken by a system, acknowledged or answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as clock_queries
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.events import Access, write
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.delivery.models import EVENT, Channel, Delivery, Message, MessageType, Receipt
from quality.notices import operations as notices
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import had_in, refuse_superseded
from quality.notices.models import Notice, NoticeEdition, NoticeItem, NoticeStatus
from quality.notices.permit import permit
from quality.notices.workflow import ACKNOWLEDGE, SERVE
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can, Sees

OPENED = "opened"  # access.what
LONGEST_REFERENCE = 100  # characters


What = type[NoticeItem | NoticeEdition] | NoticeItem | NoticeEdition | None


class Proof(NamedTuple):
    """That the notice was received: how, when, and which row shows it."""

    channel: Channel
    at: datetime
    shown_by: dict[str, Any]
    version: int | None = None  # of the notice, that they had; None: the present one


def open_as_platform(session: Session, notice: Notice, *, by: Actor) -> None:
    """Somebody of the platform, or their key, has the notice before them. Only `access` is written: it was a look.

    A job proves the receipt from it, so that a page that is only read moves nothing. Nobody can open what is not
    issued: a look that a clock fallen back would date before the issue, or before the last asking, is dated by that.
    """
    permit(by, Can.NOTICE_READ, notice)
    if by.sees is not Sees.PLATFORM:
        raise NotPermitted("not_yours", _("Only who works for the platform opens a notice for it"))
    with not_before_the_asking(notice):
        look = Access(
            at=clock.now(),
            actor=by.signature,
            organisation_id=by.organisation_id,
            subject_type=Notice.__tablename__,
            subject_id=notice.id,
            what=OPENED,
            subject_version=notice.version,
        )
    session.add(look)


# --- what proves it. After an asking by the order of the record: clocks fall back, and stand still ---


def opened(what: What = None) -> sa.Select[Access]:
    """Openings by the platform: of the notice as it was issued, or with what is asked again of a listing in it, or in
    a later edition.

    Who else looked at it proves nothing. To be asked with `Notice`, `NoticeItem` or `NoticeEdition` in the statement
    around it, or of one of them.
    """
    those = (
        sa.select(Access)
        .where(Access.subject_type == Notice.__tablename__, Access.subject_id == Notice.id, Access.what == OPENED)
        .where(Access.organisation_id == Notice.platform_id, Access.actor.startswith("person:"))
    )
    return those if what is None else those.where(Access.subject_version >= since(what))


def taken(what: What = None) -> sa.Select[Delivery]:
    """Messages that a confirmed endpoint of the platform took: of the issue, or of what is asked since."""
    those = sa.select(Delivery).join(Delivery.message)
    those = those.where(Message.notice_id == Notice.id, Delivery.received_at.is_not(None))
    if what is None:
        return those.where(Message.type == MessageType.ISSUED)
    return those.where(Message.cause == EVENT + sa.cast(since(what), sa.String))


def since(what: Any) -> Any:
    """The event of the notice from which it is asked what they are to know."""
    is_edition = isinstance(what, NoticeEdition) or what is NoticeEdition
    return what.in_version if is_edition else what.asked_again_in


def first_proof(session: Session, notice: Notice, what: NoticeItem | NoticeEdition | None = None) -> Proof | None:
    """The first sign that the platform has the notice, or knows what is asked again of a listing on it, or its edition.

    Somebody opened it, or their system took it.
    """
    looks = opened(what).where(Notice.id == notice.id).order_by(Access.at, Access.id).limit(1)
    looked = session.scalars(looks).one_or_none()
    takes = taken(what).where(Notice.id == notice.id).order_by(Delivery.received_at, Delivery.id).limit(1)
    took = session.scalars(takes).one_or_none()
    asked_at = notice.issued_at
    if what is not None:
        asked_at = what.issued_at if isinstance(what, NoticeEdition) else what.asked_again_at
    proofs = [
        looked and Proof(Channel.PORTAL, looked.at, {"access": looked.id}, looked.subject_version),
        took
        and Proof(
            Channel.WEBHOOK, not_before(took.received_at, asked_at), {"delivery": took.id}, told_in(took.message)
        ),
    ]
    return min((proof for proof in proofs if proof), key=lambda proof: proof.at, default=None)


def told_in(message: Message) -> int | None:
    """The version of the notice that it tells of, where it tells of an event."""
    kind, _colon, seq = message.cause.partition(":")
    return int(seq) if kind == EVENT.rstrip(":") else None


def not_before(*moments: datetime | None) -> datetime:
    """The last of these; a clock that fell back dates a receipt before what was received."""
    return max(filter(None, moments))


def serve(session: Session, notice: Notice, proof: Proof, *, version: int | None = None) -> None:
    """The receipt is proven: the platform's clocks run from that moment."""
    perform(session, notice, SERVE, by=SYSTEM, version=version, facts={"served_at": proof.at, "unproven_by": None})
    keep(session, notice, proof)
    calendar = clock_queries.calendar(session)
    for rule in ("acknowledge", notice.removal_rule):
        clocks.start(session, notice, rule, proof.at, calendar=calendar)


def ask_again(session: Session, notice: Notice, proofs: Mapping[int, Proof], *, version: int) -> None:
    """The platform knows that listings came back to it: each has its own time to be removed and answered for.

    `proofs` by the ids of these listings.
    """
    calendar = clock_queries.calendar(session)
    seen: int | None = version
    for item in [each for each in notice.asked_again if each.id in proofs]:
        record(session, notice, "received_again", by=SYSTEM, version=seen, part=item)
        seen = None
        write(session, item, {"asked_again_in": None})
        clocks.start(session, item, notice.removal_rule, proofs[item.id].at, calendar=calendar)
    if proofs:
        write(session, notice, {"unproven_by": None})  # what is asked for still has a time of its own
    for proof in {str(proof.shown_by): proof for proof in proofs.values()}.values():
        keep(session, notice, proof)


def keep(session: Session, notice: Notice, proof: Proof) -> None:
    """With the edition that they then had: what is asked by a later one they are not proved to know."""
    edition = had_in(session, notice, proof.version) if proof.version else notice.edition
    session.add(
        Receipt(
            notice_id=notice.id,
            channel=proof.channel,
            received_at=proof.at,
            proof=proof.shown_by,
            edition=edition,
        )
    )


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
    if notice.platform_reference:
        known = _("You have acknowledged it already, under %(reference)s", reference=notice.platform_reference)
        raise Refused("wrong_status", known)
    with not_before_the_asking(notice):
        said = Proof(Channel.ACKNOWLEDGEMENT, clock.now(), {"reference": theirs})
        if notice.status == NoticeStatus.ISSUED:
            serve(session, notice, first_proof(session, notice) or said, version=version)
            version = None
        perform(session, notice, ACKNOWLEDGE, by=by, version=version, facts={"platform_reference": theirs})
        keep(session, notice, said)
        clocks.stop(session, notice, "acknowledge", said.at, by=by)


def answer(
    session: Session, notice: Notice, outcomes: Sequence[OutcomeEntry], *, by: Actor, edition: int | None = None
) -> list[notices.Answered]:
    """Who answers has the notice: one that was only issued is served first. See `notices.operations.answer`."""
    permit(by, Can.ITEM_ANSWER, notice)
    refuse_superseded(session, notice, edition)
    with not_before_the_asking(notice):
        if notice.status == NoticeStatus.ISSUED:
            said = Proof(Channel.ANSWER, clock.now(), {"actor": by.signature})
            serve(session, notice, first_proof(session, notice) or said)
        return notices.answer(session, notice, outcomes, by=by, edition=edition)


def not_before_the_asking(notice: Notice) -> AbstractContextManager[None]:
    """What a platform does about a notice follows on its issue, its receipt and the last time that it was asked."""
    return clock.not_before(notice.issued_at, notice.served_at, *(item.asked_again_at for item in notice.items))
