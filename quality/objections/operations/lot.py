"""The laboratory of a re-inspection is drawn from those that could do it, the ones that tested the sample left out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quality.clocks import operations as clocks
from quality.controls.queries import laboratories_with_more_of
from quality.core import clock
from quality.core.errors import Refused
from quality.core.events import Event
from quality.core.words import _
from quality.core.workflow import record
from quality.lab.models import Report
from quality.lab.operations.asking import given, require
from quality.objections.drawing import in_order, seed_of
from quality.objections.models import Objection
from quality.objections.papers import ask_for_reinspection
from quality.objections.workflow import ADMITTED, disputes_the_result, has_a_backup_portion, its_finding_stands
from quality.people.actor import Actor
from quality.people.models import Membership, Organisation, OrganisationKind, Person
from quality.permissions import Can, Role
from quality.purchases.fitness import outside, standings_for

MAY_DRAW = (disputes_the_result, its_finding_stands, has_a_backup_portion)


def draw_laboratory(
    session: Session,
    objection: Objection,
    *,
    by: Actor,
    version: int | None = None,
    only: Organisation | None = None,
) -> Organisation:
    """Draw once, and tell the party: the time for its formalities runs from now.

    `only` is for a case whose laboratory others have fixed already, as in a file of cases that were decided long ago:
    it is drawn from itself alone, and the others stand beside it as not named.
    """
    require(by, Can.OBJECTION_ADMIT, objection)
    record(session, objection.finding.sample, "draw_laboratory", by=by, details={"objection": objection.id})
    refuse_to_draw(objection, by)
    eligible, excluded = _candidates(session, objection, only)
    if not eligible:
        raise Refused("none_eligible", _("No other laboratory could re-inspect this; find one first"))
    received, admitted = (_digest(session, objection, deed) for deed in ("create", "admit"))
    seed = seed_of(received, admitted)
    order = in_order(seed, eligible)
    draw = {
        "seed": seed,
        "of": [received, admitted],
        "order": [{"code": code, "digest": digest} for code, digest in order],
        "excluded": excluded,
        "passed": [],
    }
    laboratory, now = _called(session, order[0][0]), clock.now()
    facts = {"draw": draw, "laboratory_id": laboratory.id}
    details = {"seed": seed, "laboratory": laboratory.id, "eligible": [code for code, _digest in order]}
    record(session, objection, "draw", by=by, version=version, facts=facts, details=details)
    clocks.stop(session, objection, "reinspection_lab", now, by=by)
    clocks.start(session, objection, "reinspection_formalities", now)
    ask_for_reinspection(session, objection, by=by)
    return laboratory


def pass_over(session: Session, objection: Objection, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The drawn laboratory cannot do it: the next in the order takes its place, and the reason stays with the draw."""
    require(by, Can.OBJECTION_ADMIT, objection)
    why = given(reason)
    seen = objection.version if version is None else version
    if objection.draw is None or objection.status != ADMITTED:
        raise Refused("not_drawn", _("No laboratory is drawn that could still be passed over"))
    draw: dict[str, Any] = objection.draw
    at = len(draw["passed"]) + 1
    if at >= len(draw["order"]):
        raise Refused("none_left", _("No eligible laboratory is left; the first result stands if none can be found"))
    passed = [*draw["passed"], {"code": draw["order"][at - 1]["code"], "reason": why}]
    laboratory = _called(session, draw["order"][at]["code"])
    facts = {"draw": draw | {"passed": passed}, "laboratory_id": laboratory.id}
    details = {"laboratory": laboratory.id}
    record(session, objection, "pass_over", by=by, version=seen, note=why, facts=facts, details=details)
    ask_for_reinspection(session, objection, by=by)


def refuse_to_draw(objection: Objection, by: Actor) -> None:
    if objection.status != ADMITTED:
        raise Refused("not_admitted", _("A laboratory is drawn once the objection is admitted"))
    if objection.draw is not None:
        raise Refused("drawn_already", _("The laboratory was drawn already; a draw is made once"))
    for condition in MAY_DRAW:
        if reason := condition(objection, by):
            raise Refused.because(reason)


def _candidates(
    session: Session, objection: Objection, only: Organisation | None
) -> tuple[list[str], list[dict[str, Any]]]:
    """Codes of those that could, and of the others why not."""
    sample = objection.finding.sample
    tested: set[int | None] = set(session.scalars(sa.select(Report.laboratory_id).where(Report.sample_id == sample.id)))
    tested |= {sample.laboratory_id, *laboratories_with_more_of(session, sample)}
    works = sa.select(Membership.organisation_id).where(Membership.ended_at.is_(None))
    buys_for = set(session.scalars(works.where(Membership.person_id == sample.buyer_id)))
    staffed = set(session.scalars(_with_two_people()))
    eligible: list[str] = []
    excluded: list[dict[str, Any]] = []
    asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.LABORATORY)
    there = session.scalars(asked.order_by(Organisation.code)).all()
    fit = standings_for(session, sample, [each.id for each in there], objection.items)
    for each in there:
        left = outside(fit[each.id])
        if each.id in tested:
            excluded.append({"code": each.code, "why": "tested_it"})
        elif each.id in buys_for:
            excluded.append({"code": each.code, "why": "sampler_works_there"})
        elif only is not None and each.id != only.id:
            excluded.append({"code": each.code, "why": "not_named"})
        elif only is None and each.id not in staffed:
            excluded.append({"code": each.code, "why": "no_staff"})
        elif only is None and left:
            items = [f"{one.item} ({one.code})" for one in left]
            excluded.append({"code": each.code, "why": "out_of_scope", "items": items})
        else:
            eligible.append(each.code)
    return eligible, excluded


def _with_two_people() -> sa.Select[int]:
    """Laboratories in which one person can test and another sign today."""
    analyst, signatory = aliased(Membership), aliased(Membership)
    tester, signer = aliased(Person), aliased(Person)
    return (
        sa.select(analyst.organisation_id)
        .join(signatory, signatory.organisation_id == analyst.organisation_id)
        .join(tester, sa.and_(tester.id == analyst.person_id, tester.active))
        .join(signer, sa.and_(signer.id == signatory.person_id, signer.active))
        .where(analyst.role == Role.ANALYST, signatory.role == Role.SIGNATORY, analyst.person_id != signatory.person_id)
        .where(analyst.ended_at.is_(None), signatory.ended_at.is_(None))
    )


def _digest(session: Session, objection: Objection, deed: str) -> str:
    of = sa.select(Event.digest).where(Event.subject_type == "objection", Event.subject_id == objection.id)
    return session.scalars(of.where(Event.action == deed).order_by(Event.seq).limit(1)).one()


def _called(session: Session, code: str) -> Organisation:
    return session.scalars(sa.select(Organisation).where(Organisation.code == code)).one()
