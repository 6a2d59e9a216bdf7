"""What an administrator may do with whom, what stands in the way, and that nobody is left without one."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.record import verify
from quality.core.workflow import record
from quality.people import queries, second_step
from quality.people.actor import SYSTEM, Actor, themselves
from quality.people.administration import DEEDS, add_role, choices, do, end_role
from quality.people.models import Membership, Passkey, Person
from quality.people.operations import invite_person
from quality.people.queries import Asked, one_visible, state_of
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire, membership_of
from tests.harness.races import at_once
from tests.people.test_second_step import CIPHER


@pytest.fixture
def admin(session: Session, cast: Cast) -> Actor:
    return hire(session, cast.agency, Role.ADMIN)


def person_of(actor: Actor) -> Person:
    assert actor.person
    return actor.person


def a_passkey_of(person: Person, made: datetime) -> Passkey:
    kept = {"handle": "h", "credential_id": "c", "public_key": "p", "sign_count": 0, "name": "k"}
    return Passkey(person_id=person.id, created_at=made, **kept)


def deed(session: Session, name: str, actor: Actor, by: Actor, version: int | None = None) -> None:
    do(session, name, person_of(actor), by=by, version=version)


def why(session: Session, name: str, actor: Actor, by: Actor) -> str:
    with pytest.raises(Refused) as refused:
        deed(session, name, actor, by)
    session.rollback()
    return refused.value.code


def test_who_is_suspended_is_reinstated_and_both_stand_in_the_record(session, cast: Cast, admin) -> None:
    deed(session, "suspend", cast.buyer, admin)
    assert not person_of(cast.buyer).active
    assert why(session, "suspend", cast.reviewer, cast.coordinator) == "role_may_not"
    deed(session, "suspend", cast.buyer, admin)
    deed(session, "reinstate", cast.buyer, admin)
    assert person_of(cast.buyer).active
    asked = sa.select(Event).filter_by(subject_type="person", subject_id=cast.buyer.id).order_by(Event.seq.desc())
    last = session.scalars(asked.limit(2)).all()
    assert [(e.action, e.actor, e.details) for e in last] == [
        ("reinstate", admin.signature, {}),
        ("suspend", admin.signature, {}),
    ]


def test_the_last_administrator_stays(session: Session, cast: Cast, admin: Actor) -> None:
    session.commit()
    assert why(session, "suspend", admin, admin) == "last_administrator"
    with pytest.raises(Refused) as refused:
        end_role(session, membership_of(admin), by=admin, version=None)
    assert refused.value.code == "last_administrator"
    session.rollback()

    second = hire(session, cast.agency, Role.ADMIN)
    end_role(session, membership_of(admin), by=admin, version=None)
    assert membership_of(admin).ended_at
    session.commit()
    assert why(session, "suspend", second, second) == "last_administrator"


def test_of_two_administrators_who_suspend_each_other_one_stays(app: Flask, session, cast: Cast, admin) -> None:
    second = hire(session, cast.agency, Role.ADMIN)
    session.commit()
    other = {admin.id: person_of(second).id, second.id: person_of(admin).id}

    def suspend_the_other(own: Session, by: Actor) -> None:
        do(own, "suspend", own.get_one(Person, other[by.id]), by=by, version=None)

    answers = at_once(app, [admin, second], suspend_the_other)
    session.expire_all()
    assert sum(person_of(each).active for each in (admin, second)) == 1
    assert len([answer for answer in answers if isinstance(answer, Refused)]) == 1


@pytest.mark.parametrize("known", [True, False], ids=["a known person", "a new person"])
def test_of_two_who_invite_the_same_person_at_once_one_is_told(app, session, cast: Cast, admin, known: bool) -> None:
    second = hire(session, cast.agency, Role.ADMIN)
    email = person_of(cast.analyst).email if known else "new@yz.example"
    session.commit()

    def invite(own: Session, by: Actor) -> None:
        assert by.organisation
        invite_person(own, email=email, organisation=by.organisation, role=Role.BUYER, by=by)

    answers = at_once(app, [admin, second], invite)
    assert answers.count(None) == 1
    assert [type(answer) for answer in answers if answer] == [Invalid]


def test_who_works_for_another_organisation_too_is_nobodys_alone(session: Session, cast: Cast, admin: Actor) -> None:
    invite_person(
        session, email=person_of(cast.buyer).email, organisation=cast.laboratory, role=Role.ANALYST, by=SYSTEM
    )
    session.commit()
    for name in ("suspend", "new_link", "second_step_off"):
        assert why(session, name, cast.buyer, admin) == "works_elsewhere"
    end_role(session, membership_of(cast.buyer), by=admin, version=None)
    member = one_visible(session, admin, person_of(cast.buyer).id)
    assert [m.role for m in member.memberships] == [Role.BUYER]
    assert member.state == "left"


def test_an_administrator_sees_the_own_people_only(session: Session, cast: Cast, admin: Actor) -> None:
    assert one_visible(session, admin, person_of(cast.buyer).id).person is cast.buyer.person
    for stranger in (cast.analyst, cast.desk):
        with pytest.raises(NotFound):
            one_visible(session, admin, person_of(stranger).id)
    with pytest.raises(NotFound):
        one_visible(session, cast.coordinator, person_of(cast.buyer).id)
    with pytest.raises(NotFound):
        end_role(session, membership_of(cast.analyst), by=admin, version=None)


def test_a_blanked_person_is_a_number_for_ever(session: Session, cast: Cast, admin: Actor, tmp_path) -> None:
    person = person_of(cast.buyer)
    record(session, person, "keep_preferences", by=themselves(person), facts={"name": "许清和"})
    name, email, before = person.name, person.email, person.id
    second_step.prepare(session, CIPHER, person)
    second_step.renew_recovery_codes(session, person, themselves(person))
    session.add(a_passkey_of(person, cast.clock.moment))
    session.commit()
    assert why(session, "blank", cast.buyer, admin) == "active"
    deed(session, "suspend", cast.buyer, admin)
    deed(session, "blank", cast.buyer, admin)
    session.commit()

    assert (person.name, person.password, person.active) == (f"人员 {before}", None, False)
    assert person.email.endswith(".invalid")
    assert all(m.ended_at for m in person.memberships)
    assert second_step.codes_left(session, person.id) == 0
    assert session.scalars(sa.select(Passkey)).all() == []
    assert list(choices(session, person, admin)) == []
    for name_of_deed in DEEDS:
        assert why(session, name_of_deed, cast.buyer, admin) == "blanked"
    assert one_visible(session, admin, person.id).state == "blanked"
    kept = " ".join(str(row) for row in session.execute(sa.text("SELECT * FROM event")))
    assert email not in kept
    assert name not in kept
    assert verify(session, tmp_path).broken is None
    again = invite_person(session, email=email, organisation=cast.agency, role=Role.BUYER, by=admin)
    session.flush()
    assert again.person_id != before


def test_a_new_link_makes_the_old_ones_and_all_cookies_worthless(session: Session, cast: Cast, admin: Actor) -> None:
    before = person_of(cast.buyer).fs_uniquifier
    deed(session, "new_link", cast.buyer, admin)
    assert person_of(cast.buyer).fs_uniquifier != before
    assert why(session, "new_link", admin, admin) == "yourself"


@on_sqlite
def test_only_what_is_there_is_taken_away(session: Session, cast: Cast, admin: Actor, clock) -> None:
    from tests.people.test_second_step import code_at

    assert why(session, "second_step_off", cast.buyer, admin) == "off"
    person = person_of(cast.buyer)
    second_step.prepare(session, CIPHER, person)
    key = second_step.secret_of(session, CIPHER, person.id)
    assert second_step.confirm(session, CIPHER, person, code_at(str(key), clock.moment), themselves(person))
    session.add(a_passkey_of(person, clock.moment))
    deed(session, "second_step_off", cast.buyer, admin)
    assert not second_step.is_on(session, person.id)
    assert session.scalars(sa.select(Passkey)).all() == []
    session.add(a_passkey_of(person, clock.moment))
    session.flush()
    deed(session, "second_step_off", cast.buyer, admin)


def test_of_two_administrators_on_one_page_the_second_is_told(session: Session, cast: Cast, admin: Actor) -> None:
    session.commit()
    seen = person_of(cast.buyer).version
    end_role(session, membership_of(cast.buyer), by=admin, version=seen)
    for late in (
        lambda: deed(session, "suspend", cast.buyer, admin, seen),
        lambda: add_role(session, person_of(cast.buyer), Role.REVIEWER, by=admin, version=seen),
        lambda: end_role(session, membership_of(cast.buyer), by=admin, version=seen),
    ):
        with pytest.raises(Stale) as stale:
            late()
        assert [event.action for event in stale.value.since] == ["end_role"]
    with pytest.raises(NotFound):
        end_role(session, membership_of(cast.buyer), by=admin, version=None)


def test_a_role_is_given_by_who_may_to_who_may_come_in(session: Session, cast: Cast, admin: Actor) -> None:
    person = person_of(cast.buyer)
    assert add_role(session, person, Role.REVIEWER, by=admin, version=None).role == Role.REVIEWER
    with pytest.raises(Invalid):
        add_role(session, person, Role.REVIEWER, by=admin, version=None)
    with pytest.raises(Invalid):
        add_role(session, person, Role.ANALYST, by=admin, version=None)
    with pytest.raises(NotPermitted):
        add_role(session, person, Role.ADMIN, by=cast.coordinator, version=None)
    deed(session, "suspend", cast.buyer, admin)
    with pytest.raises(Refused, match="suspended"):
        add_role(session, person, Role.ADMIN, by=admin, version=None)
    with pytest.raises(Invalid):
        invite_person(session, email=person.email, organisation=cast.laboratory, role=Role.ANALYST, by=SYSTEM)


@on_sqlite
@pytest.mark.parametrize("name", ["x" * 300, "Zhou\u202e", "\u200f周", "a\nb\x07"])
def test_an_invitation_in_a_name_that_turns_its_neighbours_is_refused(session, cast: Cast, admin, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        invite_person(
            session, email="a@b.example", name=name, organisation=cast.agency, role=Role.BUYER, by=admin
        )  # fmt: skip
    assert [problem.field for problem in refused.value.problems] == ["name"]


def test_the_list_is_narrowed_and_paged(session: Session, cast: Cast, admin: Actor) -> None:
    def found(**asked: str) -> list[str]:
        members, _older = queries.listed(session, admin, Asked(**asked), 50, None)
        assert all(asked.get("state") in {None, "nonsense", state_of(m.person, m.memberships)} for m in members)
        return [membership.role for member in members for membership in member.memberships]

    assert set(found()) == {Role.ADMIN, Role.BUYER, Role.COORDINATOR, Role.REVIEWER}
    assert found(role="buyer") == [Role.BUYER]
    assert found(words="REVIEWER-") == [Role.REVIEWER]
    assert found(words="%") == found(role="nonsense") == found(state="nonsense") == found()
    assert found(words="nobody") == []
    deed(session, "suspend", cast.buyer, admin)
    end_role(session, membership_of(cast.reviewer), by=admin, version=None)
    assert found(state="suspended") == [Role.BUYER]
    assert found(state="left") == [Role.REVIEWER]
    assert found(role="reviewer") == []
    assert set(found(state="invited")) == {Role.ADMIN, Role.COORDINATOR}
    assert found(state="active") == []
    deed(session, "blank", cast.buyer, admin)
    assert found(state="blanked") == [Role.BUYER]

    first, older = queries.listed(session, admin, Asked(), 2, None)
    second, end = queries.listed(session, admin, Asked(), 2, older)
    assert end is None
    ids = [member.person.id for member in (*first, *second)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4


@on_sqlite
def test_an_ended_role_is_a_membership_with_its_end(session: Session, cast: Cast, admin: Actor) -> None:
    end_role(session, membership_of(cast.buyer), by=admin, version=None)
    again = add_role(session, person_of(cast.buyer), Role.BUYER, by=admin, version=None)
    assert again.ended_at is None
    assert session.scalar(sa.select(sa.func.count(Membership.id)).filter_by(person_id=cast.buyer.id)) == 1
