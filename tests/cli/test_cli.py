"""What a person at a terminal gets: sentences in their language, and an exit status that a script can read."""

from __future__ import annotations

import json

import pytest

from quality import cli
from quality.cli import running


@pytest.mark.parametrize(
    ("words", "environ", "language"),
    [
        ([], {}, "zh"),
        ([], {"LANG": "C.UTF-8"}, "zh"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        (["--lang", "en", "due"], {}, "en"),
        (["--lang=zh", "due"], {"LANG": "en_US"}, "zh"),
        (["judge", "--lang=en"], {}, "zh"),
        (["--lang"], {}, "zh"),
    ],
)
def test_the_language_is_chosen_by_the_option_then_the_terminal(words, environ, language):
    assert cli.chosen_language(words, environ) == language


def test_help_is_in_the_language_asked_for(mingcha):
    assert "The due date of a clock" in mingcha("--lang", "en", "due", "--help")[1]
    assert "期限" in mingcha("--lang", "zh", "due", "--help")[1]


def test_what_was_typed_wrong_is_answered_with_a_sentence_and_2(mingcha):
    status, printed, complaint = mingcha("due", "to_lab", "tomorrow")

    assert (status, printed) == (2, "")
    assert complaint.startswith("start: ")
    assert "Traceback" not in complaint


def test_a_file_that_is_not_there_is_2(mingcha):
    assert mingcha("judge", "/nowhere.csv")[0] == 2


def test_a_seed_that_is_given_twice_draws_nothing(mingcha, tmp_path):
    (tmp_path / "frame.csv").write_text("listing_id\nL1\n")
    (tmp_path / "design.json").write_text(
        json.dumps({"strata": [], "allocation": {"method": "equal", "n": 1, "min_per_stratum": 2}})
    )
    draw = ("draw", str(tmp_path / "frame.csv"), str(tmp_path / "design.json"), "--out", str(tmp_path / "out.csv"))

    status, _printed, complaint = mingcha("--lang", "en", *draw, "--seed", "5f", "--seed", "5f")
    assert (status, complaint) == (2, "--seed: Give --seed once: it decides the draw\n")
    assert not (tmp_path / "out.csv").exists()
    status, _printed, complaint = mingcha("--lang", "en", *draw, "--seed", "5f")
    assert (status, complaint) == (0, "Stratum —: fewer listings than the minimum, all 1 are taken\n")
    assert mingcha(*draw)[0] == 2


def test_missing_configuration_is_explained_and_2(mingcha, monkeypatch):
    monkeypatch.setattr("quality.core.config.everything_given", dict)

    status, _printed, complaint = mingcha("--lang", "en", "serve")

    assert status == 2
    assert "SECRET_KEY: missing; it signs sessions and forms." in complaint


def test_due_prints_json_that_programs_read(mingcha):
    status, printed, _complaint = mingcha("due", "to_lab", "2026-09-30T10:00:00+08:00", "--json")

    assert status == 0
    assert json.loads(printed)["due_at"] == "2026-10-14T00:00:00+08:00"


def test_secrets_never_overwrites(mingcha, monkeypatch, tmp_path):
    monkeypatch.setattr(running, "CHECKOUT", tmp_path)
    monkeypatch.setattr(running, "everything_given", lambda: {"SECRET_KEY": "mine"})

    status, printed, _complaint = mingcha("--lang", "en", "secrets")

    assert status == 0
    assert "Wrote RECORD_SIGNING_KEY into .env" in printed
    assert "SECRET_KEY=" not in (tmp_path / ".env").read_text()
