"""What `make run` looks at before its first page."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import sqlalchemy as sa

from quality.core.surroundings import CHECKOUT
from quality.core.workflow import record
from quality.demonstration.standing import CLEARING, LOADED
from quality.people.actor import SYSTEM
from quality.people.models import Organisation, OrganisationKind
from quality.people.operations import add_organisation
from quality.start import is_ready
from tests.harness.databases import environment_for, on_postgresql, on_sqlite
from tests.harness.served import answers, eventually, free_port


def loaded(session) -> None:
    agency = add_organisation(session, kind=OrganisationKind.AGENCY, code="YZ", name="云州市市场监督管理局", by=SYSTEM)
    record(session, agency, LOADED, by=SYSTEM)
    session.commit()


@on_sqlite
def test_with_the_demonstration_in_tables_of_this_version_nothing_is_to_be_done(session, settings):
    assert not is_ready(settings.database_url)  # empty
    loaded(session)
    assert is_ready(settings.database_url)


@on_sqlite
def test_what_was_cleared_half_is_not_served(session, settings):
    loaded(session)
    record(session, session.scalars(sa.select(Organisation)).one(), CLEARING, by=SYSTEM)
    session.commit()
    assert not is_ready(settings.database_url)


@on_sqlite
def test_tables_of_an_older_version_are_to_be_brought_up(session, settings):
    loaded(session)
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001_people'")
        connection.commit()
    assert not is_ready(settings.database_url)


@on_postgresql
def test_on_postgresql_the_verbs_look_for_themselves(session, settings):
    loaded(session)
    assert not is_ready(settings.database_url)


@pytest.mark.parametrize("name", ["no such file.db", "a?b#c%20.db"])
def test_where_there_is_no_database_yet_none_is_made(tmp_path, name):
    assert not is_ready(f"sqlite:///{tmp_path}/{name}")
    assert not list(tmp_path.iterdir())


@on_sqlite
def test_the_second_time_it_serves_at_once_survives_a_kill_and_stops_at_ctrl_c(session, settings, tmp_path):
    loaded(session)
    port, log = free_port(), tmp_path / "log"
    environ = os.environ | environment_for(settings.database_url, tmp_path)
    with log.open("w") as told:
        parent = subprocess.Popen(
            [sys.executable, "-m", "quality.start", str(port)], cwd=CHECKOUT, env=environ, stderr=told
        )
    try:
        eventually(lambda: answers(port))
        [web] = [int(pid) for pid in children_of(parent.pid) if os.getpgid(int(pid)) == int(pid)][:1]
        eventually(lambda: "Ctrl-C" in log.read_text())  # it watches now
        os.kill(web, signal.SIGKILL)
        eventually(lambda: "-9" in log.read_text())
        eventually(lambda: answers(port))
        parent.send_signal(signal.SIGINT)
        assert parent.wait(10) == 0
        assert not answers(port)
    finally:
        parent.kill()
        parent.wait()


@on_sqlite
def test_with_its_parent_gone_the_web_server_ends(session, settings, tmp_path):
    loaded(session)
    port = free_port()
    environ = os.environ | environment_for(settings.database_url, tmp_path)
    parent = subprocess.Popen([sys.executable, "-m", "quality.start", str(port)], cwd=CHECKOUT, env=environ)
    try:
        eventually(lambda: answers(port))
    finally:
        parent.kill()
        parent.wait()
    eventually(lambda: not answers(port))


def children_of(pid: int) -> list[str]:
    return subprocess.check_output(["pgrep", "-P", str(pid)], text=True).split()
