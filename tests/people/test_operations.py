"""Organisations are founded, agencies stand one above the other, people are invited once and work anywhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Event
from quality.people.actor import SYSTEM, Actor, within
from quality.people.models import Below, Membership, Organisation, OrganisationKind, Person
from quality.people.operations import ROLES_OF, add_organisation, find_organisation, invite_person
from quality.permissions import ROLES, Can, Role, Sees
from quality.purchases.models import Task
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire

K = OrganisationKind


def found(session: Session, code: str, kind: K = K.AGENCY, **more: str) -> Organisation:
    return add_organisation(session, kind=kind, code=code, name=f"{code}局", by=SYSTEM, **more)


def test_the_closure_names_everybody_above(session: Session) -> None:
    top, middle, low = found(session, "A1"), found(session, "A2", superior="A1"), found(session, "A3", superior="A2")
    beside = found(session, "B1", superior="A1")
    closure = {(line.agency_id, line.below_id): line.depth for line in session.scalars(sa.select(Below))}
    assert closure == {
        (top.id, top.id): 0, (middle.id, middle.id): 0, (low.id, low.id): 0, (beside.id, beside.id): 0,
        (top.id, middle.id): 1, (top.id, low.id): 2, (middle.id, low.id): 1, (top.id, beside.id): 1,
    }  # fmt: skip


@on_sqlite
def test_a_laboratory_stands_in_no_closure(session: Session) -> None:
    found(session, "L1", K.LABORATORY)
    assert session.scalars(sa.select(Below)).all() == []


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"code": "云州"}, "code", "bad_code"),
        ({"code": "a1"}, "code", "bad_code"),
        ({"code": "A"}, "code", "bad_code"),
        ({"code": "A1"}, "code", "taken"),
        ({"name": "  "}, "name", "empty"),
        ({"superior": "ZZ"}, "superior", "no_agency"),
        ({"superior": "L1"}, "superior", "no_agency"),
        ({"kind": K.PLATFORM, "superior": "A1"}, "superior", "no_agency"),
        ({"region": "4401"}, "region", "bad_region"),
    ],
)
def test_a_bad_field_is_named(session: Session, changed: dict[str, str], field: str, code: str) -> None:
    found(session, "A1")
    found(session, "L1", K.LABORATORY)
    given = {"kind": K.AGENCY, "code": "A2", "name": "云州局", "region": "440100"} | changed
    with pytest.raises(Invalid) as refused:
        add_organisation(session, by=SYSTEM, **given)  # type: ignore[arg-type]
    assert [(p.field, p.code) for p in refused.value.problems] == [(field, code)]


@on_sqlite
def test_only_the_installation_itself_founds(session: Session, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        add_organisation(session, kind=K.PLATFORM, code="P1", name="某平台", by=cast.coordinator)


def test_one_account_a_person_and_any_number_of_memberships(session: Session) -> None:
    agency, laboratory = found(session, "A1"), found(session, "L1", K.LABORATORY)
    first = invite_person(session, email=" Zhou@Example.org", organisation=agency, role=Role.REVIEWER, by=SYSTEM)
    second = invite_person(session, email="zhou@example.org", organisation=laboratory, role=Role.ANALYST, by=SYSTEM)
    third = invite_person(session, email="zhou@example.org", organisation=agency, role=Role.COORDINATOR, by=SYSTEM)
    session.flush()

    assert first.person_id == second.person_id == third.person_id
    person = session.get_one(Person, first.person_id)
    assert (person.email, person.name, person.password) == ("zhou@example.org", "zhou", None)
    events = session.scalars(sa.select(Event).filter_by(subject_type="person").order_by(Event.seq)).all()
    assert [e.action for e in events] == ["create", "invite", "invite", "invite"]


def test_an_ended_membership_is_taken_up_again(session: Session) -> None:
    from quality.core import clock

    agency = found(session, "A1")
    membership = invite_person(session, email="a@b.example", organisation=agency, role=Role.BUYER, by=SYSTEM)
    session.flush()
    membership.ended_at = clock.now()
    session.flush()
    again = invite_person(session, email="a@b.example", organisation=agency, role=Role.BUYER, by=SYSTEM)
    assert again is membership
    assert again.ended_at is None
    assert session.scalar(sa.select(sa.func.count(Membership.id))) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("email", "role", "problems"),
    [
        ("nobody", Role.BUYER, [("email", "bad_email")]),
        ("a b@c.example", Role.BUYER, [("email", "bad_email")]),
        ("a@" + "b" * 250 + ".example", Role.BUYER, [("email", "bad_email")]),
        ("a@b.example", Role.ANALYST, [("role", "bad_role")]),
        ("a@b.example", Role.SYSTEM, [("role", "bad_role")]),
        ("@", Role.PLATFORM, [("email", "bad_email"), ("role", "bad_role")]),
    ],
)
def test_an_invitation_names_what_is_wrong(
    session: Session, email: str, role: Role, problems: list[tuple[str, str]]
) -> None:
    agency = found(session, "A1")
    with pytest.raises(Invalid) as refused:
        invite_person(session, email=email, organisation=agency, role=role, by=SYSTEM)
    assert [(p.field, p.code) for p in refused.value.problems] == problems


def test_the_same_membership_is_not_given_twice(session: Session) -> None:
    agency = found(session, "A1")
    invite_person(session, email="a@b.example", organisation=agency, role=Role.BUYER, by=SYSTEM)
    session.flush()
    with pytest.raises(Invalid, match="email"):
        invite_person(session, email="a@b.example", organisation=agency, role=Role.BUYER, by=SYSTEM)


def test_an_administrator_invites_into_the_own_organisation_only(session: Session, cast: Cast) -> None:
    admin = hire(session, cast.agency, Role.ADMIN)
    invite_person(session, email="new@b.example", organisation=cast.agency, role=Role.BUYER, by=admin)
    with pytest.raises(NotPermitted) as refused:
        invite_person(session, email="new@b.example", organisation=cast.laboratory, role=Role.ANALYST, by=admin)
    assert refused.value.code == "not_yours"
    with pytest.raises(NotPermitted):
        invite_person(session, email="x@b.example", organisation=cast.agency, role=Role.BUYER, by=cast.coordinator)


def test_organisations_are_found_by_code(session: Session) -> None:
    assert find_organisation(session, "A1") is None
    assert find_organisation(session, found(session, "A1").code) is not None


def test_an_administrator_sees_no_case_and_moves_none(session: Session, cast: Cast) -> None:
    admin = hire(session, cast.agency, Role.ADMIN)
    assert session.scalars(sa.select(Organisation.id).where(within(Task, admin))).all() == []
    assert not admin.stands_over(Task(agency_id=cast.agency.id))


@on_sqlite
@pytest.mark.parametrize("role", Role)
def test_who_stands_over_a_case_is_named_in_it(session: Session, cast: Cast, role: Role) -> None:
    owners = {
        Sees.AGENCY: {"agency_id": cast.agency.id},
        Sees.LABORATORY: {"laboratory_id": cast.laboratory.id},
        Sees.PLATFORM: {"platform_id": cast.platform.id},
    }
    who = {
        Role.COORDINATOR: cast.coordinator, Role.REVIEWER: cast.reviewer, Role.BUYER: cast.buyer,
        Role.ANALYST: cast.analyst, Role.SIGNATORY: cast.signatory, Role.PLATFORM: cast.desk,
        Role.ADMIN: hire(session, cast.agency, Role.ADMIN), Role.SYSTEM: SYSTEM,
        Role.PLATFORM_READER: cast.reader, Role.PLATFORM_ENGINEER: cast.engineer,
    }[role]  # fmt: skip
    mine = type("Case", (), owners.get(who.sees, {"buyer_id": who.id}))()
    other = type("Case", (), dict.fromkeys(["agency_id", "laboratory_id", "platform_id", "buyer_id"], -1))()
    assert who.stands_over(mine) is (who.sees != Sees.NOTHING)
    assert who.stands_over(other) is (who.sees == Sees.EVERYTHING)


def test_nobody_both_makes_and_approves() -> None:
    """Four eyes compare persons; roles keep the two deeds apart as well, so that one membership never has both."""
    pairs = [
        (Can.CAMPAIGN_PLAN, Can.CAMPAIGN_APPROVE), (Can.FINDING_PROPOSE, Can.FINDING_CONFIRM),
        (Can.NOTICE_DRAFT, Can.NOTICE_APPROVE), (Can.REPORT_ENTER, Can.REPORT_AUTHORISE),
        (Can.RESULT_PROPOSE, Can.RESULT_APPROVE),
    ]  # fmt: skip
    for role, grant in ROLES.items():
        assert not [pair for pair in pairs if set(pair) <= grant.may], role


def test_the_laboratory_is_never_shown_a_sample_and_the_platform_no_sample_either() -> None:
    for role in (Role.ANALYST, Role.SIGNATORY, *ROLES_OF[OrganisationKind.PLATFORM]):
        assert not ROLES[role].may & {Can.SAMPLE_READ, Can.TASK_READ, Can.CAMPAIGN_READ, Can.IDENTITY_READ}


def test_an_actor_is_its_person_in_one_membership(session: Session, cast: Cast) -> None:
    assert isinstance(cast.coordinator, Actor)
    assert cast.coordinator.organisation_id == cast.agency.id
    assert SYSTEM.id is None
    assert SYSTEM.organisation_id is None
