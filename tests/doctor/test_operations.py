"""docs/operations.md is true: its commands run, and what it names is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import sessionmaker

from quality import create_app
from quality.cli import mingcha
from quality.core.config import VARIABLES, Settings, new_key
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.doctor.told import OTHERS
from quality.jobs import sign_daily_root
from quality.watch.pulse import Pulse
from tests.harness.databases import on_sqlite

PAGE = (CHECKOUT / "docs" / "operations.md").read_text()
FOLDER = CHECKOUT / "docs" / "operations"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
PLACES = ("/opt/mingcha", "/var/lib/mingcha", "/var/backups/mingcha")


def test_every_command_in_a_block_for_a_shell_runs_in_their_order(tmp_path: Path) -> None:
    """An empty installation, other keys, a backup, a restore, an upgrade: as a person would type them."""
    program = tmp_path / "opt/mingcha"
    program.mkdir(parents=True)
    told = {name: new_key() for name, variable in VARIABLES.items() if variable.default is None} | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/var/lib/mingcha/mingcha.db",
        "EVIDENCE_URL": f"file://{tmp_path}/var/lib/mingcha/evidence",
        "FRAMES_FOLDER": f"{tmp_path}/var/lib/mingcha/frames",
        "ROOTS_FOLDER": f"{tmp_path}/var/lib/mingcha/roots",
        "PUBLIC_URL": "https://mingcha.example",
    }
    env = program / ".env"
    env.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    shim = tmp_path / "bin/mingcha"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nset -a; . {env}; cd {CHECKOUT} && exec {sys.executable} -m quality.cli "$@"\n')
    shim.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    surroundings = kept | {"PATH": f"{shim.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    said = ""
    for block in BLOCKS:
        script = block
        for place in PLACES:
            script = script.replace(place, f"{tmp_path}{place}")
        if "RECORD_EARLIER_KEYS" in script:
            sign_a_root(told)
        run = subprocess.run(
            ["sh", "-euc", script], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
        )
        said += run.stdout
        assert run.returncode == 0, f"{script}\n{run.stdout}\n{run.stderr}"
    assert "https://mingcha.example/account/" in said, "the link of the first person"
    assert "mend what is named" not in said, "the examination of a new installation finds no fault"
    before = [line for line in env.read_text().splitlines() if line.startswith("RECORD_EARLIER_KEYS=")]
    assert len(before) == 1 and "," not in before[0]
    assert (tmp_path / "var/lib/mingcha.lost/mingcha.db").exists()
    assert (tmp_path / "var/lib/mingcha/mingcha.db").exists()


def sign_a_root(told: dict[str, str]) -> None:
    settings = Settings.read(told)
    with create_app(settings, TESTING=True).app_context():
        sign_daily_root(sessionmaker(db.engine), settings)
        db.engine.dispose()


def test_every_verb_that_is_named_exists() -> None:
    named = set(re.findall(r"mingcha ((?:[a-z]+)(?: [a-z]+)?)", "\n".join(re.findall(r"`[^`]+`", PAGE) + BLOCKS)))
    verbs = {name for name, command in mingcha.commands.items()}
    inner = {
        f"{name} {sub}"
        for name, command in mingcha.commands.items()
        if isinstance(command, click.Group)
        for sub in command.commands
    }
    assert named
    assert {each for each in named if each not in inner and each.split()[0] not in verbs} == set()
    assert {"backup", "restore", "doctor", "serve", "jobs", "record verify"} <= {*verbs, *inner}


def test_every_variable_and_every_file_that_is_named_exists() -> None:
    variables = set(re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)(?:=[^`]*)?`", PAGE)) | {*VARIABLES} & set(PAGE.split())
    assert variables - {*VARIABLES, *OTHERS} == set()
    assert {path.name for path in FOLDER.iterdir()} == set(re.findall(r"operations/([\w.-]+)", PAGE))


@on_sqlite
@pytest.mark.own_app
def test_every_figure_that_an_alert_asks_for_is_told(app: Flask, client: FlaskClient) -> None:
    signs = Pulse("here:1")
    with signs.run_of("make documents", 2):
        pass
    signs.say(sessionmaker(db.engine))
    told = client.get("/metrics").text
    asked = set(re.findall(r"\bmingcha_[a-z_]+", PAGE))
    assert len(asked) > 10
    assert {name for name in asked if f"# TYPE {name} " not in told} == set()


def test_the_proxy_sets_what_is_believed_and_shows_no_figures() -> None:
    text = (FOLDER / "mingcha.nginx").read_text()
    for line in (
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_request_buffering on;",
        "location = /metrics { return 404; }",
        "access_log off;",
        "client_max_body_size 2050m;",
    ):
        assert line in text
    assert "$proxy_add_x_forwarded_for" not in text


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """Where there is an nginx; without one, its braces are counted."""
    text = (FOLDER / "mingcha.nginx").read_text()
    assert text.count("{") == text.count("}")
    if nginx := shutil.which("nginx"):
        certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mingcha.example"]
        files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
        subprocess.run([*certificate, *files], check=True, capture_output=True)
        site = text.replace("/etc/ssl/mingcha", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
        site = re.sub(r":(80|443)\b", r":1\1", re.sub(r"listen (80|443)", r"listen 1\1", site))
        whole = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\n{site}\n}}\n"
        (tmp_path / "nginx.conf").write_text(whole)
        tried = subprocess.run(
            [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
        )
        assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize("unit", [*sorted(path.name for path in FOLDER.glob("*.service")), "mingcha-backup.timer"])
def test_units_call_what_there_is_and_systemd_understands_them(unit: str, tmp_path: Path) -> None:
    text = (FOLDER / unit).read_text()
    for command in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE):
        program, verb, *_rest = command.split()
        assert program == "/opt/mingcha/.venv/bin/mingcha" and verb in mingcha.commands
    if unit.endswith(".service"):
        assert "\nUser=mingcha\n" in text and "\nProtectSystem=strict\n" in text
    if analyse := shutil.which("systemd-analyze"):
        for path in FOLDER.glob("*.*"):
            there = path.read_text().replace("/opt/mingcha/.venv/bin/mingcha", "/bin/true")
            (tmp_path / path.name).write_text(there)
        tried = subprocess.run(
            [analyse, "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True, check=False
        )
        complaints = [line for line in tried.stderr.splitlines() if "mingcha" in line]
        assert complaints == [] or tried.returncode == 0, tried.stderr
