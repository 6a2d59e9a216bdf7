"""Keys of programs: whom they act for, what they may do at most, and from when on they open nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.people import keys
from quality.people.actor import SYSTEM, Actor
from quality.people.administration import add_role, do, new_door_for
from quality.people.models import Key, Membership
from quality.people.queries import Asked, listed, state_of
from quality.permissions import ROLES, SECOND_STEPS, Can, Role
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire, membership_of


@pytest.fixture
def analyst(session: Session, cast: Cast) -> Actor:
    return hire(session, cast.laboratory, Role.ANALYST)


def opened(session: Session, secret: str) -> Actor | None:
    found = keys.holder_of(session, secret)
    return found and found[1]


def program(session: Session, cast: Cast, role: Role = Role.SIGNATORY) -> Membership:
    return keys.program_of(session, cast.laboratory, role, by=SYSTEM)


def test_a_key_acts_for_its_person_and_the_record_names_both(session: Session, analyst: Actor) -> None:
    key, secret = keys.make(session, membership_of(analyst), name=" LIMS ", by=analyst)
    actor = opened(session, secret)
    assert actor
    assert (actor.id, actor.role, actor.organisation_id) == (analyst.id, Role.ANALYST, analyst.organisation_id)
    assert actor.signature == f"person:{analyst.id} via key:{key.id}"
    assert {deed for deed in Can if actor.can(deed)} == ROLES[Role.ANALYST].may
    assert key.name == "LIMS"


def test_the_secret_is_kept_nowhere(session: Session, analyst: Actor) -> None:
    key, secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    session.flush()
    kept = session.execute(sa.select(sa.inspect(Key).local_table).where(Key.id == key.id)).one()
    told = session.scalars(sa.select(Event).where(Event.subject_type == "api_key")).one()
    assert secret not in f"{tuple(kept)} {told.details}"
    assert secret.startswith(key.begins)
    assert len(secret) - len(key.begins) > 30


def test_a_key_may_do_what_it_was_given_for_and_no_more(session: Session, analyst: Actor) -> None:
    given = {Can.PORTION_READ, Can.REPORT_ENTER}
    _key, secret = keys.make(session, membership_of(analyst), name="LIMS", scope=given, by=analyst)
    actor = opened(session, secret)
    assert actor
    assert {deed for deed in Can if actor.can(deed)} == given


def test_a_program_takes_no_second_step_of_a_pair(session: Session, cast: Cast) -> None:
    membership = program(session, cast)
    _key, secret = keys.make(session, membership, name="LIMS", by=SYSTEM)
    actor = opened(session, secret)
    assert actor
    assert not actor.can(Can.REPORT_AUTHORISE)
    assert actor.can(Can.REPORT_READ)
    with pytest.raises(Invalid, match="report:authorise"):
        keys.make(session, membership, name="LIMS", scope={Can.REPORT_AUTHORISE}, by=SYSTEM)


def test_every_deed_that_approves_confirms_authorises_or_decides_is_a_second_step() -> None:
    words = ("approve", "confirm", "authorise", "decide")
    others = {Can.CLOCK_GRANT, Can.PRACTICE_SET, Can.CALENDAR_ENTER, Can.EVIDENCE_EXCUSE}  # by other names
    assert {deed for deed in Can if deed.split(":")[1] in words} | others == SECOND_STEPS


def test_an_organisation_has_one_program_account_whatever_it_works_as(session: Session, cast: Cast) -> None:
    first, second = program(session, cast, Role.ANALYST), program(session, cast, Role.SIGNATORY)
    assert program(session, cast, Role.ANALYST) is first
    assert first.person is second.person
    assert first.person.password is None


@on_sqlite
@pytest.mark.parametrize("role", [Role.BUYER, Role.ADMIN])
def test_buyers_and_administrators_have_no_keys(session: Session, cast: Cast, role: Role) -> None:
    person = hire(session, cast.agency, role)
    with pytest.raises(Invalid, match="role"):
        keys.make(session, membership_of(person), name="x", by=person)
    with pytest.raises(Invalid, match="role"):
        keys.program_of(session, cast.agency, role, by=SYSTEM)


@on_sqlite
@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_key_is_for_a_day_at_least_and_a_year_at_most(session: Session, analyst: Actor, days: int) -> None:
    with pytest.raises(Invalid, match="days"):
        keys.make(session, membership_of(analyst), name="x", days=days, by=analyst)


@on_sqlite
@pytest.mark.parametrize("name", ["", "  ", "长" * 61, "a\u202eb", "x\0y"])
def test_a_key_has_a_name_that_people_can_read(session: Session, analyst: Actor, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        keys.make(session, membership_of(analyst), name=name, by=analyst)


def test_it_opens_until_it_expires_and_not_a_moment_longer(session: Session, analyst: Actor, clock: HeldClock) -> None:
    _key, secret = keys.make(session, membership_of(analyst), name="LIMS", days=2, by=analyst)
    clock.advance(days=1, hours=23, minutes=59)
    assert opened(session, secret)
    clock.advance(minutes=1)
    assert opened(session, secret) is None


def test_taken_back_it_opens_nothing_from_that_moment_on(session: Session, analyst: Actor) -> None:
    key, secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    keys.revoke(session, key, by=analyst)
    assert opened(session, secret) is None
    with pytest.raises(Refused, match="revoked_already"):
        keys.revoke(session, key, by=analyst)


def test_in_turn_both_open_for_a_day_and_then_the_newer_one(session: Session, analyst: Actor, clock: HeldClock) -> None:
    key, old = keys.make(session, membership_of(analyst), name="LIMS", scope={Can.REPORT_ENTER}, by=analyst)
    newer, new = keys.rotate(session, key, by=analyst)
    assert (newer.name, newer.scope, newer.follows_id) == (key.name, key.scope, key.id)
    assert opened(session, old)
    assert opened(session, new)
    clock.advance(days=1)
    assert opened(session, old) is None
    assert opened(session, new)


def test_a_key_is_replaced_once_and_only_while_it_is_in_force(session: Session, analyst: Actor) -> None:
    key, _old = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    newer, _new = keys.rotate(session, key, by=analyst)
    with pytest.raises(Refused, match="rotated_already"):
        keys.rotate(session, key, by=analyst)
    keys.revoke(session, newer, by=analyst)
    with pytest.raises(Refused, match="not_in_force"):
        keys.rotate(session, newer, by=analyst)


def test_a_key_near_its_end_is_not_made_longer_by_its_replacement(
    session: Session, analyst: Actor, clock: HeldClock
) -> None:
    key, _old = keys.make(session, membership_of(analyst), name="LIMS", days=1, by=analyst)
    end = key.expires_at
    clock.advance(hours=20)
    keys.rotate(session, key, by=analyst)
    assert key.expires_at == end


def test_whoever_goes_takes_the_keys_along(session: Session, cast: Cast, analyst: Actor) -> None:
    _key, secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    admin = hire(session, cast.laboratory, Role.ADMIN)
    assert analyst.person
    do(session, "suspend", analyst.person, by=admin, version=analyst.person.version)
    assert opened(session, secret) is None
    with pytest.raises(Refused, match="not_at_work"):
        keys.make(session, membership_of(analyst), name="LIMS", by=SYSTEM)


def test_keys_of_a_person_are_theirs_alone(session: Session, cast: Cast, analyst: Actor) -> None:
    key, _secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    for other in (hire(session, cast.laboratory, Role.ADMIN), hire(session, cast.laboratory, Role.ANALYST)):
        with pytest.raises(NotPermitted):
            keys.make(session, membership_of(analyst), name="LIMS", by=other)
        with pytest.raises(NotPermitted):
            keys.rotate(session, key, by=other)
    for other in (hire(session, cast.laboratory, Role.ANALYST), hire(session, cast.second_laboratory, Role.ADMIN)):
        with pytest.raises(NotPermitted):
            keys.revoke(session, key, by=other)


def test_an_administrator_takes_back_any_key_of_the_organisation(session: Session, cast: Cast, analyst: Actor) -> None:
    key, secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    admin = hire(session, cast.laboratory, Role.ADMIN)
    keys.revoke(session, key, by=admin)
    assert opened(session, secret) is None
    told = session.scalars(sa.select(Event).where(Event.subject_type == "api_key").order_by(Event.seq.desc())).first()
    assert told
    assert (told.action, told.actor) == ("revoke", admin.signature)


def test_keys_of_the_program_account_are_its_own_administrators(session: Session, cast: Cast) -> None:
    membership = program(session, cast)
    ours, theirs = hire(session, cast.laboratory, Role.ADMIN), hire(session, cast.second_laboratory, Role.ADMIN)
    key, secret = keys.make(session, membership, name="LIMS", by=ours)
    assert opened(session, secret)
    with pytest.raises(NotPermitted):
        keys.revoke(session, key, by=theirs)
    keys.revoke(session, key, by=ours)


@on_sqlite
@pytest.mark.parametrize("text", ["", "mck_", "x" * 4000, "mck_\udcff", "mck_\0"])
def test_any_other_text_opens_nothing(session: Session, text: str) -> None:
    assert keys.holder_of(session, text) is None


def test_it_is_known_when_a_key_was_last_used(session: Session, analyst: Actor, clock: HeldClock) -> None:
    key, _secret = keys.make(session, membership_of(analyst), name="LIMS", by=analyst)
    session.commit()
    for wait, noted in ((0, True), (4, False), (2, True)):
        clock.advance(minutes=wait)
        keys.see(key)
        session.expire_all()
        assert (key.last_used_at == clock.moment) is noted
        session.commit()


@on_sqlite
def test_a_program_has_no_door_for_people(session: Session, cast: Cast) -> None:
    person, admin = program(session, cast).person, hire(session, cast.laboratory, Role.ADMIN)
    with pytest.raises(Refused, match="program"):
        new_door_for(session, person.email, by=SYSTEM, without_second_step=False)
    with pytest.raises(Refused, match="program"):
        do(session, "new_link", person, by=admin, version=person.version)
    with pytest.raises(Refused, match="program"):
        add_role(session, person, Role.ADMIN, by=admin, version=person.version)
    assert state_of(person, person.memberships) == "active"
    found, _more = listed(session, admin, Asked(words="", role="", state="active"), 50, None)
    assert person in [member.person for member in found]
