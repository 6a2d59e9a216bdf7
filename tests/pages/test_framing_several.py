"""A sampling frame of several files on its pages, with the rows that it should have and categories nobody names."""

from __future__ import annotations

import io

import duckdb
import pytest

from quality.campaigns import uploads
from tests.harness.databases import on_sqlite
from tests.pages.test_framing import campaign, cast, coordinator, csv_of, frames, kept  # noqa: F401 - fixtures
from tests.pages.test_sheets import send
from tests.pages.test_sheets_of_the_desk import HEADING, ROWS

pytestmark = on_sqlite
NORTH, SOUTH = ROWS[:6], [ROWS[0], *ROWS[6:]]


def sent(client, case, *contents, **typed):
    files = [(io.BytesIO(content), f"part{place}.csv") for place, content in enumerate(contents, 1)]
    answer = send(client, case, "frame", file=files, **typed)
    answer.request.environ["wsgi.input"].close()  # the test client puts a large form into a file, and leaves it open
    return answer


def test_several_files_become_one_frame_and_each_comes_back_with_its_own_reasons(coordinator, campaign, frames):  # noqa: F811
    at = sent(coordinator, campaign, csv_of(*NORTH), csv_of(*SOUTH), expected_rows="13").location
    page = coordinator.get(at).text
    assert "12 of 13 rows fit, 1 do not." in page
    assert "a file before this one has the same listing_id" in page
    assert "part1.csv: 2)" in page  # where the row stands that is kept
    assert "Rows that it should have" in page

    first, second = (coordinator.get(f"{at}/file?place={place}").get_data().decode("utf-8-sig") for place in (0, 1))
    assert "same listing_id" not in first
    assert "same listing_id" in second.splitlines()[1]
    assert coordinator.get(f"{at}/file?place=2").status_code == 404

    coordinator.post(f"{at}/take-in", data={"version": campaign.version, "leave_out": "1"})
    assert (campaign.frame_rows, campaign.frame_source) == (12, "part1.csv + part2.csv")


def test_columns_that_a_file_lacks_and_files_that_may_be_cut_off_are_named(coordinator, campaign):  # noqa: F811
    rows = [f"{row},竹影" for row in SOUTH[1:]]
    at = sent(coordinator, campaign, csv_of(*NORTH) + b"\n", csv_of(*rows, heading=f"{HEADING},货架")).location
    page = coordinator.get(at).text
    assert "Columns that some files lack" in page
    assert "货架" in page
    assert "(part2.csv)" in page


@pytest.mark.parametrize("typed", ["13", "11", "0"])
def test_another_number_of_rows_is_said_at_its_field_and_the_file_is_not_kept(coordinator, campaign, frames, typed):  # noqa: F811
    answer = sent(coordinator, campaign, csv_of(*ROWS), expected_rows=typed)
    assert answer.status_code == 422
    assert f"12 rows were found, and {typed} are expected" in answer.text
    assert 'id="expected_rows-e"' in answer.text
    assert kept(frames) == []


def test_the_same_file_twice_and_too_many_files_are_refused(coordinator, campaign, frames, monkeypatch):  # noqa: F811
    page = sent(coordinator, campaign, csv_of(*ROWS), csv_of(*ROWS)).text
    assert "holds the same as part1.csv" in page
    assert "Choose these files again: part1.csv, part2.csv" in page
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    assert "Send at most 1 files" in sent(coordinator, campaign, csv_of(*NORTH), csv_of(*SOUTH)).text
    assert kept(frames) == []


def test_a_category_that_nobody_names_is_told_and_can_be_called_otherwise(coordinator, campaign, frames):  # noqa: F811
    rows = [ROWS[0].replace("儿童玩具", "儿童 玩具"), ROWS[1].replace("儿童玩具", '"玩具,木制"'), *ROWS[2:]]
    at = sent(coordinator, campaign, csv_of(*rows)).location
    page = coordinator.get(at).text
    assert "In 2 of the right rows stands a category that no plan and no standard of this agency names." in page
    assert "perhaps 儿童玩具" in page
    assert "玩具,木制" in page

    wrong = coordinator.post(f"{at}/categories", data={"call_0": "玩具/木", "call_1": ""})
    assert wrong.status_code == 422
    assert 'value="玩具/木"' in wrong.text
    assert "Remove the /" in wrong.text

    order = ["儿童 玩具", "玩具,木制"]
    typed = {f"call_{order.index(name)}": said for name, said in zip(order, ["儿童玩具", ""], strict=True)}
    assert coordinator.post(f"{at}/categories", data=typed).location == at
    page = coordinator.get(at).text
    assert "In 1 of the right rows stands a category" in page
    assert "儿童 玩具 → 儿童玩具" in page
    coordinator.post(f"{at}/take-in", data={"version": campaign.version})
    dossier = coordinator.get(f"/desk/campaign/{campaign.number}").text
    assert "儿童 玩具 → 儿童玩具" in dossier
    assert "Rows in categories that nobody names" in dossier
    with duckdb.connect() as con:
        found = con.execute(f"SELECT DISTINCT category FROM '{frames / campaign.frame_sha256}.parquet' ORDER BY 1")
        assert found.fetchall() == [("儿童玩具",), ("玩具,木制",)]
