"""What the command says and how it ends: 0 all at their end, 1 some row is not, 2 no such file, 130 interrupted."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from quality.walk import steps
from tests.harness.databases import on_sqlite
from tests.walk.files import CONFORMING, GOOD, HEADING, write

pytestmark = on_sqlite


def count(address, table):
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        counted = connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return counted


def test_rows_that_cannot_be_used_are_named_the_others_go_on_and_it_ends_with_1(mingcha, at, tmp_path):
    broken = GOOD | {"row": "5", "limit": "由企业自定"}
    path = write(tmp_path / "cases.csv", [broken, CONFORMING, CONFORMING])

    status, printed, said = mingcha("walk", path, "--json")

    assert status == 1
    answer = json.loads(printed)
    assert (answer["rows"], answer["samples"], len(answer["results"])) == (3, 1, 1)
    assert answer["by_status"]["campaigns"] == {"closed": 1}
    first, second = said.splitlines()
    assert first.startswith("row 2 (row=5), limit: ")
    assert second == "row 4 (row=43), item: 诺氟沙星 stands twice"
    assert count(at, "task") == 1  # nothing was begun for the others

    assert mingcha("walk", path, "--json") == (1, printed, said)


def test_a_file_of_which_no_row_can_be_used_begins_nothing(mingcha, at, tmp_path):
    path = write(tmp_path / "cases.csv", [GOOD | {"platform": "棠梨/商城"}, GOOD | {"value": ""}])

    status, printed, said = mingcha("walk", path, "--json")

    assert status == 1
    answer = json.loads(printed)
    assert (answer["rows"], answer["samples"], answer["results"], answer["by_status"]["tasks"]) == (2, 0, [], {})
    assert [line.split(":")[0] for line in said.splitlines()] == ["row 2 (row=181), platform", "row 3 (row=181), value"]
    assert count(at, "event") == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "file: The file is empty"),
        ((",".join(HEADING) + "\n").encode(), "file: The file is empty: give it a heading and a row per test item"),
        ("row,item,value\n1,铅,2".encode(), "platform: Give the file a column platform"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "platform: Give the file a column platform"),
        (b"\xff\xfe\x00", "file: The file is damaged"),
    ],
)
def test_what_is_no_file_of_cases_ends_with_2_and_a_sentence(mingcha, at, tmp_path, content, complaint):
    path = tmp_path / "cases.csv"
    path.write_bytes(content)

    status, printed, said = mingcha("walk", path, "--json")

    assert (status, printed) == (2, "")
    assert said.startswith(complaint)
    assert "Traceback" not in said
    assert count(at, "event") == 0


@pytest.mark.parametrize("name", ["", "nothing.csv"])
def test_a_folder_or_nothing_ends_with_2_and_a_sentence(mingcha, at, tmp_path, name):
    status, printed, said = mingcha("walk", tmp_path / name, "--json")
    assert (status, printed) == (2, "")
    assert str(tmp_path / name) in said


def test_an_interruption_says_that_the_same_command_goes_on(mingcha, at, tmp_path, monkeypatch):
    path = write(tmp_path / "cases.csv", [CONFORMING])

    def interrupted(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as pressed:
        pressed.setitem(steps.SAMPLE_STEPS, steps.SampleStatus.AT_LAB, interrupted)
        status, printed, said = mingcha("walk", path, "--json")
    assert (status, printed) == (130, "")
    assert said.endswith("Interrupted; nothing is half done. The same command goes on from here.\n")

    status, printed, said = mingcha("walk", path, "--json")
    assert (status, said) == (0, "")
    assert json.loads(printed)["by_status"]["samples"] == {"closed": 1}


def test_an_empty_database_gets_its_tables(mingcha, at, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    path = write(tmp_path / "cases.csv", [GOOD | {"limit": "?"}])
    status, printed, said = mingcha("walk", path, "--json")
    assert status == 1
    assert said.startswith("The database is empty; making its tables\n")
    assert json.loads(printed)["rows"] == 1
