"""The cast: one agency with its people, an agency above and one below, two laboratories, two platforms."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, Organisation, OrganisationKind
from quality.people.operations import add_organisation, invite_person
from quality.permissions import Role
from quality.purchases.rules import NO_LIMITS, BuyingRules
from tests.harness.clock import HeldClock
from tests.harness.snapshots import Snapshot
from tests.harness.workers import numbers

NUMBERS = numbers()
HOUSES = {
    "above": "YUN", "agency": "YZ", "below": "YZDH", "laboratory": "JY", "second_laboratory": "LJ",
    "platform": "TL", "other_platform": "QH",
}  # fmt: skip
PEOPLE = {
    "coordinator": ("agency", Role.COORDINATOR),
    "reviewer": ("agency", Role.REVIEWER),
    "buyer": ("agency", Role.BUYER),
    "analyst": ("laboratory", Role.ANALYST),
    "signatory": ("laboratory", Role.SIGNATORY),
    "second_analyst": ("second_laboratory", Role.ANALYST),
    "second_signatory": ("second_laboratory", Role.SIGNATORY),
    "desk": ("platform", Role.PLATFORM),
    "other_desk": ("other_platform", Role.PLATFORM),
    "reader": ("platform", Role.PLATFORM_READER),
    "engineer": ("platform", Role.PLATFORM_ENGINEER),
}


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
    reader: Actor  # of the platform: reads, and answers nothing
    engineer: Actor  # of the platform: its endpoints
    clock: HeldClock  # time stands still for everybody


@pytest.fixture
def cast(session: Session, clock: HeldClock, arrived: Snapshot) -> Cast:
    """Founded beforehand. Time goes on from where the road of this test ended."""
    return cast_at(session, clock, arrived)


def founded(session: Session, clock: HeldClock) -> Cast:
    def found(kind: OrganisationKind, house: str, name: str, superior: str | None = None) -> Organisation:
        return add_organisation(session, kind=kind, code=HOUSES[house], name=name, superior=superior, by=SYSTEM)

    houses = {
        "above": found(OrganisationKind.AGENCY, "above", "云省市场监督管理局"),
        "agency": found(OrganisationKind.AGENCY, "agency", "云州市市场监督管理局", HOUSES["above"]),
        "below": found(OrganisationKind.AGENCY, "below", "云州市东湖区市场监督管理局", HOUSES["agency"]),
        "laboratory": found(OrganisationKind.LABORATORY, "laboratory", "云州市产品质量检验院"),
        "second_laboratory": found(OrganisationKind.LABORATORY, "second_laboratory", "临浦质量检测中心"),
        "platform": found(OrganisationKind.PLATFORM, "platform", "棠梨商城"),
        "other_platform": found(OrganisationKind.PLATFORM, "other_platform", "青禾集市"),
    }
    people = {name: hire(session, houses[house], role) for name, (house, role) in PEOPLE.items()}
    # the one buyer of the cast buys at the same few shops again and again, with one account
    said = {"edition": 1, "set_at": clock.moment, "set_by_id": people["coordinator"].id, **NO_LIMITS._asdict()}
    session.add(BuyingRules(agency_id=houses["agency"].id, **said))
    session.commit()
    return Cast(**houses, **people, clock=clock)  # type: ignore[arg-type]


def cast_at(session: Session, clock: HeldClock, arrived: Snapshot) -> Cast:
    """The cast that was founded at the beginning of this road, and the moment at its end."""
    clock.moment = arrived.moment
    organisations = {found.code: found for found in session.scalars(sa.select(Organisation))}
    members = sa.select(Membership).options(joinedload(Membership.person)).order_by(Membership.id.desc())
    first = {(member.organisation_id, member.role): member for member in session.scalars(members)}
    houses = {name: organisations[code] for name, code in HOUSES.items()}
    people = {name: Actor.working_in(first[houses[house].id, role]) for name, (house, role) in PEOPLE.items()}
    return Cast(**houses, **people, clock=clock)  # type: ignore[arg-type]


def code_at(key: str, moment: datetime) -> str:
    """RFC 6238 with SHA-1, six digits and 30 seconds, written anew."""
    mac = hmac.digest(base64.b32decode(key), (int(moment.timestamp()) // 30).to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    return f"{(int.from_bytes(mac[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
