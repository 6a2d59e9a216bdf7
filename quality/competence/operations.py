"""Keeping certificates: proposed with what they cover, confirmed by another person, suspended, withdrawn, renewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.competence.contents import (
    Head,
    LineText,
    tidied,
    tidied_line,
    wrong_head,
    wrong_lines,
    wrong_reason,
)
from quality.competence.models import (
    Accreditation,
    Capacity,
    Certificate,
    CertificateStatus,
    ScopeLine,
    Suspension,
)
from quality.competence.workflow import CONFIRM, REJECT, RESUME, SUPERSEDE, SUSPEND, WITHDRAW
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform, record
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can, Sees
from quality.standards.names import item_key

LIVES = {CertificateStatus.PROPOSED, CertificateStatus.CONFIRMED, CertificateStatus.SUSPENDED}
MOST_PER_WEEK, MOST_DAYS = 100_000, 365


def propose(
    session: Session,
    *,
    by: Actor,
    agency: Organisation,
    laboratory: Organisation,
    kind: Accreditation,
    head: Head,
) -> Certificate:
    """Write a certificate down, and then what it covers (`set_scope`); another person confirms it.

    An agency writes into its own books about any laboratory; a laboratory about itself, for an agency.
    """
    may_propose(by, agency.id, laboratory.id)
    head = tidied(head)
    problems = wrong_head(head)
    if laboratory.kind != OrganisationKind.LABORATORY:
        problems.append(FieldProblem("laboratory", "no_laboratory", _("Choose a laboratory")))
    if agency.kind != OrganisationKind.AGENCY:
        problems.append(FieldProblem("agency", "no_agency", _("Choose an agency")))
    number = next_number(session, agency.code, "A")  # from here on nobody else writes one down in this agency
    if _is_there(session, agency, laboratory, kind, head):
        text = _("%(number)s is kept already; renew it there", number=head.certificate_no)
        problems.append(FieldProblem("certificate_no", "doubled", text))
    if problems:
        raise Invalid(*problems)
    return _begun(session, number, (agency, laboratory), kind, head, by=by)


def renew(session: Session, old: Certificate, head: Head, *, by: Actor, version: int | None = None) -> Certificate:
    """The next one in the place of one that stands: other days, another scope. It begins with the scope of the old."""
    may_propose(by, old.agency_id, old.laboratory_id)
    head = tidied(head)
    if problems := wrong_head(head):
        raise Invalid(*problems)
    record(session, old, "renew", by=by, version=version)
    refuse_to_renew(session, old)
    lines = [LineText(each.item, each.method, each.category, each.remarks) for each in old.lines]
    number = next_number(session, old.agency.code, "A")
    return _begun(
        session, number, (old.agency, old.laboratory), old.kind, head, by=by, lines=lines, supersedes_id=old.id
    )


def _begun(
    session: Session,
    number: str,
    between: tuple[Organisation, Organisation],
    kind: Accreditation,
    head: Head,
    *,
    by: Actor,
    lines: Sequence[LineText] = (),
    supersedes_id: int | None = None,
) -> Certificate:
    agency, laboratory = between
    certificate = Certificate(
        number=number,
        agency_id=agency.id,
        laboratory_id=laboratory.id,
        kind=kind,
        supersedes_id=supersedes_id,
        proposed_by_id=by.id,
        **head._asdict(),
    )
    begin(session, certificate, by=by, details={"supersedes": supersedes_id, "lines": digest_of(lines)})
    session.add_all(as_rows(certificate, lines))
    session.flush()
    return certificate


def may_propose(by: Actor, agency_id: int, laboratory_id: int) -> None:
    own = agency_id if by.sees is Sees.AGENCY else laboratory_id
    if not by.can(Can.CERTIFICATE_PROPOSE) or by.organisation_id != own or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CERTIFICATE_PROPOSE))


def _is_there(
    session: Session, agency: Organisation, laboratory: Organisation, kind: Accreditation, head: Head
) -> bool:
    asked = sa.select(Certificate.id).where(
        Certificate.agency_id == agency.id,
        Certificate.laboratory_id == laboratory.id,
        Certificate.kind == kind,
        Certificate.certificate_no == head.certificate_no,
        Certificate.status.in_(LIVES),
    )
    return session.scalars(asked.limit(1)).first() is not None


def refuse_to_renew(session: Session, certificate: Certificate) -> None:
    if certificate.status not in {CertificateStatus.CONFIRMED, CertificateStatus.SUSPENDED}:
        raise Refused("not_in_force", _("Only a certificate that stands is renewed; record a new one"))
    waiting = sa.select(Certificate.number).where(Certificate.supersedes_id == certificate.id)
    if number := session.scalars(waiting).first():
        raise Refused("renewed_already", _("%(number)s is proposed in its place already", number=number))


def set_scope(
    session: Session, certificate: Certificate, lines: Iterable[LineText], *, by: Actor, version: int | None = None
) -> None:
    """All that it covers, in place of what was written before. Only while it is proposed."""
    may_propose(by, certificate.agency_id, certificate.laboratory_id)
    tidy = [tidied_line(each) for each in lines]
    if problems := wrong_lines(tidy):
        raise Invalid(*problems)
    told = {"lines": digest_of(tidy), "count": len(tidy)}
    record(session, certificate, "set_scope", by=by, version=version, details=told)
    if certificate.status != CertificateStatus.PROPOSED:
        raise Refused("not_proposed", _("What a confirmed certificate covers is not changed; renew it"))
    session.execute(sa.delete(ScopeLine).where(ScopeLine.certificate_id == certificate.id))
    session.execute(sa.insert(ScopeLine), [row_of(certificate, each) for each in tidy])
    session.expire(certificate, ["lines"])


def as_rows(certificate: Certificate, lines: Sequence[LineText]) -> list[ScopeLine]:
    return [ScopeLine(**row_of(certificate, each)) for each in lines]


def row_of(certificate: Certificate, line: LineText) -> dict[str, object]:
    return {"certificate_id": certificate.id, "item_key": item_key(line.item), **line._asdict()}


def digest_of(lines: Sequence[LineText]) -> str:
    """What the record keeps of a scope: SHA-256 of everything that it says."""
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()


def confirm(session: Session, certificate: Certificate, *, by: Actor, version: int | None = None) -> None:
    """It counts from its first day on. The one that it supersedes counts until the day before."""
    perform(session, certificate, CONFIRM, by=by, version=version, facts={"confirmed_at": clock.now()})
    if certificate.supersedes is not None:
        facts, told = {"replaced_on": certificate.valid_from}, {"by": certificate.id}
        perform(session, certificate.supersedes, SUPERSEDE, by=by, facts=facts, details=told)


def reject(session: Session, certificate: Certificate, reason: str, *, by: Actor, version: int | None = None) -> None:
    """It never counts, and makes room for another in the place of the same."""
    if problems := wrong_reason(reason, "note"):
        raise Invalid(*problems)
    perform(session, certificate, REJECT, by=by, version=version, note=reason, facts={"supersedes_id": None})


def suspend(
    session: Session, certificate: Certificate, on: date, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """It does not count from that day until the suspension ends."""
    _check(certificate, on, reason)
    perform(session, certificate, SUSPEND, by=by, version=version, note=reason, details={"from": on})
    session.add(Suspension(certificate_id=certificate.id, from_on=on, reason=reason.strip()))
    session.flush()
    session.expire(certificate, ["suspensions"])


def resume(
    session: Session, certificate: Certificate, on: date, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """It counts again from that day on."""
    _check(certificate, on, reason)
    perform(session, certificate, RESUME, by=by, version=version, note=reason, details={"on": on})
    last = certificate.suspensions[-1]
    if on < last.from_on:
        text = _("This lies before the suspension began, on %(day)s", day=last.from_on.isoformat())
        raise Invalid(FieldProblem("on", "before_from", text))
    last.resumed_on = on
    session.flush()


def withdraw(
    session: Session, certificate: Certificate, on: date, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """Its issuer took it back, or it was given up: from that day it does not count."""
    _check(certificate, on, reason)
    perform(
        session, certificate, WITHDRAW, by=by, version=version, note=reason, details={"on": on}, facts={"ended_on": on}
    )


def _check(certificate: Certificate, on: date, reason: str) -> None:
    problems = wrong_reason(reason)
    if on < certificate.valid_from:
        problems.append(FieldProblem("on", "before_from", _("This lies before the certificate's first day")))
    if on > day_of(clock.now()):
        problems.append(FieldProblem("on", "in_the_future", _("Record it on that day, not beforehand")))
    if problems:
        raise Invalid(*problems)


def state_capacity(
    session: Session,
    laboratory_id: int,
    *,
    by: Actor,
    item: str = "",
    per_week: int | None,
    days: int | None,
) -> Capacity | None:
    """What a laboratory can take in a week and how long it needs, of one item or of all; empty: it says nothing."""
    if not by.can(Can.CAPACITY_STATE) or by.organisation_id != laboratory_id:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAPACITY_STATE))
    line = tidied_line(LineText(item))
    problems = [
        FieldProblem(field, "out_of_range", _("Enter a whole number from 1 to %(most)s", most=most))
        for field, value, most in (("per_week", per_week, MOST_PER_WEEK), ("days", days, MOST_DAYS))
        if value is not None and not 1 <= value <= most
    ]
    if problems:
        raise Invalid(*problems)
    asked = sa.select(Capacity).where(Capacity.laboratory_id == laboratory_id, Capacity.item_key == item_key(line.item))
    facts = {"per_week": per_week, "days": days, "stated_by_id": by.id, "stated_at": clock.now()}
    present = session.scalars(asked).one_or_none()
    if present is not None:
        if (present.per_week, present.days) != (per_week, days):
            told = {"per_week": per_week, "days": days}
            record(session, present, "state", by=by, details=told, facts=facts)
        return present
    if per_week is None and days is None:
        return None
    made = Capacity(laboratory_id=laboratory_id, item=line.item, item_key=item_key(line.item), **facts)
    try:
        begin(session, made, by=by, details={"per_week": per_week, "days": days})
    except IntegrityError as quicker:
        raise Refused("stated_meanwhile", _("Somebody stated it in the same moment; look at it first")) from quicker
    return made
