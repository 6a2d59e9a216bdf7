"""After five tries in vain an account waits, each time longer; what was tried survives the request that it undid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality import create_app
from quality.core import clock as time
from quality.core.config import Settings
from quality.core.db import db
from quality.people import lockout
from quality.people.actor import Actor
from quality.people.models import Attempt
from quality.people.security import invitation_link
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import Cast

WRONG = "wrong wrong wrong wrong"


@pytest.fixture
def coordinator(session: Session, cast: Cast) -> Actor:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return cast.coordinator


def attempt(client, email: str, password: str = WRONG, address: str = "192.0.2.1"):
    data = {"email": email, "password": password}
    return client.post("/account/sign-in?lang=en", data=data, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("there", [True, False], ids=["an account", "no account"])
def test_after_five_tries_in_vain_the_right_password_waits_too(client, coordinator, clock, there: bool) -> None:
    email = coordinator.person.email if there else "nobody@yz.example"
    said = [attempt(client, email) for _try in range(5)]
    assert {answer.status_code for answer in said} == {422}
    assert "4 more tries, then this account waits for 15 minutes" in said[0].text
    assert "0 more tries" in said[4].text

    refused = attempt(client, email.upper(), PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    until = (clock.moment + timedelta(minutes=16)).astimezone(time.BEIJING)
    assert f"Wait, and try again from {until:%H:%M} on" in refused.text


def test_who_waited_is_let_in_and_begins_anew(client, coordinator, clock: HeldClock, session: Session) -> None:
    for _try in range(6):
        attempt(client, coordinator.person.email)
    assert session.scalar(sa.select(sa.func.count(Attempt.id))) == 5  # one that was not looked at counts for nothing
    clock.advance(minutes=15)
    assert attempt(client, coordinator.person.email, PASSWORD).status_code == 302
    assert session.scalar(sa.select(sa.func.count(Attempt.id))) == 0


@on_sqlite
def test_who_chose_a_new_password_need_not_wait(client, coordinator, session: Session) -> None:
    for _try in range(6):
        attempt(client, coordinator.person.email)
    path = invitation_link(coordinator.person).removeprefix("http://127.0.0.1:8000")
    client.post(path, data={"password": PASSWORD + "!", "password_confirm": PASSWORD + "!"})
    assert attempt(client, coordinator.person.email, PASSWORD + "!").status_code == 302


def test_behind_a_proxy_it_is_the_address_before_it_that_counts(settings: Settings, coordinator) -> None:
    app = create_app(replace(settings, trusted_proxies=1), TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    seen = []
    for forwarded in ("198.51.100.1", "198.51.100.2"):
        data = {"email": "nobody@yz.example", "password": WRONG}
        client.post("/account/sign-in", data=data, headers={"X-Forwarded-For": f"spoofed, {forwarded}"})
    with app.app_context():
        seen = list(db.session.scalars(sa.select(Attempt.address).distinct()))
        db.session.remove()
        db.engine.dispose()
    assert len(seen) == 2


def test_each_further_try_in_vain_waits_longer(client, coordinator, clock: HeldClock) -> None:
    email = coordinator.person.email
    for _try in range(5):
        attempt(client, email)
    for minutes in (15, 30, 60, 60):
        assert attempt(client, email).headers["Retry-After"] == str(minutes * 60)
        clock.advance(minutes=minutes)
        assert attempt(client, email).status_code == 422
    clock.advance(days=1, minutes=1)
    assert attempt(client, email, PASSWORD).status_code == 302


@on_sqlite
def test_one_address_that_tries_account_after_account_waits(app: Flask, client, coordinator, clock: HeldClock) -> None:
    for number in range(lockout.FROM_ONE_ADDRESS):
        assert attempt(client, f"someone-{number}@yz.example").status_code == 422
    assert attempt(client, coordinator.person.email, PASSWORD).status_code == 429
    assert attempt(client, coordinator.person.email, PASSWORD, address="192.0.2.2").status_code == 302
    clock.advance(hours=1)
    assert attempt(app.test_client(), "someone-else@yz.example").status_code == 422


def test_of_many_guesses_at_one_moment_five_are_looked_at(app: Flask, coordinator) -> None:
    engine = db.engine

    def guess(_number: int) -> bool:
        return lockout.begin(engine, "secret", "somebody", "192.0.2.1").until is None

    with ThreadPoolExecutor(8) as pool:
        looked_at = list(pool.map(guess, range(24)))
    assert 1 <= sum(looked_at) <= lockout.FREE


def test_what_is_kept_of_a_try_names_nobody(client, session: Session, coordinator) -> None:
    attempt(client, coordinator.person.email)
    kept = session.scalars(sa.select(Attempt)).one()
    assert coordinator.person.email not in kept.account
    assert "192.0.2.1" not in kept.address
    assert len({kept.account, kept.address}) == 2


@on_sqlite
@pytest.mark.parametrize("email", ["a\0b@yz.example", "x" * 300 + "@yz.example", "\u202eelpmaxe@a", "😀@yz.example"])
def test_an_address_that_is_none_is_answered_like_a_wrong_one(client, coordinator, email: str) -> None:
    answer = attempt(client, email)
    assert answer.status_code == 422
    assert "E-mail address or password is not right" in answer.text
