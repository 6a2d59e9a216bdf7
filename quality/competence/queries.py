"""Certificates that somebody may see, and those that count for one agency's samples in one laboratory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.competence.matching import Asked, Covered, Held, Standing, standings
from quality.competence.models import Capacity, Certificate, CertificateStatus, ScopeLine
from quality.core.errors import NotFound
from quality.people.actor import Actor, within
from quality.people.models import Below, Organisation, OrganisationKind
from quality.permissions import Can, Sees
from quality.standards.names import item_key

COUNT = (
    CertificateStatus.CONFIRMED,
    CertificateStatus.SUSPENDED,
    CertificateStatus.SUPERSEDED,
    CertificateStatus.WITHDRAWN,
)
STANDING = (CertificateStatus.CONFIRMED, CertificateStatus.SUSPENDED)
SOON = timedelta(days=60)  # before a certificate runs out, people are told


def certificates_visible_to(actor: Actor) -> sa.Select[Certificate]:
    """An agency's own and those of agencies below it; a laboratory's own, whoever keeps them."""
    mine = within(Certificate, actor) if actor.can(Can.CERTIFICATE_READ) else sa.false()
    return sa.select(Certificate).where(mine).order_by(Certificate.id.desc())


def known_to(actor: Actor) -> sa.Select[Certificate]:
    """The same with those of agencies above, which count for its samples: what pages about a laboratory name."""
    mine = within(Certificate, actor)
    known = sa.or_(mine, kept_above(actor.organisation_id)) if actor.sees is Sees.AGENCY else mine
    return sa.select(Certificate).where(known).order_by(Certificate.id.desc())


def kept_above(agency_id: int | sa.BindParameter[int] | None) -> sa.ColumnElement[bool]:
    """Kept by the agency or one above it: these count for its samples."""
    return Certificate.agency_id.in_(sa.select(Below.agency_id).where(Below.below_id == agency_id))


def one_certificate(session: Session, actor: Actor, number: str) -> Certificate:
    found = session.scalars(certificates_visible_to(actor).where(Certificate.number == number)).one_or_none()
    if found is None:
        raise NotFound(number)
    return found


def laboratories(session: Session) -> Sequence[Organisation]:
    asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.LABORATORY)
    return session.scalars(asked.order_by(Organisation.name, Organisation.id)).all()


def one_laboratory(session: Session, actor: Actor, code: str) -> Organisation:
    """Any, for an agency; the own, for who works in one."""
    asked = sa.select(Organisation).where(
        Organisation.kind == OrganisationKind.LABORATORY, Organisation.code == code[:16]
    )
    found = session.scalars(asked).one_or_none() if actor.can(Can.CERTIFICATE_READ) else None
    if found is None or (actor.sees is not Sees.AGENCY and found.id != actor.organisation_id):
        raise NotFound(code)
    return found


def held_by(
    session: Session, agency_id: int, laboratory_ids: Iterable[int], items: Iterable[str]
) -> Mapping[int, list[Held]]:
    """By laboratory: every certificate that an agency's samples may count on, with its lines about these items."""
    of_certificates, of_lines = that_count()
    there = session.scalars(of_certificates, {"laboratories": list(set(laboratory_ids)), "agency": agency_id}).all()
    named = {"certificates": [each.id for each in there], "items": list({item_key(each) for each in items})}
    lines: dict[int, list[Covered]] = {}
    for line in session.scalars(of_lines, named) if there else ():
        lines.setdefault(line.certificate_id, []).append(Covered(line.item, line.method, line.category))
    found: dict[int, list[Held]] = {}
    for each in there:
        found.setdefault(each.laboratory_id, []).append(as_held(each, lines.get(each.id, [])))
    return found


@cache  # each step of a sample asks them, and half the time of an answer would go into writing them
def that_count() -> tuple[sa.Select[Certificate], sa.Select[ScopeLine]]:
    def among(name: str) -> sa.BindParameter[Any]:
        return sa.bindparam(name, expanding=True)

    of_certificates = (
        sa.select(Certificate)
        .where(
            Certificate.laboratory_id.in_(among("laboratories")),
            kept_above(sa.bindparam("agency", type_=sa.Integer)),
            Certificate.status.in_(COUNT),
        )
        .options(selectinload(Certificate.suspensions))
        .order_by(Certificate.id)
    )
    of_lines = sa.select(ScopeLine).where(
        ScopeLine.certificate_id.in_(among("certificates")), ScopeLine.item_key.in_(among("items"))
    )
    return of_certificates, of_lines.order_by(ScopeLine.id)


def as_held(certificate: Certificate, lines: Sequence[Covered]) -> Held:
    return Held(
        number=certificate.number,
        certificate_no=certificate.certificate_no,
        kind=certificate.kind,
        since=certificate.valid_from,
        until=certificate.valid_until,
        lines=lines,
        suspended=[(each.from_on, each.resumed_on) for each in certificate.suspensions],
        replaced_on=certificate.replaced_on,
        ended_on=certificate.ended_on,
    )


def competence_of(
    session: Session, agency_id: int, laboratory_ids: Iterable[int], asked: Sequence[Asked], days: Sequence[date]
) -> dict[int, list[Standing]]:
    """How each laboratory stands to each item, in two statements however many there are."""
    wanted = list(dict.fromkeys(laboratory_ids))
    held = held_by(session, agency_id, wanted, [each.item for each in asked])
    return {each: standings(asked, held.get(each, []), days) for each in wanted}


def running_out(session: Session, actor: Actor, today: date) -> Sequence[Certificate]:
    """Those that stand and end within two months, the first to end first; one that is proposed in its place is none."""
    asked = certificates_visible_to(actor).where(
        Certificate.status.in_(STANDING), Certificate.valid_until <= today + SOON, Certificate.id.not_in(renewed_ones())
    )
    return session.scalars(asked.order_by(None).order_by(Certificate.valid_until, Certificate.id).limit(100)).all()


def renewed_ones() -> sa.Select[int | None]:
    """Ids of those in whose place another is proposed already."""
    return sa.select(Certificate.supersedes_id).where(
        Certificate.supersedes_id.is_not(None), Certificate.status == CertificateStatus.PROPOSED
    )


def certificates_of(session: Session, actor: Actor, laboratory_id: int) -> Sequence[Certificate]:
    return session.scalars(known_to(actor).where(Certificate.laboratory_id == laboratory_id).limit(100)).all()


def capacities_of(session: Session, laboratory_ids: Iterable[int]) -> Mapping[int, list[Capacity]]:
    """By laboratory, what is said of everything first."""
    asked = sa.select(Capacity).where(Capacity.laboratory_id.in_(set(laboratory_ids)))
    found: dict[int, list[Capacity]] = {}
    for each in session.scalars(asked.order_by(Capacity.item_key, Capacity.id)):
        found.setdefault(each.laboratory_id, []).append(each)
    return found


def standing_certificates(session: Session, actor: Actor) -> Sequence[Certificate]:
    """All that stand, of every laboratory, as far as the actor sees them."""
    asked = known_to(actor).where(Certificate.status.in_(STANDING))
    return session.scalars(asked.limit(1_000)).all()


def readable(session: Session, actor: Actor, some: Sequence[Certificate]) -> set[int]:
    """Ids of those whose own page the actor may open."""
    asked = certificates_visible_to(actor).where(Certificate.id.in_([each.id for each in some]))
    return set(session.scalars(asked.order_by(None).with_only_columns(Certificate.id)))
