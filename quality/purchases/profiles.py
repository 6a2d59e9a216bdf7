"""How much a buyer can buy in a week, and where: what a coordinator has written down, and what is left of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused
from quality.core.events import Recorded
from quality.core.words import _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Can, Role
from quality.purchases.models import Task, TaskStatus

MOST_A_WEEK = 1000
MOST_REGIONS = 50
LONGEST_REGION = 60
A_WEEK = timedelta(days=7)


class BuyerProfile(Recorded):
    """Of one buyer in one agency. Without one, nobody knows of a bound."""

    __tablename__ = "buyer_profile"
    __table_args__ = (sa.CheckConstraint("per_week >= 0", name="is_a_number"),)

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), unique=True)
    per_week: Mapped[int | None]  # orders; None: not said
    regions: Mapped[list[Any]]  # beginnings of what frames call a listing's region; none: everywhere


class BuyerThere(NamedTuple):
    """A buyer who works here. `to_order`: given, and not ordered yet; `ordered`: within the last seven days."""

    person: Person
    profile: BuyerProfile | None
    under_way: int
    to_order: int
    ordered: int

    @property
    def per_week(self) -> int | None:
        return self.profile.per_week if self.profile else None

    @property
    def regions(self) -> list[str]:
        return list(self.profile.regions) if self.profile else []

    @property
    def left(self) -> int | None:
        """How many more can be given now; None where nobody knows of a bound."""
        return None if self.per_week is None else max(0, self.per_week - self.to_order - self.ordered)


UNDER_WAY = (TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED)


def buyers_there(session: Session, agency_id: int | None) -> list[BuyerThere]:
    """Who buys for this agency, by name, with what each has; in one statement."""

    def many(*which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        asked = sa.select(sa.func.count(Task.id)).where(Task.buyer_id == Person.id, *which)
        return asked.correlate(Person).scalar_subquery()

    here = Task.agency_id == agency_id
    asked = (
        sa.select(
            Person,
            BuyerProfile,
            many(Task.status.in_(UNDER_WAY)),
            many(here, Task.status == TaskStatus.ASSIGNED),
            many(here, Task.ordered_at > clock.now() - A_WEEK),
        )
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(BuyerProfile, BuyerProfile.membership_id == Membership.id)
        .where(Membership.organisation_id == agency_id, Membership.role == Role.BUYER)
        .where(Membership.ended_at.is_(None), Person.active)
        .order_by(Person.name, Person.id)
    )
    return [BuyerThere(*row) for row in session.execute(asked)]


def one_buyer(session: Session, by: Actor, person_id: int) -> BuyerThere:
    """A buyer of the own agency, for whoever gives out its tasks."""
    if by.can(Can.TASK_ASSIGN):
        for each in buyers_there(session, by.organisation_id):
            if each.person.id == person_id:
                return each
    raise NotFound(str(person_id))


def set_profile(
    session: Session, buyer: BuyerThere, *, per_week: int | None, regions: Sequence[str], version: int, by: Actor
) -> BuyerProfile:
    """`version` of the profile that was read; 0 where there was none."""
    if not by.can(Can.COVER_KEEP):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.COVER_KEEP))
    says = {"per_week": bounded(per_week), "regions": named(regions)}
    before = buyer.profile
    if before is not None:
        record(session, before, "set", by=by, version=version, details={"per_week": per_week}, facts=says)
        return before
    other = Refused("other_edition", _("Somebody has set this since you opened it; read it again"))
    if version != 0:
        raise other
    here = sa.select(Membership.id).where(
        Membership.person_id == buyer.person.id,
        Membership.organisation_id == by.organisation_id,
        Membership.role == Role.BUYER,
    )
    made = BuyerProfile(agency_id=by.organisation_id, membership_id=session.scalars(here).one(), **says)
    try:
        begin(session, made, by=by, details={"per_week": per_week})
    except IntegrityError as conflict:
        raise other from conflict
    return made


def bounded(per_week: int | None) -> int | None:
    if per_week is not None and not 0 <= per_week <= MOST_A_WEEK:
        text = _("Enter a whole number from %(least)s to %(most)s", least=0, most=MOST_A_WEEK)
        raise Invalid(FieldProblem("per_week", "out_of_range", text))
    return per_week


def named(regions: Iterable[str]) -> list[str]:
    """Each once, as it was typed."""
    found = list(dict.fromkeys(each.strip() for each in regions if each.strip()))
    if any(len(each) > LONGEST_REGION for each in found):
        raise Invalid(FieldProblem("regions", "too_long", _("Keep to %(most)s characters", most=LONGEST_REGION)))
    if len(found) > MOST_REGIONS:
        raise Invalid(FieldProblem("regions", "how_many", _("Name at most %(most)s regions", most=MOST_REGIONS)))
    return found


def lies_in(place: str, regions: Iterable[str]) -> bool:
    """Whether what a frame calls a listing's region begins as one of these: 云省 is true of 云省云州市."""
    return any(alike(place).startswith(alike(each)) for each in regions)


def alike(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
