"""Codes of an authenticator app as RFC 6238 has them, and recovery codes: each opens once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.cipher import Cipher, Unreadable
from quality.people import second_step
from quality.people.actor import themselves
from quality.people.models import Authenticator, Person, RecoveryCode
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, code_at

CIPHER = Cipher([b"k" * 32], b"i" * 32)
RFC = base64.b32encode(b"12345678901234567890").decode()  # the key of RFC 6238, appendix B


@pytest.fixture
def person(session: Session, cast: Cast) -> Person:
    assert cast.analyst.person
    second_step.prepare(session, CIPHER, cast.analyst.person)
    return cast.analyst.person


@pytest.fixture
def key(session: Session, person: Person) -> str:
    return second_step.secret_of(session, CIPHER, person.id) or ""


@on_sqlite
@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_of_the_rfc_are_taken(session: Session, person: Person, clock, second: int, code: str) -> None:
    clock.moment = datetime.fromtimestamp(second, UTC)
    assert code_at(RFC, clock.moment) == code
    kept = session.get_one(Authenticator, person.id)
    kept.secret = CIPHER.encrypt(RFC, about=second_step.about(person.id))
    session.flush()
    assert second_step.takes_code(session, CIPHER, person.id, code)


def test_a_code_opens_once_and_an_older_one_never(session: Session, person: Person, key: str, clock: HeldClock) -> None:
    now = code_at(key, clock.moment)
    assert second_step.takes_code(session, CIPHER, person.id, now)
    assert not second_step.takes_code(session, CIPHER, person.id, now)
    earlier = code_at(key, clock.moment)
    clock.advance(seconds=30)
    assert not second_step.takes_code(session, CIPHER, person.id, earlier)
    assert second_step.takes_code(session, CIPHER, person.id, code_at(key, clock.moment))


@on_sqlite
@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_clock_that_is_half_a_minute_off_does_not_matter(session, person, key, clock, seconds: int) -> None:
    code = code_at(key, clock.moment)
    clock.advance(seconds=seconds)
    assert second_step.takes_code(session, CIPHER, person.id, code)


@on_sqlite
@pytest.mark.parametrize("seconds", [-120, 120])
def test_one_that_is_two_minutes_off_does(session, person, key, clock, seconds: int) -> None:
    code = code_at(key, clock.moment)
    clock.advance(seconds=seconds)
    assert not second_step.takes_code(session, CIPHER, person.id, code)


@on_sqlite
def test_full_width_digits_and_spaces_are_the_same_code(session: Session, person: Person, key: str, clock) -> None:
    typed = code_at(key, clock.moment).translate({ord(str(d)): 0xFF10 + d for d in range(10)})
    assert second_step.takes_code(session, CIPHER, person.id, f" {typed[:3]} {typed[3:]} ")


@on_sqlite
@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "٠١٢٣٤٥", "😀", "x" * 300, "000000' OR 1"])
def test_what_is_no_code_opens_nothing(session: Session, person: Person, typed: str) -> None:
    assert not second_step.opens(session, CIPHER, person.id, typed)


def test_it_counts_once_a_code_was_entered(session: Session, person: Person, key: str, clock: HeldClock) -> None:
    assert not second_step.is_on(session, person.id)
    assert second_step.confirm(session, CIPHER, person, "000000", themselves(person)) is None
    assert not second_step.is_on(session, person.id)
    codes = second_step.confirm(session, CIPHER, person, code_at(key, clock.moment), themselves(person))
    assert second_step.is_on(session, person.id)
    assert codes
    assert len(set(codes)) == second_step.codes_left(session, person.id) == 10


def test_a_recovery_code_opens_once_and_only_its_person(session: Session, person: Person, cast: Cast) -> None:
    first, second, *_more = second_step.renew_recovery_codes(session, person, themselves(person))
    assert not second_step.opens(session, CIPHER, cast.signatory.person.id, first)
    assert second_step.opens(session, CIPHER, person.id, f" {first.upper()} ")
    assert not second_step.opens(session, CIPHER, person.id, first)
    assert second_step.codes_left(session, person.id) == 9
    second_step.renew_recovery_codes(session, person, themselves(person))
    assert not second_step.opens(session, CIPHER, person.id, second)


def test_neither_key_nor_codes_stand_in_the_database(session: Session, person: Person, key: str) -> None:
    codes = second_step.renew_recovery_codes(session, person, themselves(person))
    kept = session.get_one(Authenticator, person.id).secret
    assert key not in kept
    digests = set(session.scalars(sa.select(RecoveryCode.digest)))
    assert not digests & {*codes, *(code.replace("-", "") for code in codes)}


def test_a_key_opens_in_its_own_row_only(session: Session, person: Person, cast: Cast) -> None:
    kept = session.get_one(Authenticator, person.id)
    session.add(Authenticator(person_id=cast.signatory.person.id, secret=kept.secret))
    session.flush()
    with pytest.raises(Unreadable):
        second_step.secret_of(session, CIPHER, cast.signatory.person.id)


def test_the_second_step_is_taken_away_whole(session: Session, person: Person) -> None:
    second_step.renew_recovery_codes(session, person, themselves(person))
    second_step.remove(session, person.id)
    assert session.get(Authenticator, person.id, populate_existing=True) is None
    assert second_step.codes_left(session, person.id) == 0


def test_the_picture_is_a_whole_svg() -> None:
    drawn = second_step.qr_code(RFC, "zhou@yz.example").decode()
    assert drawn.startswith("<?xml")
    assert "<svg" in drawn
    assert drawn.rstrip().endswith("</svg>")
