"""The verbs that start an empty installation and look after its record, on both databases."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from tests.harness.databases import environment_for, on_sqlite


@pytest.fixture
def at(database, tmp_path, monkeypatch):
    """The command's surroundings name this test's database."""
    for name, value in environment_for(database, tmp_path).items():
        monkeypatch.setenv(name, value)
    return database


def execute(address: str, sentence: str) -> None:
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text(sentence))
    engine.dispose()


def test_upgrading_a_migrated_database_changes_nothing(mingcha, at):
    assert mingcha("db", "upgrade")[0] == 0
    assert mingcha("record", "verify")[0] == 0


def test_an_empty_installation_gets_its_first_agency_and_person(mingcha, at):
    status, printed, _complaint = mingcha("--lang", "en", "org", "add", "agency", "YZ", "云州市市场监督管理局")
    assert (status, printed) == (0, "Founded YZ 云州市市场监督管理局\n")

    status, printed, _complaint = mingcha("person", "invite", "lin@yz.example", "--org", "YZ", "--role", "admin")
    assert status == 0
    assert printed.startswith("http://127.0.0.1:8000/")

    status, again, _complaint = mingcha("person", "link", "LIN@yz.example", "--without-second-step")
    assert status == 0
    assert again.startswith("http://127.0.0.1:8000/account/password/")
    assert again != printed


def test_a_key_is_printed_once_and_kept_as_its_hash(mingcha, at):
    mingcha("org", "add", "laboratory", "JY", "静远检测")
    mingcha("person", "invite", "xu@jy.example", "--org", "JY", "--role", "signatory")
    of_a_person = mingcha("key", "add", "--org", "JY", "--role", "signatory", "--person", "Xu@jy.example")
    of_the_program = mingcha("key", "add", "--org", "JY", "--role", "analyst", "--days", "30")

    engine = sa.create_engine(at)
    with engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT secret_digest FROM api_key ORDER BY id")).scalars().all()
    engine.dispose()
    for (status, printed, _said), digest in zip((of_a_person, of_the_program), kept, strict=True):
        assert status == 0
        assert hashlib.sha256(printed.strip().encode()).hexdigest() == digest
    assert mingcha("record", "verify")[0] == 0


@on_sqlite
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("org", "add", "shop", "YZ", "x"), "kind: Write one of: agency, laboratory, platform"),
        (("org", "add", "agency", "yz", "x"), "code: Use 2 to 16 capital letters"),
        (("person", "invite", "lin@yz.example", "--org", "NONE", "--role", "admin"), "org: There is no organisation"),
        (("person", "invite", "lin@yz.example", "--org", "NONE", "--role", "king"), "role: Write one of: coordinator"),
        (("person", "link", "nobody@yz.example"), "email: There is no account with this address"),
        (("key", "add", "--org", "NONE", "--role", "analyst"), "org: There is no organisation"),
    ],
)
def test_what_was_typed_wrong_is_named_and_nothing_is_kept(mingcha, at, words, complaint):
    status, printed, said = mingcha("--lang", "en", *words)

    assert (status, printed) == (2, "")
    assert said.startswith(complaint)
    assert "0 events" in mingcha("--lang", "en", "record", "verify")[1]


def test_a_record_that_was_altered_ends_with_1_and_its_first_broken_link(mingcha, at):
    mingcha("org", "add", "agency", "YZ", "云州市市场监督管理局")
    execute(at, "DELETE FROM below")
    execute(at, "UPDATE organisation SET digest = 'somebody else'")

    status, _printed, complaint = mingcha("--lang", "en", "record", "verify")

    assert status == 1
    assert "organisation:1" in complaint


def test_a_backup_is_brought_back_into_an_empty_database_and_into_no_other(mingcha, at, tmp_path, monkeypatch):
    mingcha("org", "add", "agency", "YZ", "云州市市场监督管理局")
    folder, english = str(tmp_path / "backup"), ("--lang", "en")
    status, printed, said = mingcha(*english, "backup", folder)
    assert (status, said) == (0, "")
    assert printed.startswith("Copied as of ")

    status, _printed, said = mingcha(*english, "restore", folder)
    assert (status, said) == (1, "This database is in use; restore into an empty one. Nothing was changed\n")

    for name, value in environment_for(f"sqlite:///{tmp_path}/other/new.db", tmp_path / "other").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IDENTITY_INDEX_KEY", "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3Q=")
    status, _printed, said = mingcha(*english, "restore", folder)
    assert (status, said.startswith("IDENTITY_INDEX_KEY: The backup was made with another key")) == (2, True)
    monkeypatch.setenv("IDENTITY_INDEX_KEY", environment_for("", tmp_path)["IDENTITY_INDEX_KEY"])
    status, printed, said = mingcha(*english, "restore", folder)
    assert (status, said) == (0, "")
    assert printed.endswith("The record is whole\n")
    assert mingcha("record", "verify")[0] == 0
    assert mingcha("org", "add", "agency", "YZ", "云州市市场监督管理局")[0] != 0  # it is there
