"""What `mingcha frame import` prints of one file and of several, and what it tells a terminal meanwhile."""

from __future__ import annotations

import time

import pytest

from quality.campaigns.frame import command, several
from quality.campaigns.frame.engine import engine

FIRST = "listing_id,platform,category\nL1,a,玩具\nL2,a,\n"
SECOND = "listing_id,platform,category,brand\nL3,a,玩 具,竹影\nL1,a,玩具,"


@pytest.fixture
def imported(tmp_path, mingcha, monkeypatch):
    monkeypatch.setenv("FRAMES_FOLDER", str(tmp_path / "store"))
    (tmp_path / "north.csv").write_text(FIRST)
    (tmp_path / "south.csv").write_text(SECOND)
    (tmp_path / "categories.txt").write_text("玩具\n")

    def imported(*words):
        return mingcha("frame", "import", *(str(tmp_path / w) if w.endswith((".csv", ".txt")) else w for w in words))

    return imported


def test_one_file_prints_what_it_always_did(imported):
    status, out, err = imported("north.csv")
    assert status == 0
    assert "row 3, category: " in out
    assert "sha256 " in out
    assert ".to-mend.csv" in out
    assert err == ""


def test_of_several_each_row_is_named_with_its_file_and_what_is_doubtful_goes_to_the_other_stream(imported):
    status, out, err = imported("north.csv", "south.csv", "--categories", "categories.txt", "--rows", "4")
    assert status == 0
    assert "south.csv, row 3, listing_id: " in out
    assert out.count(".to-mend.csv") == 2
    assert "north.csv" in err  # has no column brand
    assert "south.csv" in err  # its last line has no end
    assert "玩 具" in err


def test_another_number_of_rows_than_was_told_freezes_nothing(imported, tmp_path):
    status, out, err = imported("north.csv", "--rows", "3")
    assert (status, out) == (2, "")
    assert "expected_rows: " in err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_a_list_of_categories_that_is_none_is_refused(imported, tmp_path, content):
    (tmp_path / "categories.txt").write_bytes(content)
    status, _out, err = imported("north.csv", "--categories", "categories.txt")
    assert status == 2
    assert "categories: " in err


def test_a_terminal_is_told_which_file_is_read_and_how_far_it_is(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "SECONDS", 0.001)
    (tmp_path / "north.csv").write_text(FIRST)
    with engine(tmp_path / "north.csv") as opened, command.watched(opened, "north.csv"):
        time.sleep(0.02)
    said = capsys.readouterr().err
    assert said.count("north.csv") > 1
    assert said.endswith("\r")  # and the line is empty again


def test_nothing_of_that_goes_into_a_pipe(imported, monkeypatch):
    watched = []
    monkeypatch.setattr(command, "watched", lambda *told: watched.append(told) or several.unwatched(*told))
    assert command.LINE not in imported("north.csv")[2]
    assert not watched
