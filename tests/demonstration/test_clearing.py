"""The demonstration is removed whole, and nothing else is touched."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_security import hash_password
from sqlalchemy.orm import sessionmaker

from quality.core.db import Base, db
from quality.core.errors import Refused
from quality.core.events import Event
from quality.demonstration import clearing, command
from quality.demonstration.people import found
from quality.demonstration.standing import Standing, standing
from quality.people.actor import SYSTEM
from quality.people.models import Organisation, OrganisationKind
from quality.people.operations import add_organisation
from tests.demonstration.conftest import PASSWORD
from tests.harness.databases import on_sqlite


def rows(session) -> dict[str, int]:
    tables = Base.metadata.tables.values()
    counts = {table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables}
    return {name: count for name, count in counts.items() if count}


def files(settings) -> list[str]:
    folders = [settings.frames_folder, settings.roots_folder, settings.agency_keys]
    places = [*folders, settings.frames_folder.parent / "evidence"]
    return [str(path) for place in places for path in place.rglob("*") if path.is_file()]


def test_nothing_is_left_but_an_empty_installation_that_can_be_used_or_filled_again(given, small, session, capsys):
    settings = given.config["SETTINGS"]
    command.load_once(given)
    assert files(settings)
    waiting = settings.frames_folder / "uploads" / "1-2-3"
    waiting.mkdir(parents=True)
    command.NOTED_IN.write_text("DEMO_PASSWORD=abcd-efgh-jkmn-pqrs\nOTHER=1\n", encoding="utf-8")

    command.clear_once(given, sure=True)

    session.expire_all()
    assert "campaigns with their frames" in capsys.readouterr().out
    assert rows(session) == {"installation": 1, "epoch": 1}
    assert files(settings) == []
    assert not waiting.exists()
    assert command.NOTED_IN.read_text(encoding="utf-8") == "OTHER=1\n"
    add_organisation(session, kind=OrganisationKind.AGENCY, code="LP", name="临浦市市场监督管理局", by=SYSTEM)
    session.commit()
    assert session.scalars(sa.select(Organisation.id)).one() == 1, "ids begin anew"
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        session.execute(sa.delete(Event))
    session.rollback()
    command.load_once(given)
    assert "holds other cases" in capsys.readouterr().err


@on_sqlite
def test_clearing_that_was_cut_short_is_finished_by_the_next_and_nothing_is_loaded_between(given, session, monkeypatch):
    found(session, hash_password(PASSWORD))
    session.commit()

    def killed(*_any):
        raise KeyboardInterrupt

    for step in ("remove_bytes", "empty"):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(clearing, step, killed)
            command.clear_once(given, sure=True)
        session.expire_all()
        assert standing(session) is Standing.CLEARING
        with pytest.raises(Refused, match="finish"):
            command.load_once(given)
        session.rollback()

    command.clear_once(given, sure=True)
    session.expire_all()
    assert rows(session) == {"installation": 1, "epoch": 1}


@on_sqlite
def test_beside_cases_of_others_nothing_is_removed(given, session):
    found(session, hash_password(PASSWORD))
    add_organisation(session, kind=OrganisationKind.AGENCY, code="LP", name="临浦市市场监督管理局", by=SYSTEM)
    session.commit()
    before = rows(session)

    with pytest.raises(Refused, match="临浦市市场监督管理局"):
        command.clear_once(given, sure=True)

    session.rollback()
    assert rows(session) == before


def test_while_another_holds_the_database_nothing_is_removed(given, session, monkeypatch):
    found(session, hash_password(PASSWORD))
    session.commit()
    before = rows(session)
    session.rollback()
    monkeypatch.setattr(clearing, "PATIENCE", 200)
    with db.engine.connect() as other:
        if other.dialect.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        other.exec_driver_sql("SELECT count(*) FROM person")
        with pytest.raises(Refused, match="stop the program"):
            clearing.empty(db.engine)
        other.rollback()
    assert rows(session) == before


@on_sqlite
def test_an_empty_database_has_nothing_to_clear(given, session, capsys, tmp_path):
    command.clear_once(given, sure=True)
    assert "No demonstration is left" in capsys.readouterr().out
    clearing.clear(sessionmaker(db.engine), given.config["SETTINGS"])


def test_only_the_password_that_was_made_is_taken_back(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=abc\n")
    command.password_from(path, {})
    command.take_back_password(path)
    assert path.read_text() == "SECRET_KEY=abc\n"
    assert path.stat().st_mode & 0o777 == 0o600

    path.write_text("DEMO_PASSWORD=my own long password\n")
    command.take_back_password(path)
    assert path.read_text() == "DEMO_PASSWORD=my own long password\n"
    command.take_back_password(tmp_path / "other")
