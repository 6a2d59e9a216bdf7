"""Many notices at once on pages and by API: ticked or all, handed to a job, with a page that says how far it is."""

from __future__ import annotations

import pytest

from quality.notices.models import NoticeStatus
from quality.notices.operations import draft_notices
from quality.notices.texts import SHIPPED
from quality.notices.walking import walk_batches
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import TEXTS, run

pytestmark = on_sqlite


@pytest.fixture
def cast(concluded):
    return concluded.cast


@pytest.fixture
def drafts(session, cast, concluded):
    found = [*concluded.bad, concluded.elsewhere]
    made = [draft_notices(session, [each], by=cast.coordinator, **TEXTS)[0] for each in found]
    for actor in (cast.coordinator, cast.reviewer):
        give_password(session, actor.person)
    session.commit()
    return made


def test_ticked_notices_are_handed_over_and_the_page_says_how_far_it_is(sign_in, session, cast, drafts):
    coordinator = sign_in(cast.coordinator)
    page = coordinator.get("/desk/notice-batches/").text
    assert drafts[0].reference in page
    nothing = coordinator.post("/desk/notice-batches/", data={"deed": "submit"})
    assert nothing.status_code == 422 and 'href="#offers"' in nothing.text
    made = coordinator.post(
        "/desk/notice-batches/", data={"deed": "submit", "notice": [each.reference for each in drafts[:2]]}
    )
    assert made.status_code == 302
    waits = coordinator.get(made.location)
    assert waits.headers["Refresh"] and '<progress class="w-100" max="2" value="0"' in waits.text
    run(session, walk_batches)
    done = coordinator.get(made.location)
    assert "Refresh" not in done.headers and "All done" in done.text
    assert [each.status for each in drafts] == [NoticeStatus.IN_REVIEW] * 2 + [NoticeStatus.DRAFT]
    assert made.location in coordinator.get("/desk/notice-batches/").text


def test_all_that_one_may_at_once_and_each_refusal_names_its_notice(sign_in, session, cast, drafts):
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)
    coordinator.post("/desk/notice-batches/", data={"deed": "submit", "all": "1"})
    run(session, walk_batches)
    made = reviewer.post("/desk/notice-batches/", data={"deed": "approve", "all": "1"})
    answer = reviewer.post(
        f"/desk/notice/{drafts[0].reference}/return", data={"version": drafts[0].version, "note": "改"}
    )
    assert answer.status_code == 302
    run(session, walk_batches)
    page = reviewer.get(made.location).text
    assert "Done, but for some" in page and drafts[0].reference in page
    assert "Someone else changed this after you opened it" in page
    assert coordinator.get(made.location).status_code == 200


def test_everything_is_drafted_from_one_tick_of_the_drafting_page(sign_in, session, cast, concluded):
    give_password(session, cast.coordinator.person)
    session.commit()
    coordinator = sign_in(cast.coordinator)
    assert 'name="everything"' in coordinator.get("/desk/notice/new").text
    texts = {"legal_basis": "依据", "reasons": "理由", "measures": ["delist"], "kind": "order", "grouping": "finding"}
    made = coordinator.post("/desk/notice/new", data=texts | {"everything": "yes", "template": ""})
    assert made.status_code == 302 and "/desk/notice-batches/" in made.location
    assert "Listings: 1" in coordinator.get(made.location).text
    run(session, walk_batches)
    assert "ND-YZ-2026-0003" in coordinator.get(made.location).text


def test_programs_do_the_same(app, session, cast, drafts):
    drafter, approver = program_of(app, session, cast.coordinator), program_of(app, session, cast.reviewer)
    assert wrong(drafter.post("/notice-batches", {"deed": "draft"})) == {"deed": "unknown_deed"}
    assert drafter.post("/notice-batches", {"deed": "approve"}).status_code == 403
    made = drafter.post("/notice-batches", {"deed": "submit"})
    assert made.status_code == 202 and made.get_json()["many"] == len(drafts)
    run(session, walk_batches)
    told = drafter.get(f"/notice-batches/{made.get_json()['id']}").get_json()
    assert (told["done"], told["refused"]) == (len(drafts), 0)
    approved = approver.post("/notice-batches", {"deed": "approve", "notices": [drafts[0].reference]}).get_json()
    assert [row["number"] for row in approved["rows"]] == [drafts[0].reference]
    nothing = drafter.post("/notice-batches/drafts", {"kind": "order", "template": ""})
    assert wrong(nothing) == {"findings": "missing"}


def test_a_program_drafts_everything(app, session, cast, concluded):
    drafter = program_of(app, session, cast.coordinator)
    made = drafter.post("/notice-batches/drafts", {"kind": "order", "template": "", "grouping": "finding"})
    assert made.status_code == 202 and made.get_json()["rows"][0]["number"] is None
    run(session, walk_batches)
    told = drafter.get(f"/notice-batches/{made.get_json()['id']}").get_json()
    assert all(row["number"].startswith("ND-YZ-") for row in told["rows"])
    notice = drafter.get(f"/notices/{told['rows'][0]['number']}").get_json()
    assert notice["reasons"] == SHIPPED["zh"]["reasons"]
