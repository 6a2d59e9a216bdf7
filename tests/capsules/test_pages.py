"""A capsule is asked for on the sample's page, looked after while it is made, taken away; by key only the open one."""

from __future__ import annotations

import io
import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.capsules.archive import Archive
from quality.capsules.checking import Known, check
from quality.capsules.jobs import make_capsules
from quality.capsules.models import Capsule
from quality.core.db import db
from quality.core.events import Access
from quality.purchases.models import Sample
from tests.harness.api import program_of, wrong
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast

pytestmark = on_sqlite


@pytest.fixture
def cast(session: Session, concluded: Concluded) -> Cast:
    for actor in (concluded.cast.coordinator, concluded.cast.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return concluded.cast


@pytest.fixture
def sample(concluded: Concluded) -> Sample:
    return concluded.bad[0].sample


def run(app: Flask, cast: Cast) -> None:
    make_capsules(sessionmaker(db.engine), app.config["SETTINGS"], cast.clock.moment)


def test_from_asking_to_a_file_that_anybody_checks(app: Flask, session: Session, cast: Cast, sample: Sample) -> None:
    coordinator = sign_in(app, cast.coordinator)
    here = f"/desk/sample/{sample.number}/capsules/"
    dossier = coordinator.get(f"/desk/sample/{sample.number}").text
    assert f'href="{here}"' in dossier
    assert "None was asked for yet" in coordinator.get(here).text

    typed = coordinator.post(here, data={"variant": "whole", "why": " "})
    assert typed.status_code == 422
    assert "Say what it is for" in typed.text
    assert coordinator.post(here, data={"variant": "whole", "why": "法院 <b>"}).status_code == 302
    assert "being made" in coordinator.get(here).text
    assert coordinator.get(f"{here}1.zip").status_code == 404  # not made yet
    run(app, cast)
    page = coordinator.get(here).text
    assert "without time stamp: no authority is configured" in page
    assert "法院 &lt;b&gt;" in page
    taken = coordinator.get(f"{here}1.zip")
    assert taken.headers["Content-Disposition"] == f"attachment; filename={sample.number}-1-whole.zip"
    found = check(Archive(io.BytesIO(taken.data)), Known())
    assert (found.problem, found.told.number) == (None, sample.number)
    assert "1× downloaded, last" in coordinator.get(here).text
    assert session.scalars(sa.select(Access.why).where(Access.subject_type == "capsule")).all() == ["法院 <b>"]

    public = app.test_client().get("/proof/capsules/?lang=en").text
    assert found.told.fingerprint in public
    listed = app.test_client().get("/proof/capsules/keys.json").get_json()["items"]
    assert [(each["sha256"], each["current"], each["of_the_agency"]) for each in listed] == [
        (found.told.fingerprint, True, False)
    ]


def test_a_reviewer_has_the_one_to_give_away_only(app: Flask, session: Session, cast: Cast, sample: Sample) -> None:
    coordinator, reviewer = sign_in(app, cast.coordinator), sign_in(app, cast.reviewer)
    here = f"/desk/sample/{sample.number}/capsules/"
    coordinator.post(here, data={"variant": "whole", "why": "法院"})
    run(app, cast)
    page = reviewer.get(here).text
    assert "None was asked for yet" in page
    assert 'value="whole"' not in page
    assert reviewer.get(f"{here}1.zip").status_code == 404
    assert reviewer.post(here, data={"variant": "whole", "why": "法院"}).status_code == 422
    reviewer.post(here, data={"variant": "open", "why": ""})
    run(app, cast)
    assert reviewer.get(f"{here}2.zip").status_code == 200


def test_by_key_one_asks_for_what_is_given_away(app: Flask, session: Session, cast: Cast, sample: Sample) -> None:
    program, here = program_of(app, session, cast.coordinator), f"/samples/{sample.number}/capsules"
    assert wrong(program.post(here, {"variant": "whole"})) == {"variant": "not_by_key"}
    assert wrong(program.post(here, {"variant": "half"})) == {"variant": "unknown"}
    asked = program.post(here, {"why": "to the seller's lawyer"}, once="capsule-1")
    assert (asked.status_code, asked.get_json()["state"]) == (202, "being_made")
    run(app, cast)
    [told] = program.get(here).get_json()["items"]
    assert (told["state"], told["variant"], told["timestamp"]) == ("made", "open", "none")
    file = program.get(told["address"].removeprefix("/api/v1"))
    assert check(Archive(io.BytesIO(file.data)), Known()).problem is None
    assert program.get(f"{here}/9.zip").status_code == 404
    assert session.scalars(sa.select(sa.func.count()).select_from(Capsule)).one() == 1


def test_the_page_that_checks_is_saved_and_never_shown_here(app: Flask) -> None:
    answer = app.test_client().get("/proof/capsules/verify.html")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert re.search(r"default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-", answer.text)
    words = json.loads(answer.text.partition('id="words">')[2].partition("</script>")[0])
    assert words["zh"]["why_left_out"]["buyer"] == "可追查到买样员"
    assert words["zh"]["kinds"]["product_page"] == "商品页面"
