"""The weights of an agency, edition after edition: which are in force, which were, and the next.

One person sets them, for they move nothing by themselves: with the plan a second person approves the edition that its
file was scored by, and what that made of its strata (docs/decisions/0058-where-to-look-first.md).
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Sees
from quality.targeting.risk.models import RiskWeights
from quality.targeting.risk.weights import FIRST, Weights, from_told

LONGEST_REASON = 500


class Edition(NamedTuple):
    """`row` is None for those of the program, edition 0."""

    number: int
    weights: Weights
    row: RiskWeights | None


def in_force(session: Session, agency_id: int | None) -> Edition:
    """The last that was set."""
    asked = sa.select(RiskWeights).where(RiskWeights.agency_id == agency_id).order_by(RiskWeights.edition.desc())
    found = session.scalars(asked.limit(1)).one_or_none()
    return edition_of(found) if found else Edition(0, FIRST, None)


def numbered(session: Session, agency_id: int, number: int) -> Edition:
    """One that was in force."""
    asked = sa.select(RiskWeights).where(RiskWeights.agency_id == agency_id, RiskWeights.edition == number)
    return edition_of(session.scalars(asked).one()) if number else Edition(0, FIRST, None)


def edition_of(row: RiskWeights) -> Edition:
    return Edition(row.edition, from_told(row.weights), row)


def visible_to(actor: Actor) -> sa.Select[RiskWeights]:
    own = actor.sees is Sees.AGENCY and actor.can(Can.CAMPAIGN_READ)
    asked = sa.select(RiskWeights).options(joinedload(RiskWeights.set_by))
    return asked.where(RiskWeights.agency_id == actor.organisation_id if own else sa.false())


def listed(session: Session, actor: Actor, limit: int, before: int | None = None) -> list[Edition]:
    """The newest first, those before edition `before`."""
    asked = visible_to(actor).order_by(RiskWeights.edition.desc()).limit(limit)
    return [
        edition_of(row)
        for row in session.scalars(asked if before is None else asked.where(RiskWeights.edition < before))
    ]


def set_weights(session: Session, weights: Weights, reason: str, *, by: Actor, edition: int) -> RiskWeights:
    """The next edition. `edition` is the one that the caller read: whoever has not seen the present one is told."""
    if not by.can(Can.CAMPAIGN_PLAN) or by.organisation_id is None or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
    said = reason.strip()
    if not said:
        raise Invalid(FieldProblem("reason", "missing", _("Say why the weights are changed")))
    if len(said) > LONGEST_REASON:
        raise Invalid(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON)))
    present = in_force(session, by.organisation_id)
    if present.number == edition and present.weights == weights:
        raise Invalid(FieldProblem("reason", "nothing_new", _("These are the weights in force; nothing was recorded")))
    agency = session.get_one(Organisation, by.organisation_id)
    # the agency is taken first: of two who set them at once the second finds another edition
    record(session, agency, "set_risk_weights", by=by, details={"edition": edition + 1, **weights.told()})
    if in_force(session, by.organisation_id).number != edition:
        text = _("Somebody else has set the weights meanwhile; look at theirs first. Nothing was recorded")
        raise Refused("weights_changed", text)
    row = RiskWeights(
        agency_id=agency.id,
        edition=edition + 1,
        weights=weights.told(),
        reason=said,
        set_at=clock.now(),
        set_by_id=by.id,
    )
    session.add(row)
    session.flush()
    return row
