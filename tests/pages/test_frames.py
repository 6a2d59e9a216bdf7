"""The sampling frames of an agency on their pages: listed, shown, taken up from the server, chosen for a plan."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.frame import import_frame
from quality.campaigns.frame.kept import HASHES, PORTRAIT
from quality.campaigns.frame.noted import SAID, note
from quality.campaigns.models import Campaign, Frame
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.pages.test_framing import csv_of, report, upload
from tests.pages.test_sheets import send
from tests.pages.test_sheets_of_the_desk import ROWS


@pytest.fixture
def cast(session: Session, in_field: Any) -> Any:
    for role in ("coordinator", "reviewer"):
        give_password(session, getattr(in_field, role).person)
    return in_field


@pytest.fixture
def campaign(session: Session, cast: Any) -> Campaign:
    return planned(session, cast)


@pytest.fixture
def coordinator(sign_in: Any, cast: Any) -> Any:
    return sign_in(cast.coordinator)


@pytest.fixture
def folder(app: Any) -> Any:
    return app.config["SETTINGS"].frames_folder


def on_the_server(folder: Any, tmp_path: Any, *rows: str) -> str:
    source = tmp_path / "大清单.csv"
    source.write_bytes(csv_of(*rows))
    report = import_frame(source, folder)
    note(report, folder)
    return report.sha256


def test_what_one_campaign_took_in_is_there_for_the_next(
    coordinator: Any, session: Session, cast: Any, campaign: Campaign, folder: Any
) -> None:
    at = report(coordinator, campaign, *ROWS, "X2,棠梨商城")
    coordinator.post(f"{at}/take-in", data={"version": campaign.version, "leave_out": "1"})
    frame = session.scalars(sa.select(Frame).order_by(Frame.id.desc())).first()
    assert frame
    assert (frame.sha256, frame.name, frame.rows, frame.accepted, frame.refused) == (
        campaign.frame_sha256,
        "frame.csv",
        13,
        12,
        1,
    )
    assert (
        json.loads((folder / f"{frame.sha256}{HASHES}").read_text())['["platform", "category"]'] == campaign.frame_hash
    )
    assert f"/desk/frames/{frame.id}" in coordinator.get("/desk/frames/").text
    shown = coordinator.get(f"/desk/frames/{frame.id}").text
    assert campaign.number in shown and frame.sha256 in shown
    assert (folder / f"{frame.sha256}{PORTRAIT}").exists(), "what the dry run worked out goes with the frame"
    for said in ("Listings by category and platform", "20.00 yuan to below 50.00 yuan", "Half of the listings are of"):
        assert said in shown

    other = planned(session, cast)
    session.commit()
    assert (
        f'value="{frame.id}" selected' in coordinator.get(f"/desk/campaign/{other.number}/frame?frame={frame.id}").text
    )
    answer = send(coordinator, other, "frame", frame=str(frame.id))
    assert re.fullmatch(rf"/desk/campaign/{other.number}/frame/[0-9a-f]{{32}}", answer.location)
    assert "All 12 rows fit." in coordinator.get(answer.location).text
    coordinator.post(f"{answer.location}/take-in", data={"version": other.version})
    assert (other.frame_sha256, other.frame_source, other.frame_hash) == (
        campaign.frame_sha256,
        "frame.csv",
        campaign.frame_hash,
    )
    assert session.scalars(sa.select(sa.func.count()).where(Frame.sha256 == frame.sha256)).one() == 1


@on_sqlite
def test_what_the_command_froze_is_taken_up_by_its_sha256(
    coordinator: Any, session: Session, folder: Any, tmp_path: Any
) -> None:
    sha256 = on_the_server(folder, tmp_path, *ROWS[:5], "X2,棠梨商城")
    answer = coordinator.post("/desk/frames/", data={"sha256": f" {sha256.upper()} "})
    assert "大清单.csv can be chosen for a campaign from now on" in coordinator.get(answer.location).text
    frame = session.scalars(sa.select(Frame).where(Frame.sha256 == sha256)).one()
    assert (frame.rows, frame.accepted, frame.refused, frame.encoding) == (6, 5, 1, "utf-8")
    assert coordinator.post("/desk/frames/", data={"sha256": sha256}).status_code == 302
    assert len(session.scalars(sa.select(Frame).where(Frame.sha256 == sha256)).all()) == 1


@on_sqlite
def test_a_frame_that_was_imported_before_there_were_notes_is_counted(
    coordinator: Any, session: Session, folder: Any, tmp_path: Any
) -> None:
    sha256 = on_the_server(folder, tmp_path, *ROWS[:4])
    (folder / f"{sha256}{SAID}").unlink()
    coordinator.post("/desk/frames/", data={"sha256": sha256})
    frame = session.scalars(sa.select(Frame).where(Frame.sha256 == sha256)).one()
    assert (frame.rows, frame.name) == (4, f"{sha256[:12]}.parquet")


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Copy the 64 digits"),
        ("x" * 64, "Copy the 64 digits"),
        ("a" * 64, "No frame with this sha256"),
        ("../" + "a" * 61, "Copy the 64 digits"),
    ],
)
def test_what_names_no_frame_is_told_so_and_stays_in_the_field(
    coordinator: Any, session: Session, typed: str, said: str
) -> None:
    answer = coordinator.post("/desk/frames/", data={"sha256": typed})
    assert (answer.status_code, said in answer.text, f'value="{typed}"' in answer.text) == (422, True, True)


@on_sqlite
def test_frames_are_the_own_agencys_and_only_who_plans_takes_one_up(
    coordinator: Any, session: Session, sign_in: Any, cast: Any, campaign: Campaign
) -> None:
    frame = session.scalars(sa.select(Frame)).first()
    assert frame, "the road begins with a campaign that is drawn from one"
    frame.agency_id = cast.above.id
    session.commit()
    assert coordinator.get(f"/desk/frames/{frame.id}").status_code == 404
    assert send(coordinator, campaign, "frame", frame=str(frame.id)).status_code == 422
    assert coordinator.get(f"/desk/campaign/{campaign.number}/frame?frame={frame.id}").status_code == 404
    page = coordinator.get("/desk/frames/").text
    assert "No frame was imported yet" in page
    reviewer = sign_in(cast.reviewer)
    assert 'name="sha256"' not in reviewer.get("/desk/frames/").text
    assert reviewer.post("/desk/frames/", data={"sha256": "a" * 64}).status_code == 403


@on_sqlite
def test_a_file_and_a_frame_at_once_or_neither_is_asked_again(
    coordinator: Any, session: Session, campaign: Campaign
) -> None:
    frame = session.scalars(sa.select(Frame.id)).first()
    for answer in (
        upload(coordinator, campaign, name=""),
        send(coordinator, campaign, "frame", frame=str(frame), file=(io.BytesIO(csv_of(*ROWS)), "f.csv")),
    ):
        assert (answer.status_code, "Choose either a file or a frame that is there" in answer.text) == (422, True)


@on_sqlite
def test_a_frame_whose_file_is_gone_says_so(
    coordinator: Any, session: Session, campaign: Campaign, folder: Any
) -> None:
    frame = session.scalars(sa.select(Frame)).first()
    assert frame
    (folder / f"{frame.sha256}.parquet").unlink()
    assert "not kept here any more" in coordinator.get(f"/desk/frames/{frame.id}").text
    answer = send(coordinator, campaign, "frame", frame=str(frame.id))
    assert (answer.status_code, "not kept here any more" in answer.text) == (422, True)


@on_sqlite
def test_a_long_list_goes_on_where_a_page_ended(coordinator: Any, session: Session, cast: Any) -> None:
    first = session.scalars(sa.select(Frame)).first()
    assert first
    for number in range(31):
        session.add(
            Frame(
                agency_id=cast.agency.id,
                sha256=f"{number:064x}",
                name=f"表{number}.csv",
                encoding="utf-8",
                rows=1,
                accepted=1,
                refused=0,
                imported_at=first.imported_at,
                imported_by_id=first.imported_by_id,
            )
        )
    session.commit()
    page = coordinator.get("/desk/frames/").text
    assert "表30.csv" in page and "表0.csv" not in page
    older = re.search(r'href="(/desk/frames/\?before=\d+)"', page)
    assert older
    assert "表0.csv" in coordinator.get(older[1]).text
    assert "Nothing older" in coordinator.get("/desk/frames/?before=1").text


# --- columns that somebody says

ODD = "编码,platform,类目,title,价,备注\n" + "".join(f"L{i},棠梨商城,儿童玩具,积木{i},{i}.50,好\n" for i in range(1, 7))


@on_sqlite
def test_a_file_whose_headings_are_not_understood_waits_for_what_they_mean_and_its_source_remembers(
    coordinator: Any, session: Session, campaign: Campaign, cast: Any
) -> None:
    waits = send(coordinator, campaign, "frame", source="棠梨 商城", file=(io.BytesIO(ODD.encode()), "odd.csv"))
    page = coordinator.get(waits.location).text
    assert "Give the file a column listing_id" in page and f"{waits.location}/columns" in page
    columns = coordinator.get(f"{waits.location}/columns").text
    assert "L1 · L2 · L3 · L4 · L5" in columns
    assert re.search(r'name="map_1".*?value="platform" selected', columns)

    again = coordinator.post(f"{waits.location}/columns", data={"map_0": "listing_id", "map_2": ""})
    assert (again.status_code, "Give the file a column category" in again.text) == (422, True)
    assert re.search(r'name="map_0".*?value="listing_id" selected', again.text)
    assert coordinator.post(f"{waits.location}/columns", data={"map_0": "colour"}).status_code == 422

    said = {"map_0": "listing_id", "map_1": "platform", "map_2": "category", "map_4": "price_yuan", "map_5": "-"}
    assert coordinator.post(f"{waits.location}/columns", data=said).location == waits.location
    assert "All 6 rows fit." in coordinator.get(waits.location).text
    coordinator.post(f"{waits.location}/take-in", data={"version": campaign.version})
    assert campaign.frame_rows == 6
    frame = session.scalars(sa.select(Frame).where(Frame.sha256 == campaign.frame_sha256)).one()
    assert frame.source
    assert (frame.source.name, frame.source.mapping["价"]) == ("棠梨 商城", "price_yuan")

    other = planned(session, cast)
    session.commit()
    next_one = send(coordinator, other, "frame", source="棠梨 商城", file=(io.BytesIO(ODD.encode()), "next.csv"))
    assert "All 6 rows fit." in coordinator.get(next_one.location).text


@on_sqlite
def test_columns_are_said_by_the_sender_only_and_of_a_draft(
    coordinator: Any, session: Session, campaign: Campaign, sign_in: Any, cast: Any
) -> None:
    at = report(coordinator, campaign)
    assert "What its columns mean" in coordinator.get(at).text
    assert coordinator.get(f"{at}/columns").status_code == 200
    assert coordinator.get(f"{at[:-32]}{'0' * 32}/columns").status_code == 404
    assert sign_in(cast.reviewer).get(f"{at}/columns").status_code == 403
    coordinator.post(f"{at}/take-in", data={"version": campaign.version})
    send(coordinator, campaign, "submit")
    assert coordinator.post(f"{at}/columns", data={}).status_code == 409
