"""How often buyers and cover identities may be seen: a table, and what an agency has set for itself beside it.

No provision names these numbers (certainty `param`), and agencies differ: one has two buyers, another forty. So each
may set its own, edition by edition; the newest counts, none is ever changed. 0 of a limit means that there is none.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from quality.clocks.rules import Certainty, InBoth
from quality.core import clock
from quality.core.db import Base
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Person
from quality.permissions import Can


class Rule(NamedTuple):
    """One row of buying_rules.csv: what it limits, its usual value in `unit`s, and how far that may be trusted."""

    code: str
    name: Text
    least: int
    most: int
    value: int
    unit: str  # calendar_day, order
    source: Text
    certainty: Certainty


class Limits(NamedTuple):
    """What is in force for an agency. Days, and numbers of orders; 0 is no limit."""

    shop_again: int
    cover_period: int
    cover_on_platform: int
    cover_in_shop: int


NO_LIMITS = Limits(0, 90, 0, 0)


class BuyingRules(Base):
    """What an agency has set for itself. A change is a new edition, with its author; the newest of an agency counts."""

    __tablename__ = "buying_rules"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "edition"),
        sa.CheckConstraint(
            "shop_again >= 0 AND cover_period > 0 AND cover_on_platform >= 0 AND cover_in_shop >= 0", name="are_limits"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    edition: Mapped[int]  # from 1
    shop_again: Mapped[int]
    cover_period: Mapped[int]
    cover_on_platform: Mapped[int]
    cover_in_shop: Mapped[int]
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    set_by: Mapped[Person] = relationship()

    @property
    def limits(self) -> Limits:
        return Limits(*(getattr(self, name) for name in Limits._fields))


@cache
def usual() -> dict[str, Rule]:
    """By code, in the order of the table."""
    with files("quality.purchases").joinpath("buying_rules.csv").open(encoding="utf-8") as table:
        return {
            row["code"]: Rule(
                code=row["code"],
                name=InBoth(row["name"], row["name_zh"]),
                least=int(row["least"]),
                most=int(row["most"]),
                value=int(row["value"]),
                unit=row["unit"],
                source=InBoth(row["source"], row["source_zh"]),
                certainty=Certainty(row["certainty"]),
            )
            for row in csv.DictReader(table, strict=True)
        }


def limits_of(session: Session, agency_id: int | None) -> Limits:
    """What is in force: what the agency has set last, or what is usual."""
    newest = newest_of(session, agency_id)
    return newest.limits if newest else Limits(*(usual()[name].value for name in Limits._fields))


def newest_of(session: Session, agency_id: int | None) -> BuyingRules | None:
    of = sa.select(BuyingRules).where(BuyingRules.agency_id == agency_id).order_by(BuyingRules.edition.desc())
    return session.scalars(of.limit(1)).one_or_none()


def editions_of(session: Session, actor: Actor) -> Sequence[BuyingRules]:
    """Of the own agency, the newest first."""
    mine = BuyingRules.agency_id == actor.organisation_id
    of = sa.select(BuyingRules).where(mine).options(joinedload(BuyingRules.set_by))
    return session.scalars(of.order_by(BuyingRules.edition.desc())).all()


def set_rules(session: Session, given: Mapping[str, int | None], *, edition: int, by: Actor) -> BuyingRules:
    """A new edition after `edition`, the one that was read (0: none). The same again is no new one."""
    if not by.can(Can.COVER_KEEP) or by.organisation is None or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.COVER_KEEP))
    before = newest_of(session, by.organisation_id)
    other = Refused("other_edition", _("Somebody has set this since you opened it; read it again"))
    if edition != (before.edition if before else 0):
        raise other
    says = says_of(given)
    if before is not None and says == before.limits._asdict():
        return before
    made = BuyingRules(agency_id=by.organisation_id, edition=edition + 1, set_at=clock.now(), set_by_id=by.id, **says)
    session.add(made)
    try:
        session.flush()
    except IntegrityError as conflict:  # by somebody who set it at the same moment
        raise other from conflict
    record(session, by.organisation, "set_buying_rules", by=by, details={"edition": made.edition, **says})
    return made


def says_of(given: Mapping[str, int | None]) -> dict[str, Any]:
    says: dict[str, int] = {}
    problems = []
    for code, rule in usual().items():
        value = given.get(code)
        if value is None or not rule.least <= value <= rule.most:
            text = _("Enter a whole number from %(least)s to %(most)s", least=rule.least, most=rule.most)
            problems.append(FieldProblem(code, "out_of_range", text))
        else:
            says[code] = value
    if problems:
        raise Invalid(*problems)
    return says
