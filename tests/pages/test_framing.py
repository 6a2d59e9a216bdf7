"""A sampling frame on its pages: looked at first, recorded only when its sender says so, and never twice."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest

from quality import jobs
from quality.campaigns import uploads
from quality.campaigns.uploads import look_at_what_waits
from quality.core import clock, shelf
from quality.permissions import Role
from quality.watch.pulse import Pulse
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import hire
from tests.harness.purchases import settings
from tests.pages.test_sheets import send
from tests.pages.test_sheets_of_the_desk import HEADING, ROWS

WRONG = [ROWS[0], ROWS[1].replace("Lp01", "X1").replace("L01", "X1").replace("3990", "面议"), "X2,棠梨商城"]


@pytest.fixture
def cast(session, in_field):
    for role in ("coordinator", "reviewer"):
        give_password(session, getattr(in_field, role).person)
    return in_field


@pytest.fixture
def campaign(session, cast):
    return planned(session, cast)


@pytest.fixture
def coordinator(sign_in, cast):
    return sign_in(cast.coordinator)


@pytest.fixture
def frames(app):
    return app.config["SETTINGS"].frames_folder


def csv_of(*rows, heading=HEADING, encoding="utf-8"):
    return "\n".join([heading, *rows]).encode(encoding)


def upload(client, campaign, content=None, name="frame.csv"):
    sent = csv_of(*ROWS) if content is None else content
    answer = send(client, campaign, "frame", file=(io.BytesIO(sent), name))
    answer.request.environ["wsgi.input"].close()  # the test client puts a large form into a file, and leaves it open
    return answer


def report(client, campaign, *rows):
    """The address of the report of an upload."""
    answer = upload(client, campaign, csv_of(*(rows or ROWS)))
    assert answer.status_code == 302, answer.text
    assert re.fullmatch(rf"/desk/campaign/{campaign.number}/frame/[0-9a-f]{{32}}", answer.location)
    return answer.location


def kept(frames):
    return sorted((frames / "uploads").iterdir()) if (frames / "uploads").exists() else []


@on_sqlite
def test_an_upload_is_looked_at_and_nothing_is_recorded_before_its_sender_says_so(coordinator, campaign, frames):
    before, there = campaign.version, set(frames.glob("*.parquet"))
    at = report(coordinator, campaign)
    page = coordinator.get(at).text
    assert (campaign.version, campaign.frame_sha256) == (before, None)
    assert "All 12 rows fit." in page
    assert "棠梨商城/儿童玩具" in page and "39.90 yuan" in page
    assert set(frames.glob("*.parquet")) == there

    assert coordinator.post(f"{at}/take-in", data={"version": campaign.version}).status_code == 302

    assert (campaign.frame_rows, campaign.frame_source, campaign.version) == (12, "frame.csv", before + 1)
    assert (frames / f"{campaign.frame_sha256}.parquet").exists()


@on_sqlite
def test_wrong_rows_are_left_out_only_where_the_sender_says_so(coordinator, campaign):
    at = report(coordinator, campaign, *ROWS, *WRONG)
    page = coordinator.get(at).text
    assert "12 of 15 rows fit, 3 do not." in page
    assert "Leave out the wrong rows (3), and take in the right ones (12)" in page
    assert all(
        said in page for said in ("面议", "another row has the same listing_id", "fewer fields than the heading")
    )

    unsaid = coordinator.post(f"{at}/take-in", data={"version": campaign.version})
    assert (unsaid.status_code, unsaid.text.count('id="leave_out-e"')) == (422, 1)
    assert campaign.frame_sha256 is None

    said = coordinator.post(f"{at}/take-in", data={"version": campaign.version, "leave_out": "1"})
    assert (said.status_code, campaign.frame_rows) == (302, 12)


def test_confirmed_twice_it_is_taken_in_once(coordinator, campaign):
    at = report(coordinator, campaign)
    seen = {"version": campaign.version}
    coordinator.post(f"{at}/take-in", data=seen)
    version = campaign.version
    again = coordinator.post(f"{at}/take-in", data=seen, follow_redirects=True)
    assert (again.status_code, "taken in before" in again.text) == (200, True)
    assert campaign.version == version
    assert "frame already" in coordinator.get(at).text
    assert "the frame stays" in coordinator.post(f"{at}/throw-away", follow_redirects=True).text
    assert campaign.frame_rows == 12


@on_sqlite
def test_a_file_without_one_right_row_is_shown_and_cannot_be_taken_in(coordinator, campaign):
    at = report(coordinator, campaign, "X2,棠梨商城", "X3,棠梨商城")
    assert "0 of 2 rows fit, 2 do not." in coordinator.get(at).text
    answer = coordinator.post(f"{at}/take-in", data={"version": campaign.version, "leave_out": "1"})
    assert (answer.status_code, campaign.frame_sha256) == (422, None)


@on_sqlite
def test_the_file_comes_back_with_what_to_mend_in_each_row(coordinator, campaign):
    at = report(coordinator, campaign, *ROWS, *WRONG)
    answer = coordinator.get(f"{at}/file")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [bool(row[0]) for row in rows[1:]] == [False] * 12 + [True] * 3
    assert [row[1:] for row in rows[1:13]] == [row.split(",") for row in ROWS]


@on_sqlite
def test_a_file_from_an_office_in_gbk_is_read_and_comes_back_in_gbk(coordinator, campaign):
    sent = csv_of(*ROWS, WRONG[1], encoding="gbk")
    at = upload(coordinator, campaign, sent, "名单.csv").location
    assert "CSV, GB 18030" in coordinator.get(at).text
    answer = coordinator.get(f"{at}/file")
    assert answer.headers["Content-Type"] == "text/csv; charset=gb18030"
    assert "棠梨商城" in answer.data.decode("gb18030")
    assert "%E5%90%8D%E5%8D%95" in answer.headers["Content-Disposition"]


def bomb():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/worksheets/sheet1.xml", "w") as s:
        for _ in range(300):
            s.write(bytes(1 << 20))
    return made.getvalue()


@on_sqlite
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((b"", "frame.csv"), "The file is empty"),
        ((HEADING.encode(), "frame.csv"), "The file is empty"),
        ((b"a,b\n1,2", "frame.csv"), "Give the file a column listing_id"),
        ((b"\x89PNG\r\n\x1a\n" + bytes(200), "frame.csv"), "Give the file a column listing_id"),
        ((b"PK\x03\x04" + bytes(90), "frame.xlsx"), "The file is damaged"),
        ((bomb, "frame.xlsx"), "The workbook is too big when unpacked"),
        ((csv_of(*ROWS, 'X9,"棠梨商城'), "frame.csv"), "Close the quotation mark"),
        ((csv_of(*ROWS), "frame.doc"), "Send a table as CSV, XLSX or Parquet"),
        ((csv_of(*ROWS), "frame"), "Send a table as CSV, XLSX or Parquet"),
        ((csv_of(*ROWS), "../../frame.csv.exe"), "Send a table as CSV, XLSX or Parquet"),
    ],
    ids=["empty", "no row", "columns", "picture", "no zip", "bomb", "quotation", "suffix", "no suffix", "path"],
)
def test_what_is_no_table_is_refused_at_its_field_and_not_kept(coordinator, campaign, frames, sent, said):
    content, name = sent
    answer = upload(coordinator, campaign, content() if callable(content) else content, name)
    assert answer.status_code == 422
    assert said in answer.text and 'id="file-e"' in answer.text
    assert (kept(frames), campaign.frame_sha256) == ([], None)


@on_sqlite
def test_a_file_above_the_bound_is_refused_and_not_kept(coordinator, campaign, frames, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    answer = upload(coordinator, campaign)
    assert (answer.status_code, "Send at most" in answer.text) == (422, True)
    assert kept(frames) == []


@on_sqlite
def test_platforms_that_nobody_knows_here_are_named_row_by_row(coordinator, campaign):
    at = report(coordinator, campaign, *ROWS, "X1,无此平台,儿童玩具,S,店,棒,https://item.example/1,1")
    assert "Write a platform that is known here" in coordinator.get(at).text


@on_sqlite
def test_a_hundred_thousand_rows_are_looked_at_and_given_back(coordinator, campaign):
    rows = (f"N{i},棠梨商城,儿童玩具,S{i % 90},店,棒{i},https://item.example/{i},{i}" for i in range(100_000))
    at = report(coordinator, campaign, *rows, *(f"B{i},棠梨商城,儿童玩具,S,店,棒,没有,{i}" for i in range(1_000)))
    assert look_at_what_waits(settings().frames_folder, clock.now()) == 1, "more than is looked at within a request"
    page = coordinator.get(at).text
    assert "100,000 of 101,000 rows fit, 1,000 do not." in page
    assert page.count("<tr>") < 100
    assert coordinator.get(f"{at}/file").data.count(b"\n") == 101_001


@on_sqlite
def test_whoever_approves_the_frame_reads_which_rows_were_left_out_and_why(
    coordinator, campaign, cast, sign_in, session
):
    at = report(coordinator, campaign, *ROWS, *WRONG)
    reviewer, below = sign_in(cast.reviewer), f"/desk/campaign/{campaign.number}/frame/left-out.csv"
    assert reviewer.get(below).status_code == 404
    coordinator.post(f"{at}/take-in", data={"version": campaign.version, "leave_out": "1"})

    page = reviewer.get(f"/desk/campaign/{campaign.number}").text
    assert "Wrong rows of the file, left out: 3." in page and below in page
    rows = list(csv.DictReader(io.StringIO(reviewer.get(below).data.decode("utf-8-sig"), newline="")))
    assert {(row["row"], row["code"]) for row in rows} == {
        ("14", "doubled"),
        ("15", "bad_price"),
        ("16", "too_few_fields"),
    }


# --- whose it is, and how long


@on_sqlite
def test_nobody_else_finds_an_upload(coordinator, campaign, session, cast, sign_in):
    other = hire(session, cast.agency, Role.COORDINATOR)
    give_password(session, other.person)
    session.commit()
    at = report(coordinator, campaign, *ROWS, *WRONG)
    second = sign_in(other)
    for method, where in (
        ("GET", ""),
        ("GET", "/file"),
        ("POST", "/take-in"),
        ("POST", "/again"),
        ("POST", "/throw-away"),
    ):
        assert second.open(at + where, method=method, data={"version": "1"}).status_code == 404, where
    another = planned(session, cast)
    session.commit()
    assert coordinator.get(at.replace(campaign.number, another.number)).status_code == 404
    assert coordinator.get(at[:-1]).status_code == coordinator.get(f"{at[:-32]}..").status_code == 404
    assert sign_in(cast.reviewer).get(at).status_code == 403
    assert coordinator.get(at).status_code == 200


@on_sqlite
def test_a_campaign_that_was_changed_meanwhile_gets_nothing_and_its_file_is_looked_at_again(
    coordinator, campaign, session, cast
):
    at = report(coordinator, campaign)
    old = campaign.version
    from quality.core.workflow import record

    record(session, campaign, "amend", by=cast.coordinator, details={"changed": ["title"]}, facts={"title": "另一个"})
    session.commit()
    assert "was changed after this file was looked at" in coordinator.get(at).text

    for version in (old, campaign.version):
        answer = coordinator.post(f"{at}/take-in", data={"version": version})
        assert (answer.status_code, "Someone else changed this" in answer.text) == (409, True)
    assert campaign.frame_sha256 is None

    assert coordinator.post(f"{at}/again").location == at
    assert coordinator.post(f"{at}/take-in", data={"version": campaign.version}).status_code == 302
    assert campaign.frame_rows == 12


@on_sqlite
def test_a_plan_that_asks_for_a_column_meanwhile_says_so_when_the_file_is_looked_at_again(
    coordinator, campaign, session, cast
):
    from quality.core.workflow import record

    at = report(coordinator, campaign)
    design = campaign.design.replace('"category"', '"price_band"')
    record(session, campaign, "amend", by=cast.coordinator, details={"changed": ["design"]}, facts={"design": design})
    session.commit()
    assert "Give the file a column price_band" in coordinator.post(f"{at}/again").text
    assert campaign.frame_sha256 is None


@on_sqlite
@pytest.mark.parametrize("typed", [{}, {"version": "x"}, {"version": "9" * 30}])
def test_a_confirmation_without_the_version_that_was_seen_is_refused(coordinator, campaign, typed):
    at = report(coordinator, campaign)
    assert coordinator.post(f"{at}/take-in", data=typed).status_code == 422
    assert campaign.frame_sha256 is None


@on_sqlite
def test_a_campaign_past_its_draft_gets_no_other_frame(coordinator, session, cast, frames):
    made = planned(session, cast)
    at = report(coordinator, made)
    coordinator.post(f"{at}/take-in", data={"version": made.version})
    other = report(coordinator, made, *ROWS[:11])
    assert send(coordinator, made, "submit").status_code == 302
    assert coordinator.post(f"{other}/take-in", data={"version": made.version}).status_code == 409
    assert "Only a draft can be given another frame" in coordinator.get(other).text
    assert upload(coordinator, made).status_code == 409
    assert made.frame_rows == 12


@on_sqlite
def test_an_upload_can_be_thrown_away(coordinator, campaign, frames):
    at = report(coordinator, campaign)
    assert coordinator.post(f"{at}/throw-away").status_code == 302
    assert coordinator.get(at).status_code == 404
    assert (kept(frames), campaign.frame_sha256) == ([], None)


@on_sqlite
def test_a_person_keeps_a_few_uploads_and_the_oldest_goes(coordinator, campaign, frames):
    at = [report(coordinator, campaign) for _ in range(shelf.MOST_KEPT + 1)]
    assert [coordinator.get(each).status_code for each in at] == [404] + [200] * shelf.MOST_KEPT
    assert len(kept(frames)) == shelf.MOST_KEPT


@on_sqlite
def test_an_upload_that_nobody_confirmed_is_gone_after_a_day(coordinator, campaign, cast, frames, app):
    at = report(coordinator, campaign)
    half = frames / "uploads" / f".9-9-{'0' * 32}"
    half.mkdir()
    [job] = [each for each in jobs.JOBS if each.name == "throw away old uploads"]
    assert jobs.run(job, app, Pulse("here:1")) and coordinator.get(at).status_code == 200

    cast.clock.advance(hours=25)
    assert coordinator.get(at).status_code == 404
    assert jobs.run(job, app, Pulse("here:1"))
    assert [each for each in kept(frames) if each != half] == []
    uploads.throw_away_old(frames, clock.now() + timedelta(days=9999))
    assert kept(frames) == []
