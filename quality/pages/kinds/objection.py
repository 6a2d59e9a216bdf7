"""The dossier of an objection: who objects on what ground, the re-inspection, the decision."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core.words import Text, _
from quality.lab.models import Finding
from quality.lab.queries import following
from quality.objections.models import Ground, Objection, ObjectionStatus
from quality.objections.operations import (
    admit,
    draw_laboratory,
    note_withdrawal,
    pass_over,
    refuse,
    see_to_formalities,
    withdraw,
)
from quality.objections.operations.lot import MAY_DRAW
from quality.objections.queries import files_of, one_visible, second_report, visible_to
from quality.objections.workflow import LIFE, formalities_are_over
from quality.pages.forms.findings import OBJECTION_SHEETS
from quality.pages.judging import row_of, rows_of, undecided, weights_of
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Deed, Dossier, Fact, Kind, Made, link
from quality.pages.moments import apart, moment, yuan
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample


def facts_of(session: Session, objection: Objection, me: Actor) -> Iterator[Fact]:
    finding = objection.finding
    yield Fact(_("Finding"), finding.number, link(me, Can.FINDING_READ, "finding", finding.number), is_code=True)
    if last := following(session, finding):
        yield Fact(_("In its place"), last.number, link(me, Can.FINDING_READ, "finding", last.number), is_code=True)
    yield Fact(_("Who objects"), word("objecting_party", objection.party))
    yield Fact(_("To what"), word("ground", objection.ground))
    yield Fact(_("Had the result"), moment(objection.result_received_at))
    yield Fact(_("Objected"), moment(objection.received_at))
    if objection.items:
        yield Fact(_("Disputed items"), apart().join(objection.items))
    if objection.laboratory is not None:
        yield Fact(_("Re-inspected by"), objection.laboratory.name)
    yield from facts_of_its_end(objection)


def facts_of_its_end(objection: Objection) -> Iterator[Fact]:
    if objection.cost_fen is not None:
        bearer = word("bearer", objection.cost_bearer)
        yield Fact(_("Cost of the re-inspection"), yuan(objection.cost_fen), beside=bearer)
    elif objection.cost_bearer is not None:
        yield Fact(_("Cost of the re-inspection"), word("bearer", objection.cost_bearer))
    if objection.withdrawn_by_party_at is not None:
        yield Fact(_("Withdrawn by the party"), moment(objection.withdrawn_by_party_at))
    if objection.no_reinspection is not None:
        yield Fact(_("No re-inspection"), word("no_reinspection", objection.no_reinspection))
    if objection.decision is not None:
        yield Fact(_("Decision"), word("decision", objection.decision))
    if objection.answer:
        yield Fact(_("What the agency answered"), objection.answer)
    if objection.reason:
        yield Fact(_("Reasons"), objection.reason)


def describe(session: Session, objection: Objection, me: Actor) -> Dossier:
    finding = objection.finding
    again = objection.report
    if objection.decision is None:  # who decides reads what decides
        again = second_report(session, objection)
    retested = again.results if again else []
    weights = weights_of(session, objection.agency_id, finding.results, retested)
    second = [row_of(result) for result in retested]
    return Dossier(
        heading=_("Objection: %(party)s", party=word("objecting_party", objection.party)),
        facts=list(facts_of(session, objection, me)),
        crumbs=[(finding.number, link(me, Can.FINDING_READ, "finding", finding.number))],
        more={
            "files": files_of(session, objection),
            "draw": objection.draw,
            "drawn": objection.draw["order"][len(objection.draw["passed"])]["code"] if objection.draw else "",
            "rows": rows_of(finding.results, retested, weights),
            "second": second,
            "undecided": undecided(second),
        },
    )


ADMITTED, IN_REINSPECTION, DECIDED = ObjectionStatus.ADMITTED, ObjectionStatus.IN_REINSPECTION, ObjectionStatus.DECIDED


def is_to_be_noted(objection: Objection) -> bool:
    """The party withdrew by itself, and nobody has said yet that they read it."""
    return objection.withdrawn_by_party_at is not None and objection.withdrawal_noted_at is None


def after_withdrawal(objection: Objection) -> Text:
    if objection.finding.sample.portion(PortionKind.BACKUP).status == PortionStatus.DISPATCHED:
        return _("The party withdrew its objection: call the backup portion back, and take note")
    return _("The party withdrew its objection: take note")


def draw(session: Session, objection: Objection, by: Actor, version: int, _note: str) -> None:
    draw_laboratory(session, objection, by=by, version=version)


def turn(objection: Objection, session: Session | None) -> Status | None:
    """The reviewer's, once nothing more is to come before the decision. A dossier looks at the report itself."""
    status = STATUSES["objection"][objection.status]
    if is_to_be_noted(objection):
        return status._replace(has_it=Party.COORDINATOR, to_do=after_withdrawal(objection))
    if is_to_be_told(objection):
        tell = _("Send the conclusion of the re-inspection to each party that was told the result")
        return status._replace(has_it=Party.COORDINATOR, to_do=tell)
    if objection.status == ADMITTED and objection.ground == Ground.RESULT:
        to_do = _("Send the backup portion once the formalities are seen to") if objection.draw else None
        if to_do and session and formalities_are_over(objection, SYSTEM):
            to_do = _("Send the backup portion: the formalities are seen to")
        return status._replace(to_do=to_do or _("Draw the laboratory of the re-inspection"))
    if objection.status == ADMITTED and objection.ground != Ground.RESULT:
        return status._replace(has_it=Party.REVIEWER, to_do=_("Decide: no test answers this ground"))
    if objection.status != IN_REINSPECTION:
        return None
    if objection.report_id or (session and second_report(session, objection)):
        return status._replace(has_it=Party.REVIEWER, to_do=_("Read the second report and decide"))
    if objection.finding.sample.portion(PortionKind.BACKUP).status == PortionStatus.REFUSED_BY_LAB:
        return status._replace(has_it=Party.REVIEWER, to_do=_("No second report can come: decide what that means"))
    return None


def is_to_be_told(objection: Objection) -> bool:
    return objection.status == DECIDED and bool(objection.report_id) and not objection.conclusion_told_at


def where(session: Session, objection: Objection, me: Actor) -> str | None:
    """The conclusion is told on the page of the finding that stands."""
    if not is_to_be_told(objection):
        return None
    last = following(session, objection.finding) or objection.finding
    return link(me, Can.FINDING_READ, "finding", last.number)


BACKUP_REFUSED = Objection.finding.has(
    Finding.sample.has(
        Sample.portions.any(sa.and_(Portion.kind == PortionKind.BACKUP, Portion.status == PortionStatus.REFUSED_BY_LAB))
    )
)
OBJECTION = Kind(
    name="objection",
    title=_("Objections"),
    read=Can.OBJECTION_READ,
    life=LIFE,
    model=Objection,
    visible_to=visible_to,
    one_visible=one_visible,
    number=lambda objection: objection.number,
    heading=lambda objection: objection.finding.sample.product_name,
    beside=lambda objection: word("ground", objection.ground),
    describe=describe,
    has_clock=True,
    numbers=(Objection.number,),
    narrowed_by={"campaign": in_campaign(Objection, Objection.finding, Finding.sample, Sample.task)},
    about=About(
        Sample,
        sa.select(Finding.sample_id).where(Finding.id == Objection.finding_id).scalar_subquery(),
        lambda ids: Objection.finding_id.in_(sa.select(Finding.id).where(Finding.sample_id.in_(ids))),
        Can.SAMPLE_READ,
    ),
    shown_with=(joinedload(Objection.finding).joinedload(Finding.sample).selectinload(Sample.portions),),
    turn=turn,
    where=where,
    turned_to={
        Party.COORDINATOR: sa.or_(
            sa.and_(
                Objection.status == DECIDED, Objection.report_id.is_not(None), Objection.conclusion_told_at.is_(None)
            ),
            sa.and_(Objection.withdrawn_by_party_at.is_not(None), Objection.withdrawal_noted_at.is_(None)),
        ),
        Party.REVIEWER: sa.or_(
            sa.and_(Objection.status == ADMITTED, Objection.ground != Ground.RESULT),
            sa.and_(Objection.status == IN_REINSPECTION, sa.or_(Objection.report_id.is_not(None), BACKUP_REFUSED)),
        ),
    },
    sheets=OBJECTION_SHEETS,
    deeds={
        "draw": Deed(
            _("Draw the laboratory"),
            Can.OBJECTION_ADMIT,
            lambda objection: objection.status == ADMITTED and objection.ground == Ground.RESULT and not objection.draw,
            Made(draw, also=MAY_DRAW),
        ),
        "formalities": Deed(
            _("Record that the party has seen to the formalities"),
            Can.OBJECTION_RECEIVE,
            lambda objection: objection.draw is not None and formalities_are_over(objection, SYSTEM) is None,
            Made(
                lambda session, objection, by, version, _note: see_to_formalities(
                    session, objection, by=by, version=version
                ),
            ),
        ),
        "note_withdrawal": Deed(
            _("Take note of the withdrawal"),
            Can.OBJECTION_ADMIT,
            is_to_be_noted,
            Made(
                lambda session, objection, by, version, _note: note_withdrawal(
                    session, objection, by=by, version=version
                ),
            ),
        ),
        "pass_over": Deed(
            _("Pass to the next laboratory"),
            Can.OBJECTION_ADMIT,
            lambda objection: objection.status == ADMITTED and objection.draw is not None,
            Made(
                lambda session, objection, by, version, note: pass_over(
                    session, objection, note, by=by, version=version
                ),
                _("Why the drawn laboratory cannot do it"),
                must=True,
            ),
            may_wait=True,
        ),
    },
    makes={
        "admit": Made(
            lambda session, objection, by, version, note: admit(session, objection, by=by, version=version, note=note),
            _("Note"),
        ),
        "refuse": Made(
            lambda session, objection, by, version, note: refuse(session, objection, note, by=by, version=version),
            _("Why it is refused"),
            must=True,
        ),
        "withdraw": Made(
            lambda session, objection, by, version, note: withdraw(session, objection, note, by=by, version=version),
            _("What the party says"),
            must=True,
        ),
    },
)
