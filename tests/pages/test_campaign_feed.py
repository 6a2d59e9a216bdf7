"""What is new about campaigns, as a feed: nothing too early, and each step as an entry that never changes."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from quality.campaigns.operations.approving import cancel
from quality.campaigns.workflow import CLOSE
from quality.core.traditional import in_traditional
from quality.core.words import in_language
from quality.core.workflow import perform
from quality.documents.models import Language
from quality.pages.atom_campaigns import summary_of, title_of
from quality.publication.announced import About, CampaignNews, What
from quality.publication.operations import ask_for_announcement
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.people import Cast
from tests.harness.press import making
from tests.harness.purchases import settings

pytestmark = on_sqlite
ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/campaigns.atom?lang=en"


def feed(client: FlaskClient, address: str = FEED) -> Xml.Element:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    read = Xml.fromstring(answer.data)
    for element in (read, *read.iter(f"{ATOM}entry")):  # RFC 4287, 4.1
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}"), name
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
    return read


def titles(read: Xml.Element) -> list[str | None]:
    return [each.findtext(f"{ATOM}title") for each in read.iter(f"{ATOM}entry")]


def test_an_empty_feed_is_one(client: FlaskClient) -> None:
    assert titles(feed(client)) == []


def test_each_step_has_an_entry_and_none_tells_of_what_is_secret(
    client: FlaskClient, session: Session, cast: Cast
) -> None:
    campaign = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    session.commit()
    read = feed(client)
    assert titles(read) == [f"Drawn: {campaign.number}", f"Frozen: {campaign.number}"]
    said = Xml.tostring(read, encoding="unicode")
    assert campaign.commitment and campaign.commitment in said
    hidden = (campaign.title, campaign.salt, campaign.seed, campaign.public_event, campaign.public_number)
    assert [each for each in hidden if each and each in said] == []

    perform(session, campaign, CLOSE, by=cast.coordinator)
    ask_for_announcement(session, campaign, [Language.ZH], by=cast.coordinator)
    session.commit()
    run(session, making)
    read = feed(client)
    assert titles(read)[:2] == [f"Announced: {campaign.title}", f"Ended: {campaign.title}"]
    [paper] = [link.get("href") for link in read.iter(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert paper == f"http://127.0.0.1:8000/campaigns/{campaign.number}.pdf?lang=en"

    names = [each.findtext(f"{ATOM}id") for each in feed(client).iter(f"{ATOM}entry")]
    assert len(set(names)) == len(names)
    traditional = Xml.tostring(feed(client, "/campaigns.atom?lang=zh-Hant"), encoding="unicode")
    assert f"抽檢公告：{in_traditional(campaign.title)}" in traditional and 'lang="zh-Hant"' in traditional
    assert 'href="/campaigns.atom?lang=en"' in client.get("/draws?lang=en").text


def test_a_later_edition_says_that_it_stands_in_place_of_the_earlier(app: Flask) -> None:
    news = CampaignNews(
        datetime(2026, 9, 1, tzinfo=UTC), What.ANNOUNCED, About("C-1", "某局", "", "某次抽检"), edition=2
    )
    with app.app_context(), in_language("en"):
        assert str(title_of(news)) == "Announced anew, edition 2: 某次抽检"
        assert "in place of those before it" in str(summary_of(news))


@pytest.mark.parametrize("reached", [CampaignStatus.FROZEN, CampaignStatus.APPROVED])
def test_who_followed_a_campaign_that_is_given_up_is_told(
    client: FlaskClient, session: Session, cast: Cast, reached: CampaignStatus
) -> None:
    campaign = campaign_at(session, cast, reached, settings().frames_folder)
    cancel(session, campaign, by=cast.reviewer, note="预算撤销")
    session.commit()
    wanted = [f"Given up before the draw: {campaign.number}", f"Frozen: {campaign.number}"]
    assert titles(feed(client)) == (wanted if reached == CampaignStatus.FROZEN else [])
