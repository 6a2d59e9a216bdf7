from __future__ import annotations

import base64
import stat

import pytest

from quality.core.config import VARIABLES, Settings, write_missing_secrets
from quality.core.errors import Invalid
from quality.core.surroundings import CHECKOUT

KEY = base64.b64encode(b"k" * 32).decode()
SECRETS = {name: KEY for name, variable in VARIABLES.items() if variable.default is None}


def test_secrets_are_enough_for_a_first_start():
    settings = Settings.read(SECRETS)

    assert settings.database_url == f"sqlite:///{CHECKOUT}/.mingcha/mingcha.db"
    assert settings.evidence_url == f"file://{CHECKOUT}/.mingcha/evidence"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.identity_keys == (b"k" * 32,)


def test_everything_missing_is_named_at_once_with_how_to_make_one():
    with pytest.raises(Invalid) as refused:
        Settings.read({})

    assert [problem.field for problem in refused.value.problems] == list(SECRETS)
    assert {problem.code for problem in refused.value.problems} == {"missing"}
    assert all("openssl rand -base64 32" in str(problem.text) for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://somewhere/cases"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "no address"),
        ("EVIDENCE_URL", "file://relative/path"),
        ("EVIDENCE_URL", "ftp://somewhere/"),
        ("PUBLIC_URL", "mingcha.example"),
        ("PUBLIC_URL", "https://mingcha.example/?a=b"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("STATISTICS_LEAST", "three"),
        ("SECRET_KEY", "short-secret"),
        ("IDENTITY_KEYS", f"{KEY},not-base64!"),
        ("IDENTITY_INDEX_KEY", base64.b64encode(b"of 12 bytes.").decode()),
    ],
)
def test_what_cannot_be_used_is_explained_and_never_printed(name, value):
    with pytest.raises(Invalid) as refused:
        Settings.read(SECRETS | {name: value})

    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == (name, "malformed")
    assert value not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_may_be_spelt_in_three_ways(scheme):
    settings = Settings.read(SECRETS | {"DATABASE_URL": f"{scheme}://mingcha:p%40ss@db/cases"})

    assert settings.database_url == "postgresql+psycopg://mingcha:p%40ss@db/cases"


def test_a_relative_database_stands_in_the_checkout():
    settings = Settings.read(SECRETS | {"DATABASE_URL": "sqlite:///kept/cases.db"})

    assert settings.database_url == f"sqlite:///{CHECKOUT}/kept/cases.db"


def test_identity_keys_are_read_newest_first():
    newer = base64.b64encode(b"n" * 32).decode()

    assert Settings.read(SECRETS | {"IDENTITY_KEYS": f"{newer}, {KEY}"}).identity_keys == (b"n" * 32, b"k" * 32)


def test_settings_show_no_secret():
    shown = repr(Settings.read(SECRETS | {"DATABASE_URL": "postgresql://mingcha:letmein@db/cases"}))

    assert "letmein" not in shown
    assert KEY not in shown
    assert repr(b"k" * 32) not in shown


def test_secrets_are_written_once_for_the_owner_only(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine\n")
    path.chmod(0o644)

    assert write_missing_secrets(path, {"SECRET_KEY": "mine"}) == [name for name in SECRETS if name != "SECRET_KEY"]
    written = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert write_missing_secrets(path, written) == []

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert written["SECRET_KEY"] == "mine"
    assert Settings.read(SECRETS | written | {"SECRET_KEY": KEY}).record_signing_key


def test_folders_are_made_where_the_settings_say(tmp_path):
    kept = {"EVIDENCE_URL": f"file://{tmp_path}/e/v", "FRAMES_FOLDER": f"{tmp_path}/f", "ROOTS_FOLDER": f"{tmp_path}/r"}
    Settings.read(SECRETS | kept | {"DATABASE_URL": f"sqlite:///{tmp_path}/d/cases.db"}).make_folders()

    assert all((tmp_path / name).is_dir() for name in ("d", "e/v", "f", "r"))
