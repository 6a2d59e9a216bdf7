"""What anybody reads: results as they were frozen, draws with nothing too early, and no cookie anywhere."""

from __future__ import annotations

import hashlib
import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.workflow import CLOSE
from quality.core.db import canonical
from quality.core.workflow import perform
from quality.notices.models import NoticeStatus
from quality.pages.freshness import BY_THE_EPOCH
from quality.people.access import ACCESS
from quality.publication.models import Result
from quality.publication.operations import withdraw
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, give_password, published_result
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.purchases import settings

pytestmark = on_sqlite
BEFORE_CLOSING = {
    "number", "frame_hash", "design_hash", "commitment", "frozen_at", "public_event_at", "drawn_at",
}  # fmt: skip


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


@pytest.fixture
def campaign(session: Session, cast: Cast) -> Campaign:
    made = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    session.commit()
    return made


def test_an_empty_installation_says_so(client: FlaskClient) -> None:
    page = client.get("/?lang=en").text
    assert "Nothing is published yet" in page
    assert "/account/sign-in?lang=en" in page
    assert "Nothing is published yet" in client.get("/results?lang=en").text


def test_a_result_is_read_as_it_was_frozen(client: FlaskClient, result: Result) -> None:
    page = client.get(f"/results/{result.number}?lang=en").text
    assert "Nonconforming" in page
    assert "磁通量指数" in page
    assert "Gone, as we saw for ourselves" in page
    assert f"/results/{result.number}/v1.json" in page
    assert result.number in client.get("/results?lang=en").text
    assert "磁力棒" in client.get("/?lang=en").text


def test_a_program_reads_the_copy_with_a_hash_that_it_can_repeat(client: FlaskClient, result: Result) -> None:
    asked = [(".json", "*/*"), ("/v1.json", "*/*"), ("", "application/json"), ("/v1", "application/json")]
    for path, accept in asked:
        said = client.get(f"/results/{result.number}{path}", headers={"Accept": accept}).json
        assert said
        assert said["status"] == "published"
        assert hashlib.sha256(canonical(said["copy"]).encode()).hexdigest() == said["copy_sha256"]
        assert said["address"] == f"http://127.0.0.1:8000/results/{result.number}"


def test_the_list_of_results_can_be_read_page_by_page(client, session, cast, result, monkeypatch) -> None:
    from quality.pages.views import public

    monkeypatch.setattr(public, "A_PAGE", 1)
    published_result(session, cast)
    first = client.get("/results.json").json
    second = client.get("/results.json", query_string={"cursor": first["next"]}).json

    assert [each["number"] for each in first["items"] + second["items"]] == ["R-YZ-2026-0002", "R-YZ-2026-0001"]
    assert second["next"] is None
    assert "Older ones" in client.get("/results?lang=en").text
    assert client.get("/results?cursor=yesterday").status_code == 422


def test_a_withdrawn_result_is_gone_and_says_why(client, session: Session, cast: Cast, result: Result) -> None:
    withdraw(session, result, "检验方法有误", by=cast.reviewer)

    page = client.get(f"/results/{result.number}?lang=en")
    assert page.status_code == 410
    assert "检验方法有误" in page.text
    problem = client.get(f"/results/{result.number}.json")
    assert (problem.status_code, problem.mimetype) == (410, "application/problem+json")
    assert (problem.json["code"], problem.json["detail"], problem.json["edition"]) == ("withdrawn", "检验方法有误", 1)


def test_what_is_only_proposed_does_not_exist(client: FlaskClient) -> None:
    assert client.get("/results/R-YZ-2026-0007").status_code == 404
    assert "not_found" in client.get("/results/R-YZ-2026-0007.json").text


def test_before_closing_a_draw_shows_what_binds_the_agency_and_nothing_more(client, campaign: Campaign) -> None:
    assert set(client.get(f"/draws/{campaign.number}.json").json) == BEFORE_CLOSING
    assert set(client.get(f"/campaigns/{campaign.number}.json").json) == BEFORE_CLOSING
    hidden = [campaign.salt, campaign.seed, campaign.public_event, campaign.public_number, campaign.title, "儿童玩具"]
    for address in (f"/draws/{campaign.number}", f"/campaigns/{campaign.number}"):
        page = client.get(address).text
        assert campaign.commitment in page
        assert [text for text in hidden if text in page] == []
    assert client.get(f"/draws/{campaign.number}/frame.csv").status_code == 404


def test_before_freezing_there_is_nothing_to_read(client, session: Session, cast: Cast) -> None:
    made = campaign_at(session, cast, CampaignStatus.APPROVED, settings().frames_folder)
    assert client.get(f"/campaigns/{made.number}").status_code == 404
    assert client.get(f"/draws/{made.number}").status_code == 404


def test_from_closing_on_anybody_can_repeat_the_draw(client, session: Session, cast: Cast, campaign: Campaign) -> None:
    """From nothing but what is public: the seed, the frame's hash, and who was drawn in each stratum."""
    perform(session, campaign, CLOSE, by=cast.coordinator)

    said = client.get(f"/draws/{campaign.number}.json").json
    frame = client.get(said["frame"]).data
    assert hashlib.sha256(frame).hexdigest() == said["frame_hash"]
    assert hashlib.sha256(f"{said['salt']},{said['public_number']}".encode()).hexdigest() == said["seed"]
    bound = f"{said['salt']},{said['public_event_at']},{said['public_event']}"
    assert hashlib.sha256(bound.encode()).hexdigest() == said["commitment"]
    strata: dict[str, list[tuple[str, str]]] = {}
    for line in frame.decode().splitlines()[1:]:
        listing, *values = line.split(",")
        digest = hashlib.sha256(f"{said['seed']},{listing}".encode()).hexdigest()
        strata.setdefault("/".join(values), []).append((digest, listing))
    drawn = {name: [listing for _digest, listing in sorted(units)[:4]] for name, units in strata.items()}
    published: dict[str, list[str]] = {}
    for unit in sorted(said["result"], key=lambda unit: (unit["stratum"], unit["role"] != "main", unit["rank"])):
        published.setdefault(unit["stratum"], []).append(unit["listing_id"])
    assert published == drawn
    page = client.get(f"/draws/{campaign.number}").text
    assert said["seed"] in page
    assert campaign.title in client.get(f"/campaigns/{campaign.number}").text
    assert json.loads(client.get(f"/campaigns/{campaign.number}.json").text)["items"][0]["item"] == "磁通量指数"


def test_public_pages_are_the_same_for_everybody(client: FlaskClient, result: Result) -> None:
    client.get("/account/sign-in?lang=en")  # leaves a cookie, which must not matter
    for address in ("/", "/results", f"/results/{result.number}", "/nothing-here"):
        answer = client.get(address, headers={"Accept-Language": "en"})
        assert "Set-Cookie" not in answer.headers, address
        assert "Cookie" not in answer.headers.get("Vary", ""), address
        assert '<html lang="zh-CN">' in answer.text, address


def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient, result: Result) -> None:
    first = client.get(f"/results/{result.number}")
    again = client.get(f"/results/{result.number}", headers={"If-None-Match": first.headers["ETag"]})
    english = client.get(f"/results/{result.number}?lang=en")

    assert (again.status_code, again.data) == (304, b"")
    assert english.headers["ETag"] != first.headers["ETag"]
    assert first.headers["Cache-Control"] == BY_THE_EPOCH


def test_english_stays_english_from_link_to_link(client: FlaskClient, result: Result) -> None:
    page = client.get("/?lang=en").text
    assert f'href="/results/{result.number}?lang=en"' in page
    assert '<a href="/" lang="zh-CN" hreflang="zh-CN">' in page, "the default language is at the plain address"
    assert 'name="lang" value="en"' in page, "a search goes on in it"


def test_what_is_public_is_read_in_traditional_characters_and_what_is_a_name_stays(client, result: Result) -> None:
    """Sentences, items and categories are converted; names, numbers and digests stand as they were frozen."""
    page = client.get(f"/results/{result.number}?lang=zh-Hant").text
    assert '<html lang="zh-Hant">' in page
    assert "磁通量指數" in page and "兒童玩具" in page and "磁通量指数" not in page
    for name in (result.copy["product"]["name"], result.copy["seller"]["shop"], result.copy_sha256):
        assert name in page
    assert f'href="/results/{result.number}/v1.json?lang=zh-Hant"' in page
    assert client.get(f"/results/{result.number}.json?lang=zh-Hant").json["copy"] == result.copy
    assert '<html lang="zh-CN">' in client.get("/account/sign-in?lang=zh-Hant").text, "two languages there"


def test_search_engines_learn_of_every_language(client, result: Result) -> None:
    base = "http://127.0.0.1:8000/results"
    page = client.get("/results?verdict=nonconforming&lang=zh-Hant").text
    for language, asked in (("zh-CN", ""), ("zh-Hant", "&amp;lang=zh-Hant"), ("en", "&amp;lang=en"), ("x-default", "")):
        address = f"{base}?verdict=nonconforming{asked}"
        assert f'<link rel="alternate" hreflang="{language}" href="{address}">' in page


def test_who_reads_english_behind_the_sign_in_goes_on_in_english(session: Session, cast: Cast, sign_in) -> None:
    assert cast.desk.person
    give_password(session, cast.desk.person)
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    session.commit()
    platform = sign_in(cast.desk)
    here = f"/verify/{notice.verification_code}?lang=en"
    assert here in platform.get(f"/desk/notice/{notice.number}?lang=en").text
    assert "?lang=" not in platform.get(f"/desk/notice/{notice.number}?lang=zh").text.partition("/verify/")[2][:40]
    assert here not in platform.get(f"/desk/notice/{notice.number}/preview?lang=en").text, "the document has none"


def test_a_page_trusts_nothing_but_us(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    page = client.get("/").text
    assert " style=" not in page
    assert "<script" not in page


def test_every_view_says_who_may_open_it(app) -> None:
    ours = {e: f"{v.__module__}.{v.__name__}" for e, v in app.view_functions.items()}
    libraries = ("static", "bootstrap.", "security.")
    assert [e for e, view in ours.items() if view not in ACCESS and not e.startswith(libraries)] == []
    opened = {e.split(".")[0] for e, view in ours.items() if ACCESS.get(view) == "public"}
    assert opened == {
        "public",
        "found",
        "taken",
        "verify",
        "proof",
        "capsule_page",
        "open_data",
        "subscribe",
        "subscription",
        "health",
        "api_document",
        "tour",
        "reply",
        "told_link",
        "calculator",
        "feed",
        "app_files",
    }
