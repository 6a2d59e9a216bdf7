"""The dossier of a laboratory's certificate: what it covers, on which days it counts, who confirmed it."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.clocks.days import day_of
from quality.competence.models import Certificate
from quality.competence.operations import confirm, reject
from quality.competence.queries import SOON, STANDING, certificates_visible_to, one_certificate, renewed_ones
from quality.competence.workflow import CERTIFICATE_LIFE
from quality.core import clock
from quality.core.words import Text, _, ngettext
from quality.pages.forms.certificates import CERTIFICATE_SHEETS
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import full_day, moment
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, Party, Status, Tone, word
from quality.people.actor import Actor
from quality.permissions import Can

SHOWN_LINES = 500


def describe(session: Session, certificate: Certificate, me: Actor) -> Dossier:
    laboratory = certificate.laboratory
    there = url_for("competence.one", laboratory=laboratory.code)
    facts = [
        Fact(_("Laboratory"), laboratory.name, there),
        Fact(_("Kept by"), certificate.agency.name),
        Fact(_("Certificate number"), certificate.certificate_no, is_code=True),
        Fact(_("Issued by"), certificate.issuer),
        Fact(_("Counts from"), full_day(certificate.valid_from)),
        Fact(_("Counts until"), full_day(certificate.valid_until)),
        Fact(_("Proposed by"), name_for(session, certificate.proposed_by_id, me)),
    ]
    if certificate.confirmed_by_id is not None:
        by = name_for(session, certificate.confirmed_by_id, me)
        facts.append(Fact(_("Confirmed by"), by, beside=moment(certificate.confirmed_at)))
    if certificate.supersedes is not None:
        old = certificate.supersedes.number
        facts.append(Fact(_("Supersedes"), old, link(me, Can.CERTIFICATE_READ, "certificate", old), is_code=True))
    if certificate.replaced_on:
        facts.append(Fact(_("Superseded from"), full_day(certificate.replaced_on)))
    if certificate.ended_on:
        facts.append(Fact(_("Withdrawn from"), full_day(certificate.ended_on)))
    return Dossier(
        heading=heading(certificate),
        facts=facts,
        tags=[ending(certificate)] if ending(certificate) else [],  # type: ignore[list-item]
        more={
            "lines": certificate.lines[:SHOWN_LINES],
            "more_lines": len(certificate.lines) - SHOWN_LINES,
            "suspensions": certificate.suspensions,
        },
    )


def heading(certificate: Certificate) -> Text:
    return _(
        "%(kind)s certificate of %(laboratory)s",
        kind=word("accreditation", certificate.kind),
        laboratory=certificate.laboratory.name,
    )


def ending(certificate: Certificate) -> tuple[Tone, Text] | None:
    """How near its last day is, of one that stands."""
    today = day_of(clock.now())
    if certificate.status not in STANDING:
        return None
    if certificate.valid_until < today:
        return Tone.BAD, _("expired")
    left = (certificate.valid_until - today).days
    return (
        (Tone.WARN, ngettext("%(count)s day left", "%(count)s days left", left))
        if certificate.valid_until <= today + SOON
        else None
    )


def runs_out(certificate: Certificate) -> bool:
    """Within two months, or it has."""
    return certificate.status in STANDING and certificate.valid_until <= day_of(clock.now()) + SOON


def turn(certificate: Certificate, _session: Session | None) -> Status | None:
    """The laboratory's before it runs out, and the coordinator sees that it is renewed."""
    if not runs_out(certificate):
        return None
    to_do = _("See to its renewal: it counts until %(day)s", day=certificate.valid_until.isoformat())
    return STATUSES["certificate"][certificate.status]._replace(has_it=Party.LABORATORY, to_do=to_do)


RUNNING_OUT = sa.and_(  # the day is asked when it is asked
    Certificate.status.in_(STANDING),
    Certificate.valid_until <= sa.bindparam("soon", callable_=lambda: day_of(clock.now()) + SOON, type_=sa.Date()),
    Certificate.id.not_in(renewed_ones()),
)
CERTIFICATE = Kind(
    name="certificate",
    title=_("Certificates"),
    read=Can.CERTIFICATE_READ,
    life=CERTIFICATE_LIFE,
    model=Certificate,
    visible_to=certificates_visible_to,
    one_visible=one_certificate,
    number=lambda certificate: certificate.number,
    heading=heading,
    beside=lambda certificate: certificate.certificate_no,
    describe=describe,
    numbers=(Certificate.number, Certificate.certificate_no),
    shown_with=(joinedload(Certificate.laboratory),),
    begins=lambda me: (
        (_("Propose a certificate"), url_for("certificates.new")) if me.can(Can.CERTIFICATE_PROPOSE) else None
    ),
    sheets=CERTIFICATE_SHEETS,
    makes={
        "confirm": Made(
            lambda session, certificate, by, version, _note: confirm(session, certificate, by=by, version=version)
        ),
        "reject": Made(
            lambda session, certificate, by, version, note: reject(session, certificate, note, by=by, version=version),
            _("Why it is not confirmed"),
            must=True,
        ),
    },
    follows=frozenset({"supersede"}),
    turn=turn,
    turned_to={Party.LABORATORY: RUNNING_OUT, Party.COORDINATOR: RUNNING_OUT},
    across=lambda _me: (_("Laboratories"), url_for("competence.listed")),
)
