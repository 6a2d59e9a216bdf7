"""Loading the demonstration, once and whole; who may sign in to it; and what it is made of."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask_security import hash_password

from quality import cli
from quality.campaigns.models import Campaign
from quality.clocks.calendar import Calendar
from quality.core import clock as real_clock
from quality.core.alone import alone_in
from quality.core.errors import Invalid
from quality.core.events import Event
from quality.core.record import verify
from quality.core.workflow import record
from quality.demonstration import command
from quality.demonstration.days import Almanac
from quality.demonstration.measures import CLOTHES_ITEMS, ELECTRIC_ITEMS, MEASURED, STATIONERY_ITEMS, TOY_ITEMS
from quality.demonstration.people import PLAYERS, found
from quality.demonstration.pictures import picture
from quality.demonstration.standing import Standing, standing
from quality.evidence.media import recognise
from quality.evidence.models import EvidenceKind
from quality.lab.judging import judged
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind, Person
from quality.people.operations import add_organisation
from quality.permissions import Role
from quality.purchases.models import Task
from quality.standards.judgement import conclusion
from tests.demonstration.conftest import PASSWORD
from tests.harness.databases import environment_for, on_sqlite


def cut_short_on(day: int):
    def tell(_stage: str, done: int, _of: int) -> None:
        if done == day:
            raise KeyboardInterrupt

    return tell


@on_sqlite  # what is cleared away on PostgreSQL is asked in test_clearing.py
def test_loading_that_was_cut_short_begins_again_and_a_second_load_waits_and_changes_nothing(
    given, small, session, monkeypatch, capsys
):
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(command, "draw_bar", cut_short_on(40))
        command.load_once(given)
    assert standing(session) is Standing.BEGUN
    assert session.scalars(sa.select(sa.func.count(Task.id))).one() > 0
    session.rollback()

    before: list[int] = []

    with ExitStack() as another:  # who loads at the same moment

        def waits() -> None:
            said()
            command.load_what_is_not_there(given)
            before.append(session.scalars(sa.select(sa.func.count(Event.id))).one())
            session.rollback()
            another.close()

        said = command.say_that_another_loads
        monkeypatch.setattr(command, "say_that_another_loads", waits)
        another.enter_context(alone_in(given.config["SETTINGS"].frames_folder))
        command.load_once(given)

    assert "waiting for it" in capsys.readouterr().err
    session.expire_all()
    assert standing(session) is Standing.LOADED
    assert session.scalars(sa.select(sa.func.count(Campaign.id))).one() == 1, "nothing is left of the first"
    assert verify(session, given.config["SETTINGS"].roots_folder, []).broken is None
    assert [session.scalars(sa.select(sa.func.count(Event.id))).one()] == before


@on_sqlite
def test_a_database_with_cases_of_its_own_is_left_alone(given, session, capsys):
    add_organisation(session, kind=OrganisationKind.AGENCY, code="LP", name="临浦市市场监督管理局", by=SYSTEM)
    session.commit()

    command.load_once(given)

    assert "holds other cases" in str(capsys.readouterr().err)
    assert session.scalars(sa.select(sa.func.count(Event.id))).one() == 1
    command.print_accounts()
    assert "No demonstration is loaded here" in capsys.readouterr().out


@on_sqlite
def test_a_password_that_was_changed_is_not_shown_as_if_it_opened_the_account(given, session):
    found(session, hash_password(PASSWORD))
    buyer = next(player for player in PLAYERS if player.role == Role.BUYER)
    person = session.scalars(sa.select(Person).where(Person.email == buyer.email)).one()
    record(session, person, "choose_password", by=SYSTEM, facts={"password": hash_password("another-long-password")})

    shown = {row[2]: row[3] for row in command.accounts(session, PASSWORD)}

    assert shown.pop(buyer.email) == "(changed)"
    assert set(shown.values()) == {PASSWORD}
    assert {row[3] for row in command.accounts(session, "")} == {"(changed)"}


def test_a_database_without_tables_says_what_to_do(monkeypatch, tmp_path, capsys):
    for name, value in environment_for(f"sqlite:///{tmp_path}/empty.db", tmp_path).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        cli.main(("--lang", "en", "demo", "load"))
    assert ended.value.code == 1
    assert "run `mingcha db upgrade` first" in capsys.readouterr().err

    with pytest.raises(SystemExit) as ended:
        cli.main(("--lang", "en", "demo", "accounts"))
    assert ended.value.code == 0
    assert "No demonstration is loaded here" in capsys.readouterr().out


def test_a_password_is_made_once_and_kept_where_only_its_owner_reads(tmp_path):
    path = tmp_path / ".env"
    made = command.password_from(path, {})

    assert path.read_text() == f"DEMO_PASSWORD={made}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert command.password_from(path, {"DEMO_PASSWORD": made}) == made
    assert path.read_text().count("DEMO_PASSWORD") == 1
    assert command.password_from(tmp_path / "other", {}) != made


def test_a_given_password_that_can_be_guessed_is_refused(tmp_path):
    with pytest.raises(Invalid) as no:
        command.password_from(tmp_path / ".env", {"DEMO_PASSWORD": "demo"})
    assert [problem.field for problem in no.value.problems] == ["DEMO_PASSWORD"]
    assert not (tmp_path / ".env").exists()


def test_a_picture_is_the_same_for_the_same_and_another_for_another():
    made = {picture(kind, subject, "gone") for subject in ("YZ-300012", "TL-700341744") for kind in EvidenceKind}

    assert len(made) == 2 * len(EvidenceKind)
    assert picture(EvidenceKind.LOOK, "YZ-300012", "gone") in made
    assert {recognise(one) for one in made} == {"image/jpeg"}


def test_every_measurement_comes_out_as_its_table_says(sqlite_app):
    items = {item.item: item for item in (*TOY_ITEMS, *CLOTHES_ITEMS, *ELECTRIC_ITEMS, *STATIONERY_ITEMS)}
    for category, outcomes in MEASURED.items():
        for outcome, ways in outcomes.items():
            for results in ways:
                verdicts = {judged(r, limit=items[r.item].limit, rule=items[r.item].rule).verdict for r in results}
                assert (conclusion(verdicts) == "nonconforming") is (outcome in {"fails", "just"}), (category, outcome)


def test_a_history_lies_on_working_days_and_ends_before_the_day_of_loading():
    almanac = Almanac(date(2026, 11, 28), Calendar())  # a Saturday

    assert almanac.working(0) == date(2026, 11, 30)
    assert almanac.working(-1) == date(2026, 11, 27)
    assert almanac.working(almanac.moved_weekend(24)) == date(2026, 10, 10)


def test_a_clock_that_was_moved_goes_right_again(clock):
    then = clock.moment - timedelta(days=40)
    with real_clock.moved_to(then):
        assert real_clock.now() == then
    assert real_clock.now() == clock.moment


def test_columns_stand_below_each_other_in_both_scripts():
    assert command.in_columns([["角色", "x"], ["role", "y"]]) == ["角色  x", "role  y"]
