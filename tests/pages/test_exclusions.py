"""What is left out of a draw: a page with its form, its files, the campaign's page, the API, and the public page."""

from __future__ import annotations

import csv
import io
from typing import Any

import duckdb
import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign, Drawn, FrameLayer
from quality.campaigns.workflow import APPROVE, CLOSE, RETURN, START, SUBMIT
from quality.core import clock
from quality.core.events import Access
from quality.core.workflow import perform
from quality.pages.exclusions import write_csv
from quality.permissions import Role
from quality.targeting import requests
from quality.targeting.coordination.excluding import Asked, exclude
from quality.targeting.coordination.noting import note_some
from quality.targeting.coordination.rules import Reason
from quality.targeting.jobs import lay_over_big_frames
from tests.harness.api import program_of
from tests.harness.campaigns import commit_to, drawn, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import settings
from tests.targeting.test_coordination import drawn_before, of_another

pytestmark = on_sqlite
ALL = {"rules": ["same_listing", "same_product", "same_shop"]}


def client_of(app: Flask, session: Session, actor: Any) -> Any:
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    return client_of(app, session, cast.coordinator)


@pytest.fixture
def draft(session: Session, cast: Cast) -> Campaign:
    campaign = planned(session, cast)
    framed(session, campaign, cast, settings().frames_folder)
    session.commit()
    return campaign


def address(campaign: Campaign, more: str = "") -> str:
    return f"/desk/campaign/{campaign.number}/exclusions{more}"


def test_a_coordinator_compares_a_frame_and_sees_before_and_after(
    coordinator: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    earlier, bought = drawn_before(session, cast)
    session.commit()
    case = f"/desk/campaign/{draft.number}"
    assert "Compare the frame with what was sampled" in coordinator.get(case).text
    assert "The frame was not compared yet" in coordinator.get(address(draft)).text

    assert coordinator.post(address(draft), data=ALL | {"version": draft.version}).status_code == 302
    answer = coordinator.get(address(draft))
    assert f"{len(bought)} listings are left out" in answer.text
    assert earlier.number in answer.text
    assert "Strata before and after" in answer.text
    page = coordinator.get(case).text
    assert "The same listing was sampled lately, within 6 months" in page
    assert f"within 6 months: {len(bought)} listings left out" in page
    session.expire_all()
    coordinator.post(f"{case}/submit", data={"version": draft.version})
    assert address(draft) in coordinator.get(case).text
    assert "Work out what is left out" not in coordinator.get(address(draft)).text

    session.expire_all()
    perform(session, draft, RETURN, by=cast.reviewer, note="请重新比对")
    session.commit()
    coordinator.post(address(draft, "/clear"), data={"version": draft.version})
    assert "Nothing is left out any more" in coordinator.get(address(draft)).text
    assert "The same listing was sampled lately" in coordinator.get(case).text  # what changed since the last review
    session.expire_all()
    assert draft.drawn_from is None


def test_a_rule_is_not_left_off_without_a_word_and_what_was_typed_stays(
    coordinator: Any, session: Session, draft: Campaign
) -> None:
    sent = {"rules": ["same_product"], "version": draft.version}
    answer = coordinator.post(address(draft), data=sent)
    assert answer.status_code == 422
    assert "Say why not all of the rules are kept" in answer.text
    assert answer.text.count(" checked>") == 1
    assert coordinator.post(address(draft), data=sent | {"rules": ["luck"]}).status_code == 422
    late = coordinator.post(address(draft), data=ALL | {"version": draft.version - 1})
    assert (late.status_code, session.scalars(sa.select(FrameLayer)).all()) == (409, [])


def test_which_listings_are_left_out_is_a_look_at_what_was_drawn_and_no_formula(
    coordinator: Any, session: Session, cast: Cast, draft: Campaign, tmp_path: Any
) -> None:
    _earlier, bought = drawn_before(session, cast)
    exclude(session, draft, Asked(), by=cast.coordinator, frames=settings().frames_folder)
    session.commit()
    rows = list(csv.DictReader(io.StringIO(coordinator.get(address(draft, "/listings.csv")).data.decode("utf-8-sig"))))
    assert [row["listing_id"] for row in rows] == bought
    assert {row["reason"] for row in rows} == {"same_listing"}
    assert [look.what for look in session.scalars(sa.select(Access))] == ["drawn_list"]
    book = openpyxl.load_workbook(io.BytesIO(coordinator.get(address(draft, "/listings.xlsx")).data)).active
    assert [row[0].value for row in book.iter_rows(min_row=2)] == bought

    layer = tmp_path / "odd"
    query = "SELECT '=1+1' AS listing_id, 'same_shop' AS reason, NULL::DATE AS until, '' AS campaign"
    with duckdb.connect() as con:
        con.execute(f"COPY ({query}) TO '{layer}' (FORMAT parquet)")
    write_csv(layer, tmp_path / "out.csv")
    assert "'=1+1" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_the_agency_above_reads_neither(app: Flask, session: Session, cast: Cast, draft: Campaign) -> None:
    exclude(session, draft, Asked(), by=cast.coordinator, frames=settings().frames_folder)
    above = hire(session, cast.above, Role.COORDINATOR)
    higher = client_of(app, session, above)
    for page in ("", "/listings.csv", "/listings.xlsx"):
        assert higher.get(address(draft, page)).status_code == 404
    assert program_of(app, session, above).get(f"/campaigns/{draft.number}/exclusions").status_code == 404


def test_of_a_superior_nothing_leaks_but_that_it_has_it(
    app: Flask, coordinator: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    theirs, bought = drawn_before(session, of_another(session, cast, cast.above))
    exclude(session, draft, Asked(), by=cast.coordinator, frames=settings().frames_folder)
    session.commit()
    told = program_of(app, session, cast.coordinator).get(f"/campaigns/{draft.number}/exclusions").get_json()
    assert told["found"] == [{"reason": "superior_authority", "campaign": None, "listings": len(bought)}]
    pages = [coordinator.get(address(draft, each)) for each in ("", "/listings.csv")]
    pages.append(coordinator.get(f"/desk/campaign/{draft.number}"))
    for page in pages:
        assert theirs.number not in page.text
        assert theirs.title not in page.text or theirs.title == draft.title
    assert "of a superior authority" in pages[0].text
    assert session.scalars(sa.select(Access)).all() == []  # no campaign that they could look at


def test_a_program_compares_asks_and_undoes(app: Flask, session: Session, cast: Cast, draft: Campaign) -> None:
    earlier, bought = drawn_before(session, cast)
    session.commit()
    program, at = program_of(app, session, cast.coordinator), f"/campaigns/{draft.number}/exclusions"
    assert (program.get(at).get_json()["state"], program.get(at).get_json()["reasons"]) == ("none", [])
    told = program.post(at, {"version": draft.version, "campaigns": [earlier.number]}).get_json()
    assert (told["state"], told["listings"], told["outdated"]) == ("done", len(bought), False)
    assert told["found"] == [{"reason": "same_listing", "campaign": earlier.number, "listings": len(bought)}]
    assert sum(each["before"] - each["after"] for each in told["strata"]) == len(bought)
    wrong = program.post(at, {"version": told["version"], "campaigns": ["C-0"]})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (422, "campaigns")
    undone = program.post(f"/campaigns/{draft.number}/clear_exclusions", {"version": told["version"]})
    assert undone.status_code == 200
    assert program.get(at).get_json()["listings"] == 0


def test_where_nothing_was_sampled_lately_nobody_is_asked_to_compare(
    coordinator: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    case = f"/desk/campaign/{draft.number}"
    assert "Nothing, by this agency or one above it" in coordinator.get(case).text
    drawn_before(session, of_another(session, cast, cast.above))
    note_some(session)
    session.commit()
    assert "Compare the frame with what was sampled" in coordinator.get(case).text


def test_a_big_frame_waits_for_a_job_and_its_page_says_how_far_it_is(
    app: Flask, coordinator: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    session.execute(sa.update(Campaign).values(frame_rows=requests.SOON + 1))
    session.commit()
    program, at = program_of(app, session, cast.coordinator), f"/campaigns/{draft.number}/exclusions"
    answer = program.post(at, {"version": draft.version})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "waiting")
    page = coordinator.get(address(draft))
    assert page.headers["Refresh"] == "5"
    assert "This page asks again" in page.text
    assert "The frame is being compared" in coordinator.get(f"/desk/campaign/{draft.number}").text

    perform(session, draft, SUBMIT, by=cast.coordinator)
    session.commit()
    lay_over_big_frames(sessionmaker(session.get_bind()), settings().frames_folder, clock.now())
    page = coordinator.get(address(draft))
    assert "The frame could not be compared: Only a draft can be changed" in page.text
    assert "Refresh" not in page.headers
    assert program.get(at).get_json()["state"] == "failed"


def test_what_was_sampled_meanwhile_is_said_and_the_reviewer_cannot_freeze(
    app: Flask, coordinator: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    exclude(session, draft, Asked((Reason.SAME_LISTING,), note="同店不同款"), by=cast.coordinator,
            frames=settings().frames_folder)  # fmt: skip
    drawn_before(session, cast)
    cast.clock.moment += requests.LOST
    note_some(session)
    session.commit()
    assert "Since then something was sampled" in coordinator.get(address(draft)).text
    assert "Something was sampled since: compare again" in coordinator.get(f"/desk/campaign/{draft.number}").text
    perform(session, draft, SUBMIT, by=cast.coordinator)
    perform(session, draft, APPROVE, by=cast.reviewer)
    session.commit()
    later = clock.rfc3339(clock.now() + requests.LOST)
    given = {"version": draft.version, "public_event": "云州体育彩票第26102期", "public_event_at": later}
    answer = program_of(app, session, cast.reviewer).post(f"/campaigns/{draft.number}/freeze", given)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "sampled_since")


def test_the_public_reads_how_many_were_left_out_from_closing_on_and_not_before(
    client: Any, session: Session, cast: Cast, draft: Campaign
) -> None:
    _earlier, bought = drawn_before(session, cast)
    frames = settings().frames_folder
    exclude(session, draft, Asked(), by=cast.coordinator, frames=frames)
    for move, by in ((SUBMIT, cast.coordinator), (APPROVE, cast.reviewer)):
        perform(session, draft, move, by=by)
    commit_to(session, draft, cast, frames)
    drawn(session, draft, cast, frames)
    session.commit()
    at = f"/draws/{draft.number}"
    assert "left_out" not in client.get(f"{at}.json").json
    assert "Left out before the draw" not in client.get(f"{at}?lang=en").text
    for move in (START, CLOSE):
        perform(session, draft, move, by=cast.coordinator)
    session.commit()
    said = client.get(f"{at}.json").json
    assert said["left_out"] == {"same_listing": len(bought)}
    assert not {each["listing_id"] for each in said["result"]} & set(bought)
    published = list(csv.DictReader(io.StringIO(client.get(said["frame"]).text)))
    assert not {row["listing_id"] for row in published} & set(bought)
    assert "Left out before the draw" in client.get(f"{at}?lang=en").text
    assert session.scalars(sa.select(Drawn.listing_id).where(Drawn.campaign_id == draft.id)).all()


def test_a_campaign_without_a_frame_and_a_follow_up_say_why_there_is_nothing(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    bare, follow_up = planned(session, cast), planned(session, cast, follow_up=True)
    framed(session, follow_up, cast, settings().frames_folder)
    session.commit()
    assert "Import the sampling frame first" in coordinator.get(address(bare)).text
    page = coordinator.get(address(follow_up)).text
    assert "A follow-up looks at the same again" in page
    assert "Leave out the same listing" not in page
    assert "A follow-up may draw it again" in coordinator.get(f"/desk/campaign/{follow_up.number}").text
