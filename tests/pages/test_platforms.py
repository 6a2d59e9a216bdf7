"""Platforms in figures, on pages and by the API: for agencies, and for each platform of itself."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.clocks.models import ChangeKind, Clock, ClockChange
from quality.evidence.models import EvidenceKind
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer, send_back
from quality.people.models import Organisation
from tests.harness.api import program_of, wrong
from tests.harness.beginnings import Concluded
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import desk_of, notice_at, removed, seen, verified
from tests.harness.people import Cast
from tests.harness.purchases import picture

pytestmark = on_sqlite
OWN = "To remove, without granted pauses"


@pytest.fixture
def told(session: Session, concluded: Concluded, clock: HeldClock) -> Notice:
    """Two listings with one file as proof: one verified, one said to be gone and still there."""
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ACKNOWLEDGED, *concluded.bad)
    notice_at(session, cast, NoticeStatus.ISSUED, concluded.elsewhere)
    clock.advance(hours=30)
    desk = desk_of(cast, notice)
    proof = picture(session, desk, EvidenceKind.PLATFORM_PROOF).sha256
    answer(session, notice, [removed(item, evidence=[proof]) for item in notice.items], by=desk)
    clock.advance(hours=3)
    good, bad = notice.items
    verified(session, cast, good)
    seen(session, cast, bad, gone=False)
    send_back(session, bad, by=cast.coordinator)
    for actor in (cast.coordinator, cast.buyer, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return notice


def test_an_agency_reads_the_table_and_the_cases_behind_what_stands_out(
    app: Flask, concluded: Concluded, told: Notice
) -> None:
    client = sign_in(app, concluded.cast.coordinator)
    table = client.get("/desk/platforms/").text
    assert "too few to rank" in table
    assert "Claims that our looks contradict" in table
    assert "The same file twice" in table
    assert "Notices: 1, listings: 2" in table
    address = f"/desk/platforms/{told.platform.code}"
    assert address in table
    page = client.get(address).text
    assert page.count(f"/desk/notice/{told.number}") == 3  # two listings with one file, one contradicted
    assert all(item.listing_id in page for item in told.items)
    assert "1 of 2" in page
    assert "Sep 2026" in page
    assert client.get("/desk/platforms/NOBODY").status_code == 404
    assert client.get(f"/desk/platforms/{concluded.cast.laboratory.code}").status_code == 404


def test_a_platform_reads_of_itself_what_agencies_read_of_it_and_of_nobody_else(
    app: Flask, concluded: Concluded, told: Notice
) -> None:
    cast = concluded.cast
    desk, other = (cast.desk, cast.other_desk) if desk_of(cast, told) is cast.desk else (cast.other_desk, cast.desk)
    client = sign_in(app, desk)
    page = client.get("/desk/standing/").text
    assert "Facts from your own answers" in page
    assert told.items[1].listing_id in page
    assert 'href="/desk/standing/"' in client.get("/desk/notice/").text  # its menu leads there
    assert client.get("/desk/platforms/").status_code == 403
    stranger = sign_in(app, other).get("/desk/standing/").text
    assert told.items[1].listing_id not in stranger
    assert sign_in(app, cast.buyer).get("/desk/standing/").status_code == 403


@pytest.mark.parametrize("address", ["/desk/platforms/", "/desk/platforms/{code}", "/desk/standing/"])
def test_the_days_are_those_that_were_asked_for_and_what_makes_no_sense_is_named(
    app: Flask, concluded: Concluded, told: Notice, address: str
) -> None:
    here = address.format(code=told.platform.code)
    client = sign_in(app, concluded.cast.desk if "standing" in here else concluded.cast.coordinator)
    empty = client.get(here, query_string={"from": "2026-08-01", "to": "2026-08-31"})
    assert empty.status_code == 200
    assert "No notice was issued in this period" in empty.text
    assert 'value="2026-08-31"' in empty.text
    for typed, said in (
        ({"from": "yesterday"}, "Write a day as 2026-10-09"),
        ({"from": "2026-08-02", "to": "2026-08-01"}, "Choose a last day that is not before the first"),
        ({"from": "2001-01-01"}, "five years at most"),
        ({"from": "2027-01-01"}, "This day is still to come"),
    ):
        page = client.get(here, query_string=typed)
        assert page.status_code == 422
        assert said in page.text
        assert all(f'value="{text}"' in page.text for text in typed.values())


def test_programs_of_both_sides_read_the_same_figures(
    app: Flask, session: Session, concluded: Concluded, told: Notice
) -> None:
    cast: Cast = concluded.cast
    agency, platform = program_of(app, session, cast.coordinator), program_of(app, session, desk_of(cast, told))
    listed = agency.get("/platforms/figures").get_json()["items"]
    assert [line["figures"]["notices"] for line in listed] == [1, 1]
    line = next(each for each in listed if each["platform"]["code"] == told.platform.code)
    assert line["figures"]["at_first_look"]["known"] == {"hits": 1, "of": 2, "rate": None, "low": None, "high": None}
    assert line["figures"]["remove"]["median"] == 30 * 3600
    assert line["figures"]["remove"]["waiting"] == 0  # it went back, and they are not known to know of it
    assert line["place"] is None
    raised = {sign["sign"]: sign["cases"] for sign in line["signs"] if sign["raised"]}
    assert raised == {"same_file": 2, "contradicted": 1}
    one: dict[str, Any] = agency.get(f"/platforms/{told.platform.code}/figures").get_json()
    assert one["figures"] == line["figures"] == one["months"][0]["figures"]
    assert (one["from"], one["to"], one["months"][0]["month"]) == ("2025-09-04", "2026-09-03", "2026-09")
    [contradicted] = next(sign["instances"] for sign in one["signs"] if sign["sign"] == "contradicted")
    assert (contradicted["notice"], contradicted["listing_id"]) == (told.number, told.items[1].listing_id)
    assert platform.get("/platform/standing").get_json() == one
    assert wrong(agency.get("/platforms/figures?from=2026-09-02&to=2026-09-01")) == {"to": "before_from"}
    assert set(wrong(agency.get("/platforms/figures?from=soon"))) == {"from"}
    assert agency.get("/platforms/NOBODY/figures").status_code == 404
    assert platform.get("/platforms/figures").status_code == 403
    assert platform.get(f"/platforms/{told.platform.code}/figures").status_code == 404
    assert agency.get("/platform/standing").status_code == 403


def test_the_figures_are_a_workbook_too_in_which_nothing_is_calculated(
    app: Flask, session: Session, concluded: Concluded, told: Notice
) -> None:
    session.execute(sa.update(Organisation).where(Organisation.id == told.platform_id).values(name="=HYPERLINK(1)"))
    [removal] = session.scalars(sa.select(Clock).where(Clock.case_id == told.id, Clock.rule == told.removal_rule))
    for kind, hours in ((ChangeKind.PAUSE, 1), (ChangeKind.RESUME, 13)):
        at = removal.started_at + timedelta(hours=hours)
        session.add(ClockChange(clock_id=removal.id, kind=kind, reason="系统检修", at=at, by="system"))
    session.commit()
    client = sign_in(app, concluded.cast.coordinator)
    assert "with granted pauses: " in client.get(f"/desk/platforms/{told.platform.code}").text
    desk = sign_in(app, desk_of(concluded.cast, told))
    for reader, address, first in (
        (client, "/desk/platforms/figures.xlsx", None),
        (client, f"/desk/platforms/{told.platform.code}/figures.xlsx", told.platform.code),
        (desk, "/desk/standing/figures.xlsx", told.platform.code),
    ):
        answer = reader.get(address)
        assert answer.status_code == 200
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        [head, *rows] = book.worksheets[0].iter_rows(values_only=True)
        row = next(each for each in rows if each[1] == "=HYPERLINK(1)")
        assert first in (None, row[0])
        said = dict(zip(head, row, strict=True))
        assert (said["Notices"], said["Listings"], said["Verified at first look: counted"]) == (1, 2, 1)
        assert (said["To remove, elapsed: median, hours"], said[f"{OWN}: median, hours"]) == (30, 18)
        assert [each[3] for each in book.worksheets[1].iter_rows(values_only=True)][1:] != []
    wrong = client.get("/desk/platforms/figures.xlsx?from=soon")
    assert wrong.location == "/desk/platforms/?from=soon"
    assert desk.get("/desk/platforms/figures.xlsx").status_code == 403
    empty = client.get("/desk/platforms/figures.xlsx?from=2026-08-01&to=2026-08-31")
    assert "No notice" in str(openpyxl.load_workbook(io.BytesIO(empty.data)).worksheets[0].cell(1, 1).value)
