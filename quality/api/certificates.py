"""Laboratories and their certificates: kept by an agency, proposed by either, confirmed by another person."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection
from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.moves import add_moves, add_sheet, laboratory_called
from quality.api.reading import sent
from quality.api.shapes import Changed, Line, Moment, Organisation, Page, Paragraph, Sent, Told, Version, organisation
from quality.competence import operations, queries
from quality.competence.contents import MOST_LINES, Head, LineText
from quality.competence.models import Accreditation, Capacity, Certificate
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.workload import Pace, late_reports, loads, paces, paces_by_item
from quality.pages.kinds import KINDS
from quality.people.access import acting, me, needs, require_for
from quality.people.actor import Actor
from quality.people.models import Organisation as House
from quality.people.models import OrganisationKind
from quality.people.operations import find_organisation
from quality.permissions import Can, Sees


class ScopeLineSent(Sent):
    item: Line = Field(description="As it is printed")
    method: Line = Field("", description="Empty: any; several divided by ；")
    category: Line = Field("", description="Empty: every product")
    remarks: Line = Field("", description="Limits of what may be tested")


class ScopeLineTold(Told):
    item: str
    method: str
    category: str
    remarks: str


class SuspensionTold(Told):
    from_on: date
    resumed_on: date | None = Field(description="The first day on which it counts again")
    reason: str


class CertificateTold(Whole):
    laboratory: Organisation
    agency: Organisation = Field(description="It keeps the certificate")
    kind: str = Field(description="`cma` or `cnas`; only CMA covers a test for an authority")
    certificate_no: str = Field(description="As it is printed")
    issuer: str
    valid_from: date
    valid_until: date = Field(description="The last day on which it counts")
    supersedes: str | None = Field(description="The number of the one in whose place it stands")
    replaced_on: date | None = Field(description="The first day of the one in its place")
    ended_on: date | None = Field(description="The first day on which it is withdrawn")
    confirmed_at: Moment | None
    suspensions: list[SuspensionTold]
    scope: list[ScopeLineTold]


class HeadSent(Sent):
    certificate_no: Line = Field(description="As it is printed")
    issuer: Line
    valid_from: date
    valid_until: date = Field(description="The last day on which it counts")

    def head(self) -> Head:
        return Head(self.certificate_no, self.issuer, self.valid_from, self.valid_until)


class CertificateSent(HeadSent):
    laboratory: Line = Field("", description="Its code; a laboratory leaves it out")
    agency: Line = Field("", description="The code of the agency that is to keep it; an agency leaves it out")
    kind: Accreditation = Field(strict=False)


class Renewal(HeadSent):
    version: Version


class ScopeSent(Sent):
    version: Version
    lines: list[ScopeLineSent] = Field(max_length=MOST_LINES, description="All: what is not named is taken out")


class OnDay(Sent):
    version: Version
    on: date = Field(description="The first day on which it holds; not in the future")
    reason: Paragraph = Field(min_length=1, description="Who said so, and where it can be read")


class PaperSent(Sent):
    version: Version
    sha256: str = Field(max_length=64, description="Of the certificate, sent before as evidence")


class CapacityTold(Told):
    item: str = Field(description="Empty: whatever is tested")
    per_week: int | None = Field(description="Samples")
    days: int | None = Field(description="Calendar days from the receipt to the report")


class PaceTold(Told):
    """Of the reports of half a year that you may see."""

    reports: int
    late: int
    median_days: str | None = Field(description="Calendar days from the receipt to the authorisation")


class LaboratoryLine(Told):
    code: str
    name: str
    load: int = Field(description="Samples under way to it or in it")


class LaboratoryTold(LaboratoryLine):
    capacity: list[CapacityTold]
    pace: PaceTold
    pace_by_item: dict[str, PaceTold]
    certificates: list[str] = Field(description="Their numbers, the newest first")
    late: list[str] = Field(description="Blind numbers of samples whose report is overdue now")


class CapacitySent(Sent):
    item: Line = Field("", description="Empty: whatever is tested")
    per_week: int | None = Field(None, description="Left out with `days`: nothing is said any more")
    days: int | None = None


def certificate_told(_session: Session, certificate: Certificate, _me: Actor) -> dict[str, Any]:
    kept = (
        "kind", "certificate_no", "issuer", "valid_from", "valid_until", "replaced_on", "ended_on", "confirmed_at",
    )  # fmt: skip
    return {
        **{name: getattr(certificate, name) for name in kept},
        "laboratory": organisation(certificate.laboratory),
        "agency": organisation(certificate.agency),
        "supersedes": certificate.supersedes.number if certificate.supersedes else None,
        "suspensions": [SuspensionTold.model_validate(s, from_attributes=True) for s in certificate.suspensions],
        "scope": [ScopeLineTold.model_validate(line, from_attributes=True) for line in certificate.lines],
    }


CERTIFICATES = Collection("certificates", KINDS["certificate"], CertificateTold, certificate_told)
certificates = collection(CERTIFICATES, about="What laboratories may test, from when to when")
laboratories = door("laboratories", tag="laboratories", about="Load, pace and certificates of laboratories")
DOORS = [certificates, laboratories]
add_moves(certificates, CERTIFICATES)


@certificates.post("/certificates", summary="Propose a certificate", responses={201: Changed})
@once
@needs(Can.CERTIFICATE_PROPOSE)
@takes(body=CertificateSent)
def propose_certificate(**_none: str) -> ResponseReturnValue:
    """Another person confirms it, once its scope is written down."""
    given, session = sent(CertificateSent), db.session()
    assert me.organisation, "whoever proposes works somewhere"
    own = session.get_one(House, me.organisation_id)
    is_agency = me.sees is Sees.AGENCY
    laboratory = laboratory_called(session, given.laboratory) if is_agency else own
    agency = own if is_agency else agency_called(session, given.agency)
    made = operations.propose(session, by=me, agency=agency, laboratory=laboratory, kind=given.kind, head=given.head())
    return told(CERTIFICATES.changed(made), 201)


def agency_called(session: Session, code: str) -> House:
    found = find_organisation(session, code)
    if found is None or found.kind != OrganisationKind.AGENCY:
        raise Invalid(FieldProblem("agency", "unknown", _("There is no agency with this code")))
    return found


def write_scope(session: Session, certificate: Certificate, given: ScopeSent, by: Actor) -> None:
    lines = [LineText(**each.model_dump()) for each in given.lines]
    operations.set_scope(session, certificate, lines, by=by, version=given.version)


def renew(session: Session, certificate: Certificate, given: Renewal, by: Actor) -> Changed:
    return CERTIFICATES.changed(operations.renew(session, certificate, given.head(), by=by, version=given.version))


def add_paper(session: Session, certificate: Certificate, given: PaperSent, by: Actor) -> None:
    attach(session, certificate, given.sha256, EvidenceKind.CERTIFICATE, by=by)


def on_day(operation: Any) -> Any:
    def act(session: Session, certificate: Certificate, given: OnDay, by: Actor) -> None:
        operation(session, certificate, given.on, given.reason, by=by, version=given.version)

    return act


add_sheet(certificates, CERTIFICATES, "scope", ScopeSent, write_scope)
add_sheet(certificates, CERTIFICATES, "renew", Renewal, renew)
add_sheet(certificates, CERTIFICATES, "evidence", PaperSent, add_paper)
for name, operation in (
    ("suspend", operations.suspend), ("resume", operations.resume), ("withdraw", operations.withdraw),
):  # fmt: skip
    add_sheet(certificates, CERTIFICATES, name, OnDay, on_day(operation))


@laboratories.get("/laboratories", summary="All, by name", responses={200: Page[LaboratoryLine]})
@needs(Can.CERTIFICATE_READ)
@takes()
def list_laboratories() -> ResponseReturnValue:
    """An agency's people see all, a laboratory's the own one."""
    session = db.session()
    there = [each for each in queries.laboratories(session) if me.sees is Sees.AGENCY or each.id == me.organisation_id]
    carried = loads(session, me, [each.id for each in there])
    lines = [LaboratoryLine(code=each.code, name=each.name, load=carried.get(each.id, 0)) for each in there]
    return told(Page[LaboratoryLine](items=lines, next=None))


@laboratories.get("/laboratories/<laboratory>", summary="One of them", responses={200: LaboratoryTold})
@acting
@takes()
def one_laboratory(laboratory: str) -> ResponseReturnValue:
    session = db.session()
    found = queries.one_laboratory(session, me, laboratory)
    said = queries.capacities_of(session, [found.id]).get(found.id, [])
    return told(
        LaboratoryTold(
            code=found.code,
            name=found.name,
            load=loads(session, me, [found.id]).get(found.id, 0),
            capacity=[capacity_told(each) for each in said],
            pace=pace_told(paces(session, me).get(found.id, Pace(0, 0, None))),
            pace_by_item={key: pace_told(each.pace) for key, each in paces_by_item(session, me, found.id).items()},
            certificates=[each.number for each in queries.certificates_of(session, me, found.id)],
            late=[each.portion.blind_no for each in late_reports(session, me, found.id)],
        )
    )


def capacity_told(said: Capacity) -> CapacityTold:
    return CapacityTold(item=said.item, per_week=said.per_week, days=said.days)


def pace_told(pace: Pace) -> PaceTold:
    days = None if pace.median_days is None else f"{pace.median_days:.1f}"
    return PaceTold(reports=pace.reports, late=pace.late, median_days=days)


@laboratories.post("/laboratories/<laboratory>/capacity", summary="State what yours can take",
                   responses={200: CapacityTold})  # fmt: skip
@once
@needs(Can.CAPACITY_STATE, once_found=True)
@takes(body=CapacitySent)
def state_capacity(laboratory: str) -> ResponseReturnValue:
    session = db.session()
    found = queries.one_laboratory(session, me, laboratory)
    require_for(Capacity(laboratory_id=found.id))
    given = sent(CapacitySent)
    said = operations.state_capacity(session, found.id, by=me, **given.model_dump())
    return told(capacity_told(said) if said else CapacityTold(item=given.item, per_week=None, days=None))
