"""Certificates of laboratories: written down, given a scope by table, stopped on a day, renewed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.competence import operations
from quality.competence.contents import Head, LineText
from quality.competence.models import Accreditation, Certificate, CertificateStatus
from quality.competence.queries import laboratories
from quality.competence.table import SCOPE as TABLE
from quality.competence.table import Fault, Looked, as_text, look, look_into
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.pages.forms.exhibits import evidence_sheet, taken_in
from quality.pages.forms.fields import Choice, Day, Files, Form, Line, Paragraph
from quality.pages.forms.sheet import Sheet
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can, Sees

PAPER = "application/pdf,image/*"
SHOWN_FAULTS = 200
STANDS = {CertificateStatus.CONFIRMED, CertificateStatus.SUSPENDED}


class HeadForm(Form):
    certificate_no = Line(_("Certificate number"), _("As it is printed on it"))
    issuer = Line(_("Issued by"))
    valid_from = Day(_("Counts from"))
    valid_until = Day(_("Counts until"), _("The last day of it"))

    def head(self) -> Head:
        assert self.valid_from.data and self.valid_until.data, "validated"
        return Head(self.certificate_no.data or "", self.issuer.data or "", self.valid_from.data, self.valid_until.data)


class NewForm(HeadForm):
    laboratory = Choice(_("Laboratory"))
    agency = Choice(_("For which agency"), _("It keeps the certificate and confirms it"))
    kind = Choice(_("Kind of certificate"))
    file = Files(_("The certificate itself"), _("PDF or picture"), optional=True, accept=PAPER)

    def in_order(self) -> list[Any]:
        first = [name for name in ("laboratory", "agency", "kind") if name in self]
        return [self[name] for name in (*first, "certificate_no", "issuer", "valid_from", "valid_until", "file")]


def new_form(session: Session, me: Actor, laboratory: str = "") -> NewForm:
    """Whoever writes it knows one side already: their own."""
    form = NewForm(data={"kind": Accreditation.CMA.value, "laboratory": laboratory})
    form.kind.offer({each.value: word("accreditation", each) for each in Accreditation})
    if me.sees is Sees.AGENCY:
        del form.agency
        form.laboratory.offer({each.code: each.name for each in laboratories(session)})
    else:
        del form.laboratory
        asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.AGENCY).order_by(Organisation.name)
        form.agency.offer({each.code: each.name for each in session.scalars(asked)})
    return form


def propose(session: Session, form: NewForm, me: Actor) -> Certificate:
    def called(code: str | None) -> Organisation:
        return session.scalars(sa.select(Organisation).where(Organisation.code == code)).one()

    assert me.organisation, "whoever proposes works somewhere"
    agency = called(form.agency.data) if "agency" in form else session.get_one(Organisation, me.organisation_id)
    own = session.get_one(Organisation, me.organisation_id)
    laboratory = called(form.laboratory.data) if "laboratory" in form else own
    kept = taken_in(session, form.file.data or [], EvidenceKind.CERTIFICATE, by=me)
    made = operations.propose(
        session, by=me, agency=agency, laboratory=laboratory, kind=Accreditation(form.kind.data or ""), head=form.head()
    )
    for sha256 in kept:
        attach(session, made, sha256, EvidenceKind.CERTIFICATE, by=me)
    return made


# --- what it covers ---


class ScopeForm(Form):
    file = Files(
        _("Workbook or CSV"),
        _("XLSX or CSV, up to %(most)s MB. It takes the place of what stands below.", most=TABLE.most_bytes >> 20),
        optional=True, accept=".xlsx,.csv", many=False,
    )  # fmt: skip
    table = Paragraph(
        _("Table"),
        _("One test item a row: item, method, product category, limits. Paste it from a spreadsheet as it is."),
        rows=12, optional=True,
    )  # fmt: skip


def scope_form(_session: Session, certificate: Certificate, _me: Actor) -> ScopeForm:
    lines = [LineText(each.item, each.method, each.category, each.remarks) for each in certificate.lines]
    return ScopeForm(data={"table": as_text(lines)})


def looked_at(form: Any) -> Looked:
    """The file, if one was chosen, else the table; what was read of a file is put where it can be seen and mended."""
    if form.file.data:
        [sent] = form.file.data[:1]
        looked = look_into(cast(BinaryIO, sent.stream), sent.filename or "")
        text = as_text(looked.lines)
        form.table.data, form.table.raw_data = text, [text]
        return looked
    return look(form.table.data or "")


def dry_run(_session: Session, certificate: Certificate, form: Any) -> Mapping[str, Any]:
    """What taking it would do. A file that is no table says so at its field."""
    if form.table.raw_data is None:
        return {"looked": None}
    try:
        looked = looked_at(form)
    except Invalid as wrong:
        form.file.errors = [str(each.text) for each in wrong.problems]
        return {"looked": None}
    there = {LineText(each.item, each.method, each.category, each.remarks).key: each for each in certificate.lines}
    keys = {each.key for each in looked.lines}
    return {
        "looked": looked,
        "faults": looked.faults[:SHOWN_FAULTS],
        "more": len(looked.faults) - SHOWN_FAULTS,
        "added": [each for each in looked.lines if each.key not in there],
        "removed": [each for key, each in there.items() if key not in keys],
    }


def take_scope(session: Session, certificate: Certificate, form: Any, me: Actor, version: int) -> None:
    """All of it or nothing."""
    looked = looked_at(form)
    if looked.faults:
        raise Invalid(*(FieldProblem("table", "wrong_rows", said_of(each)) for each in looked.faults[:5]))
    operations.set_scope(session, certificate, looked.lines, by=me, version=version)


def said_of(fault: Fault) -> Any:
    return _("Row %(n)s: %(why)s", n=fault.row, why=fault.text)


# --- stopped, renewed ---


class OnDay(Form):
    on = Day(_("From which day"), _("The first day on which it holds"))
    reason = Paragraph(_("Reason"), _("Who said so, and where it can be read"), rows=3)


def on_day(_session: Session, _certificate: Certificate, _me: Actor) -> OnDay:
    return OnDay(data={"on": day_of(clock.now())})


def stopping(operation: Any) -> Any:
    def act(session: Session, certificate: Certificate, form: Any, me: Actor, version: int) -> None:
        operation(session, certificate, form.on.data, form.reason.data or "", by=me, version=version)

    return act


class Renewal(HeadForm):
    file = Files(_("The certificate itself"), _("PDF or picture"), optional=True, accept=PAPER)


def renewal(_session: Session, certificate: Certificate, _me: Actor) -> Renewal:
    return Renewal(data={"certificate_no": certificate.certificate_no, "issuer": certificate.issuer})


def renew(session: Session, certificate: Certificate, form: Any, me: Actor, version: int) -> Certificate:
    kept = taken_in(session, form.file.data or [], EvidenceKind.CERTIFICATE, by=me)
    made = operations.renew(session, certificate, form.head(), by=me, version=version)
    for sha256 in kept:
        attach(session, made, sha256, EvidenceKind.CERTIFICATE, by=me)
    return made


SCOPE = Sheet(
    scope_form,
    take_scope,
    _("What you take takes the place of all that is written down now. Have it looked at first; nothing is kept then."),
    label=_("Write down what it covers"),
    by=Can.CERTIFICATE_PROPOSE,
    is_due=lambda certificate: certificate.status == CertificateStatus.PROPOSED,
    template="desk/scope.html",
    shown=dry_run,
)
CERTIFICATE_SHEETS = {
    "scope": SCOPE,
    "evidence": evidence_sheet([EvidenceKind.CERTIFICATE], lambda certificate: certificate.status == "proposed"),
    "suspend": Sheet(on_day, stopping(operations.suspend)),
    "resume": Sheet(on_day, stopping(operations.resume)),
    "withdraw": Sheet(on_day, stopping(operations.withdraw)),
    "renew": Sheet(
        renewal,
        renew,
        _("The new certificate begins with the scope of this one; change it before it is confirmed."),
        label=_("Renew or change it"),
        by=Can.CERTIFICATE_PROPOSE,
        is_due=lambda certificate: certificate.status in STANDS,
        goes_on=lambda _old, made: url_for("desk.dossier", kind="certificate", number=made.number),
    ),
}
