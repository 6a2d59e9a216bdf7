"""The cast: one agency with its people, an agency above and one below, two laboratories, two platforms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy.orm import Session

from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, Organisation, OrganisationKind
from quality.people.operations import add_organisation, invite_person
from quality.permissions import Role
from tests.harness.clock import HeldClock

NUMBERS = count(1)


def hire(session: Session, organisation: Organisation, role: Role) -> Actor:
    """A new person in this role there, as the actor that works."""
    email = f"{role}-{next(NUMBERS)}@{organisation.code.lower()}.example"
    membership = invite_person(session, email=email, organisation=organisation, role=role, by=SYSTEM)
    session.flush()
    session.refresh(membership)
    return Actor.working_in(membership)


def membership_of(actor: Actor) -> Membership:
    assert actor.person
    return next(m for m in actor.person.memberships if m.role == actor.role)


@dataclass
class Cast:
    agency: Organisation
    above: Organisation
    below: Organisation
    laboratory: Organisation
    second_laboratory: Organisation
    platform: Organisation
    other_platform: Organisation
    coordinator: Actor
    reviewer: Actor
    buyer: Actor
    analyst: Actor
    signatory: Actor
    second_analyst: Actor
    second_signatory: Actor
    desk: Actor  # the platform's compliance desk
    other_desk: Actor
    clock: HeldClock  # time stands still for everybody


@pytest.fixture
def cast(session: Session, clock: HeldClock) -> Cast:
    return founded(session, clock)


def founded(session: Session, clock: HeldClock) -> Cast:
    return assembled(session, clock)


def assembled(session: Session, clock: HeldClock) -> Cast:
    def found(kind: OrganisationKind, code: str, name: str, superior: str | None = None) -> Organisation:
        return add_organisation(session, kind=kind, code=code, name=name, superior=superior, by=SYSTEM)

    above = found(OrganisationKind.AGENCY, "YUN", "云省市场监督管理局")
    agency = found(OrganisationKind.AGENCY, "YZ", "云州市市场监督管理局", "YUN")
    below = found(OrganisationKind.AGENCY, "YZDH", "云州市东湖区市场监督管理局", "YZ")
    laboratory = found(OrganisationKind.LABORATORY, "JY", "云州市产品质量检验院")
    second = found(OrganisationKind.LABORATORY, "LJ", "临浦质量检测中心")
    platform = found(OrganisationKind.PLATFORM, "TL", "棠梨商城")
    other = found(OrganisationKind.PLATFORM, "QH", "青禾集市")
    made = Cast(
        agency, above, below, laboratory, second, platform, other,
        coordinator=hire(session, agency, Role.COORDINATOR),
        reviewer=hire(session, agency, Role.REVIEWER),
        buyer=hire(session, agency, Role.BUYER),
        analyst=hire(session, laboratory, Role.ANALYST),
        signatory=hire(session, laboratory, Role.SIGNATORY),
        second_analyst=hire(session, second, Role.ANALYST),
        second_signatory=hire(session, second, Role.SIGNATORY),
        desk=hire(session, platform, Role.PLATFORM),
        other_desk=hire(session, other, Role.PLATFORM),
        clock=clock,
    )  # fmt: skip
    session.commit()
    return made
