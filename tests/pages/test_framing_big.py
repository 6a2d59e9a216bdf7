"""A big sampling frame is looked at by a job: its page waits without a script, and says why it cannot be one."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.campaigns import uploads
from quality.campaigns.models import Campaign
from quality.core import clock, shelf
from quality.jobs import JOBS
from quality.permissions import Role
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import Cast, hire
from tests.pages.test_framing import csv_of, upload
from tests.pages.test_sheets_of_the_desk import ROWS

pytestmark = on_sqlite


@pytest.fixture(autouse=True)
def every_file_is_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SOON", dict.fromkeys(uploads.KINDS, 0))


@pytest.fixture
def frames(app: Any) -> Path:
    folder: Path = app.config["SETTINGS"].frames_folder
    return folder


@pytest.fixture
def campaign(session: Session, in_field: Cast) -> Campaign:
    assert in_field.coordinator.person
    give_password(session, in_field.coordinator.person)
    return planned(session, in_field)


@pytest.fixture
def coordinator(sign_in: Any, in_field: Cast, campaign: Campaign) -> Any:
    return sign_in(in_field.coordinator)


def work(app: Any) -> None:
    [job] = [each for each in JOBS if each.name == "look at big uploads"]
    with app.app_context():
        job.do(None, app.config["SETTINGS"])  # type: ignore[arg-type]


def test_its_page_asks_again_until_the_job_has_looked_and_then_it_is_as_any_other(
    app: Any, coordinator: Any, session: Session, campaign: Campaign
) -> None:
    where = upload(coordinator, campaign).location

    waits = coordinator.get(where)
    assert (waits.status_code, waits.headers["Refresh"]) == (200, str(3))
    assert "to be looked at" in waits.text
    for early in ("take-in", "again"):
        assert coordinator.post(f"{where}/{early}", data={"version": campaign.version}).status_code == 404
    work(app)

    found = coordinator.get(where)
    assert "Refresh" not in found.headers
    assert f"All {len(ROWS)} rows fit." in found.text
    assert coordinator.post(f"{where}/take-in", data={"version": campaign.version}).status_code == 302
    session.refresh(campaign)
    assert campaign.frame_rows == len(ROWS)


@pytest.mark.parametrize(("language", "said"), [("en", "Give the file a column platform"), ("zh", "文件须有platform")])
def test_why_it_cannot_be_a_frame_is_said_in_the_readers_language(
    app: Any, coordinator: Any, campaign: Campaign, language: str, said: str
) -> None:
    where = upload(coordinator, campaign, csv_of("L1,甲", heading="listing_id,title")).location
    work(app)

    page = coordinator.get(f"{where}?lang={language}")

    assert "Refresh" not in page.headers
    errors = page.text.split('class="mc-errors"')[1].split("</div>")[0]
    assert said in errors


def test_it_can_be_thrown_away_before_it_is_looked_at(app: Any, coordinator: Any, campaign: Campaign) -> None:
    where = upload(coordinator, campaign).location

    assert coordinator.post(f"{where}/throw-away").status_code == 302
    work(app)
    assert coordinator.get(where).status_code == 404


def test_what_a_worker_left_is_taken_up_again_and_what_one_works_on_is_left_to_them(
    app: Any, coordinator: Any, campaign: Campaign, frames: Path
) -> None:
    where = upload(coordinator, campaign).location
    [folder] = (frames / "uploads").iterdir()
    (folder / shelf.ASKED).rename(folder / shelf.TAKEN)
    now = clock.now()
    os.utime(folder / shelf.TAKEN, (now.timestamp(), now.timestamp()))
    with app.app_context():
        assert uploads.look_at_what_waits(frames, now) == 0
        assert "Being looked at" in coordinator.get(where).text
        shelf.tell(folder, "profile", 1, uploads.STEPS)
        assert "Step 2 of 3: What the rows look like together" in coordinator.get(where).text
        assert uploads.look_at_what_waits(frames, now + shelf.LOST + timedelta(seconds=1)) == 1


def test_nobody_else_sees_it_wait(
    coordinator: Any, session: Session, sign_in: Any, in_field: Cast, campaign: Campaign
) -> None:
    where = upload(coordinator, campaign).location
    colleague = hire(session, in_field.agency, Role.COORDINATOR)
    assert colleague.person
    give_password(session, colleague.person)

    assert sign_in(colleague).get(where).status_code == 404


def test_a_big_file_is_looked_at_again_by_the_job_too(
    app: Any, coordinator: Any, session: Session, campaign: Campaign
) -> None:
    where = upload(coordinator, campaign).location
    work(app)

    assert coordinator.post(f"{where}/again", data={"version": campaign.version}).location == where
    assert coordinator.get(where).headers["Refresh"]
    work(app)
    assert "rows fit" in coordinator.get(where).text
