"""Telling a platform and a seller that a sample was taken, what they answer, and what a person tried besides.

Nobody is told by itself: while others of the campaign are still being bought, whoever sells them must not know. Every
deed stands in the record of the sample.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.events import Access, append
from quality.core.withholding import refuse_what_leads
from quality.core.words import _
from quality.core.workflow import Case, record, take
from quality.documents.models import Language
from quality.informing.holder import Holder
from quality.informing.models import (
    LONGEST_NOTE,
    LONGEST_RECEIPT,
    Outcome,
    Proof,
    ReachTry,
    SampleNotice,
    Way,
)
from quality.informing.queries import OPENED, notice_to
from quality.objections.models import Letter, Party
from quality.objections.operations.posting import LASTS, LENGTH, hashed
from quality.people.actor import SYSTEM, Actor
from quality.people.permit import permit
from quality.permissions import Can, Sees
from quality.purchases import fields
from quality.purchases.models import Sample
from quality.purchases.operations.papers import ask_for_sampling_notice

TOLD = (Party.SELLER, Party.PLATFORM)
BY: dict[Way, Proof] = {Way.POST: Proof.POST, Way.HAND: Proof.HAND, Way.TELEPHONE: Proof.TELEPHONE}


class Told(NamedTuple):
    """Who was told; and of a seller what the address ends with, which is known now and never again."""

    notice: SampleNotice
    token: str


def tell(session: Session, sample: Sample, party: Party, *, by: Actor, version: int | None = None) -> Told:
    """A platform is told once. A seller that was not reached gets another link, and the one before opens nothing."""
    permit(by, Can.SAMPLE_TELL, sample)
    assert by.id, "only people tell"
    if party not in TOLD:
        raise Invalid(FieldProblem("party", "unknown", _("That a sample was taken is told to the seller and platform")))
    take(session, sample, version)
    notice = notice_to(session, sample, party)
    if notice and (party is Party.PLATFORM or notice.received_at):
        raise Refused("told_already", _("%(name)s was told already", name=notice.addressee))
    now, token = clock.now(), secrets.token_urlsafe(LENGTH) if party is Party.SELLER else ""
    if notice is None:
        document = ask_for_sampling_notice(session, sample, Language.ZH, by=by)
        notice = SampleNotice(
            sample_id=sample.id,
            agency_id=sample.agency_id,
            party=party,
            platform_id=sample.purchase.drawn.platform_id if party is Party.PLATFORM else None,
            addressee=document.says["to"][TOLD.index(party)],
            product=document.says["product"]["name"],
            code=document.code,
            sent_by_id=by.id,
            sent_at=now,
            links=0,
            call_at=now if party is Party.PLATFORM else None,
        )
        session.add(notice)
    if token:
        notice.links, notice.link_sent_at = notice.links + 1, now
        notice.token_sha256, notice.expires_at = hashed(token), now + LASTS
    session.flush()
    details = {"notice": notice.id, "party": party, "links": notice.links}
    append(session, sample, "tell_of_sample", actor=by.signature, details=details)
    session.flush()
    return Told(notice, token)


def open_as_platform(session: Session, notice: SampleNotice, *, by: Actor) -> None:
    """Somebody of the platform, or their key, has it before them: `access` says so, and a job proves the receipt."""
    permit(by, Can.TOLD_READ, notice)
    if by.sees is not Sees.PLATFORM:
        raise NotPermitted("not_yours", _("Only who works for the platform opens a notice for it"))
    with clock.not_before(notice.sent_at):
        look = Access(
            at=clock.now(),
            actor=by.signature,
            organisation_id=by.organisation_id,
            subject_type=SampleNotice.__tablename__,
            subject_id=notice.id,
            what=OPENED,
        )
    session.add(look)


def acknowledge(session: Session, notice: SampleNotice, *, by: Actor) -> None:
    """The platform, or who holds the seller's link, says that they have it. Said twice it is said once."""
    if not isinstance(by, Holder):
        permit(by, Can.NOTICE_ACKNOWLEDGE, notice)
        if by.sees is not Sees.PLATFORM:
            raise NotPermitted("not_yours", _("Only who works for the platform opens a notice for it"))
    elif by.notice_id != notice.id:
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    proof = Proof.LINK if isinstance(by, Holder) else Proof.ACKNOWLEDGED
    if notice.proof not in (None, Proof.OPENED) or (notice.received_at and proof is Proof.LINK):
        return
    sample = notice.sample
    take(session, sample, None)
    if notice.proof not in (None, Proof.OPENED):  # of two who press at once; what was taken has an event
        raise Refused("received_already", _("This was recorded a moment ago"))
    with clock.not_before(notice.sent_at):
        received(session, notice, proof, notice.received_at or clock.now(), by=by)


def prove_opening(session: Session, notice: SampleNotice, at: datetime) -> None:
    """Somebody signed in for the platform opened it: it was received then."""
    take(session, notice.sample, None)
    if notice.received_at is not None:
        raise Refused("received_already", _("This was recorded a moment ago"))
    received(session, notice, Proof.OPENED, at, by=SYSTEM)


def received(session: Session, notice: SampleNotice, proof: Proof, at: datetime, *, by: Actor) -> None:
    """Of a sample that is taken."""
    notice.received_at, notice.proof, notice.call_at = at, proof, None
    session.flush()
    details = {"notice": notice.id, "party": notice.party, "proof": proof}
    append(session, notice.sample, "told_of_sample", actor=by.signature, details=details)


class Tried(NamedTuple):
    """What a person did to reach somebody, and what came of it."""

    way: Way
    outcome: Outcome
    at: datetime
    receipt_no: str = ""
    note: str = ""


def note_try(
    session: Session, notice: SampleNotice, tried: Tried, *, by: Actor, version: int | None = None
) -> ReachTry:
    """By post, by hand or by telephone. What arrived was received then."""
    sample = notice.sample
    permit(by, Can.SAMPLE_TELL, sample)
    problems = [*wrong(tried, notice.sent_at), *wrong_receipt(tried)]

    def row(now: datetime) -> ReachTry:
        if tried.outcome is Outcome.DELIVERED:
            if notice.received_at is not None:
                raise Refused("received_already", _("It is on record already when this party received it"))
            notice.received_at, notice.proof = tried.at, BY[tried.way]
            notice.receipt_no, notice.call_at = tried.receipt_no.strip(), None
        return ReachTry(sample_notice_id=notice.id, **kept(tried, by, now))

    return noted(session, sample, row, tried, problems, by=by, version=version)


def note_try_of_letter(
    session: Session, letter: Letter, case: Case, tried: Tried, *, by: Actor, version: int | None = None
) -> ReachTry:
    """Who was sent a letter about a finding and could not be reached, or would not take it, by another way either."""
    permit(by, Can.OBJECTION_RECEIVE, case)
    problems = wrong(tried, letter.sent_at)
    if tried.outcome is Outcome.DELIVERED:
        text = _("What arrived is recorded as a receipt, from which the periods run")
        problems.append(FieldProblem("outcome", "has_a_receipt", text))

    def row(now: datetime) -> ReachTry:
        return ReachTry(letter_id=letter.id, **kept(tried, by, now))

    return noted(session, case, row, tried, problems, by=by, version=version)


def noted(
    session: Session,
    case: Case,
    row: Callable[[datetime], ReachTry],
    tried: Tried,
    problems: list[FieldProblem],
    *,
    by: Actor,
    version: int | None,
) -> ReachTry:
    if problems:
        raise Invalid(*problems)
    refuse_what_leads(session, case, {"note": tried.note}, by=by)
    details = {"way": tried.way, "outcome": tried.outcome}
    record(session, case, "tried_to_reach", by=by, version=version, details=details)
    made = row(clock.now())
    session.add(made)
    session.flush()
    return made


def kept(tried: Tried, by: Actor, now: datetime) -> dict[str, object]:
    assert by.id, "only people try"
    return {
        "way": tried.way,
        "outcome": tried.outcome,
        "at": tried.at,
        "note": tried.note.strip(),
        "noted_by_id": by.id,
        "noted_at": now,
    }


def wrong(tried: Tried, sent_at: datetime) -> list[FieldProblem]:
    before = _("Nobody can have been tried before the notice was sent")
    return [
        *fields.moment("at", tried.at, earliest=sent_at, before=before),
        *fields.text("note", tried.note, most=LONGEST_NOTE, ask=None),
        *fields.text("receipt_no", tried.receipt_no, most=LONGEST_RECEIPT, ask=None),
    ]


def wrong_receipt(tried: Tried) -> list[FieldProblem]:
    if (tried.way, tried.outcome) == (Way.POST, Outcome.DELIVERED) and not tried.receipt_no.strip():
        return [FieldProblem("receipt_no", "missing", _("Enter the number of the postal receipt"))]
    return []
