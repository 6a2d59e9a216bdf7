"""Pages of platforms, categories and producers, and the list of draws: what is public, who says so, no ranking."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from quality.campaigns.workflow import CLOSE
from quality.core.workflow import perform
from quality.publication.facets import producer_key
from quality.publication.models import Result
from quality.publication.operations import withdraw
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast
from tests.harness.purchases import settings

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def addresses(copy) -> list[str]:
    platform, category = copy["platform"]["code"], copy["campaign"]["category"]
    return [f"/platforms/{platform}", f"/categories/{category}", f"/producers/{producer_key(copy['producer']['name'])}"]


def test_each_says_what_is_in_force_and_who_says_that_it_is_gone(client: FlaskClient, result: Result) -> None:
    for address in addresses(result.copy):
        page = client.get(f"{address}?lang=en").text
        assert "1 nonconforming ÷ 1 tested" in page, address
        assert "Gone, as we saw for ourselves" in page
        assert "we have seen it ourselves" in page
        assert result.number in page
        assert "No ranking" in page
        said = client.get(address, headers={"Accept": "application/json"}).json
        assert said, address
        assert (said["tested"], said["nonconforming"], said["takedown"]) == (1, 1, {"verified": 1}), address


def test_a_result_leads_there_and_so_do_the_lists(client: FlaskClient, result: Result) -> None:
    page, home = client.get(f"/results/{result.number}").text, client.get("/").text
    for address in addresses(result.copy):
        assert f'href="{quote(address)}"' in page, address
    assert f'href="{quote(addresses(result.copy)[1])}"' in home
    platforms, categories = client.get("/platforms?lang=en").text, client.get("/categories").text
    assert f'href="{addresses(result.copy)[0]}?lang=en"' in platforms
    assert result.copy["platform"]["name"] in platforms
    assert result.copy["campaign"]["category"] in categories
    said = client.get("/categories", headers={"Accept": "application/json"}).json
    assert said and said["items"][0]["tested"] == 1


def test_a_producer_is_found_by_name_and_shares_a_page_with_its_namesakes(client, result: Result) -> None:
    name = result.copy["producer"]["name"]
    answer = client.get(f"/producers/{name}?lang=en")
    assert (answer.status_code, answer.location) == (303, f"/producers/{producer_key(name)}?lang=en")
    page = client.get(answer.location).text
    assert name in page
    assert "companies of one name stand here together" in page


def test_of_whom_nothing_is_published_there_is_no_page(client, session, cast, result: Result) -> None:
    nobody = (
        "/platforms/NO",
        "/categories/无",
        f"/producers/{'0' * 16}",
        "/producers/无名厂",
        "/producers/%F0%9F%A7%B8",
    )
    for address in nobody:
        assert client.get(address).status_code == 404, address
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    for address in addresses(result.copy):
        assert client.get(address).status_code == 404, address
    assert "Nothing is published yet" in client.get("/platforms?lang=en").text
    assert "The list ends before this place" in client.get("/categories?after=龟&lang=en").text
    assert client.get("/platforms", query_string={"after": "\x00"}).status_code == 422


def test_draws_stand_there_from_freezing_and_say_more_once_the_campaign_has_ended(client, session, cast) -> None:
    assert "Nothing was drawn yet" in client.get("/draws?lang=en").text
    secret = campaign_at(session, cast, CampaignStatus.APPROVED, settings().frames_folder)
    made = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    session.commit()
    page = client.get("/draws?lang=en").text
    assert "What binds the draw" in page
    assert f"/draws/{made.number}" in page
    assert [text for text in (made.title, secret.number, made.category) if text in page] == []
    said = client.get("/draws.json").json
    assert [(each["number"], each["closed"]) for each in said["items"]] == [(made.number, False)]

    perform(session, made, CLOSE, by=cast.coordinator)
    session.commit()
    again = client.get("/draws?lang=en").text
    assert made.title in again
    assert "The draw, to be repeated" in again


def test_the_list_of_draws_goes_on_where_it_ended(client, session, cast, monkeypatch) -> None:
    from quality.pages.views import found

    monkeypatch.setattr(found, "A_PAGE", 1)
    first, second = (campaign_at(session, cast, CampaignStatus.FROZEN, settings().frames_folder) for _turn in range(2))
    session.commit()
    newest = client.get("/draws.json").json
    older = client.get("/draws.json", query_string={"cursor": newest["next"]}).json
    numbers = [each["number"] for page in (newest, older) for each in page["items"]]
    assert (numbers, older["next"]) == ([second.number, first.number], None)
    assert "Back to the start" in client.get("/draws", query_string={"cursor": newest["next"], "lang": "en"}).text
    assert client.get("/draws?cursor=yesterday").status_code == 422
    assert "The list ends" in client.get("/draws?cursor=2001-01-01T00:00:00%2B08:00,1&lang=en").text
