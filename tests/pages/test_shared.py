"""What public pages say to whoever only points at them: addresses, pictures, and linked data in known words."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from quality.pages import cards
from quality.pages.cards import SIZE, drawn
from quality.pages.views import pictures
from quality.publication.models import Result
from quality.publication.operations import withdraw
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast

pytestmark = on_sqlite
BASE = "http://127.0.0.1:8000"
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
OF_A_PAGE = {
    "@context", "@id", "@type", "url", "inLanguage", "isAccessibleForFree", "license", "name", "publisher", "about",
    "identifier", "isPartOf", "temporalCoverage", "description",
}  # fmt: skip
# What schema.org lets each type say (version 29), as far as we say it
KNOWN = {
    "Report": OF_A_PAGE | {
        "reportNumber", "version", "creativeWorkStatus", "abstract", "correction", "datePublished", "dateModified",
        "contributor", "encoding",
    },
    "CollectionPage": OF_A_PAGE | {"mainEntity"},
    "Dataset": OF_A_PAGE | {
        "distribution", "variableMeasured", "creator", "isBasedOn", "dateModified", "includedInDataCatalog",
    },
    "DataCatalog": OF_A_PAGE | {"dataset"},
    "ItemList": {"@type", "itemListOrder", "itemListElement"},
    "ListItem": {"@type", "position", "url"},
    "Product": {"@type", "name", "category", "brand", "additionalProperty"},
    "Brand": {"@type", "name"},
    "PropertyValue": {"@type", "name", "value"},
    "GovernmentOrganization": {"@type", "name"},
    "Organization": {"@type", "name"},
    "Thing": {"@type", "name"},
    "CreativeWork": {"@type", "name", "url"},
    "MediaObject": {"@type", "contentUrl", "encodingFormat", "inLanguage"},
    "DataDownload": {"@type", "contentUrl", "encodingFormat", "contentSize", "sha256"},
}  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@pytest.fixture
def result(session: Session, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def linked(client: FlaskClient, address: str) -> dict[str, Any]:
    [said] = DATA.findall(client.get(address).text)
    data: dict[str, Any] = json.loads(said)
    must_be_known(data)
    return data


def must_be_known(said: Any, name: str = "") -> None:
    if isinstance(said, list):
        for each in said:
            must_be_known(each, name)
    elif isinstance(said, dict):
        assert set(said) - KNOWN[said["@type"]] == set()
        for key, value in said.items():
            must_be_known(value, key)
    elif name in {"@id", "url", "contentUrl", "isBasedOn"}:
        assert said.startswith(f"{BASE}/")
    elif name in {"datePublished", "dateModified"}:
        assert MOMENT.fullmatch(said), said


def test_a_result_is_a_report_about_a_product_and_no_review(client: FlaskClient, result: Result) -> None:
    said = linked(client, f"/results/{result.number}")
    assert said["@type"] == "Report"
    assert (said["reportNumber"], said["version"], said["creativeWorkStatus"]) == (result.number, "1", "Published")
    assert said["@id"] == said["url"] == f"{BASE}/results/{result.number}"
    assert said["about"]["name"] == result.copy["product"]["name"]
    assert "manufacturer" not in said["about"], "who made it is what the product says"
    assert said["identifier"][0]["value"] == result.copy_sha256
    sealed = client.get(urlsplit(said["encoding"]["contentUrl"]).path).json
    assert sealed
    assert sealed["copy"] == result.copy
    english = linked(client, f"/results/{result.number}/v1?lang=en")
    assert (english["@id"], english["url"]) == (said["@id"], f"{said['url']}?lang=en")
    assert english["name"].endswith(": Nonconforming")


def test_lists_figures_and_open_data_say_what_they_are(client: FlaskClient, result: Result) -> None:
    listed = linked(client, "/results?lang=en")
    places = [(each["position"], each["url"]) for each in listed["mainEntity"]["itemListElement"]]
    assert places == [(1, f"{BASE}/results/{result.number}")]
    assert listed["isPartOf"]["@id"] == f"{BASE}/open-data/#results"
    figures = linked(client, "/statistics")
    assert client.get(urlsplit(figures["distribution"]["contentUrl"]).path).is_json
    catalogue = linked(client, "/open-data/")
    assert catalogue["dataset"]["@id"] == listed["isPartOf"]["@id"]


# --- addresses ---


def meta(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page))


def test_a_page_says_where_it_is_whatever_was_asked(client: FlaskClient, result: Result) -> None:
    asked = {
        "/": "/",
        "/?lang=en": "/?lang=en",
        f"/results?q=1&lang=en&platform={result.copy['platform']['code']}": "/results?lang=en",
        f"/results/{result.number}/v1": f"/results/{result.number}",
        f"/categories/{result.copy['campaign']['category']}": None,
        "/guide?x=1": "/guide",
    }
    for address, where in asked.items():
        page = client.get(address).text
        [canonical] = re.findall(r'<link rel="canonical" href="([^"]*)">', page)
        assert canonical.isascii(), address
        assert where is None or canonical == BASE + where, address
        said = meta(page)
        assert said["og:url"] == canonical
        assert said["og:title"], address
        assert said["og:description"] == said["description"] != ""
        picture = client.get(said["og:image"].removeprefix(BASE))
        assert (picture.status_code, picture.mimetype) == (200, "image/png"), address


def test_nobody_is_led_to_what_is_gone_or_for_one_reader(
    client: FlaskClient, session: Session, cast: Cast, result: Result
) -> None:
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    for address in (f"/results/{result.number}", "/results/R-YZ-2026-0999", "/verify/AAAA-BBBB", "/reply/x"):
        page = client.get(address).text
        assert "canonical" not in page, address
        assert "og:" not in page, address
        assert not DATA.search(page), address
    assert client.get(f"/results/{result.number}.png").status_code == 410


# --- pictures ---


def test_a_picture_is_drawn_once_of_what_is_public_and_at_one_address(
    client: FlaskClient, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn.cache_clear()
    first = client.get(f"/results/{result.number}.png")
    with Image.open(io.BytesIO(first.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", SIZE)
    assert len(first.data) < 60_000
    assert "ETag" in first.headers
    client.get(f"/results/{result.number}.png")
    assert (drawn.cache_info().misses, drawn.cache_info().hits) == (1, 1)
    other = client.get(f"/results/{result.number}.png?lang=en")
    assert other.data != first.data
    for query in ("x=1", "lang=en&lang=zh", "lang=xx", "lang=en&x=1"):
        elsewhere = client.get(f"/results/{result.number}.png?{query}")
        assert (elsewhere.status_code, elsewhere.location.partition("?")[0]) == (301, f"/results/{result.number}.png")
    assert client.get("/results/R-YZ-2026-0999.png").status_code == 404
    assert drawn.cache_info().misses == 2

    monkeypatch.setattr(pictures, "A_MINUTE", 1)
    client.get("/share.png")
    busy = client.get("/share.png")
    assert (busy.status_code, "Retry-After" in busy.headers) == (429, True)


def test_without_a_font_no_page_names_a_picture(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "font_named", lambda _names, _size: None)
    assert "og:image" not in meta(client.get("/").text)
    assert client.get("/share.png").status_code == 404


def test_a_campaign_under_way_shows_its_number_and_nothing_more(app: Flask, session: Session, cast: Cast) -> None:
    from quality.campaigns.models import CampaignStatus
    from quality.pages.pictured import card_of_campaign
    from tests.harness.campaigns import campaign_at
    from tests.harness.purchases import settings

    campaign = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    card = card_of_campaign(campaign, None, 5)
    shown = " ".join((card.above, card.title, card.says, *card.below))
    assert campaign.number in shown
    assert campaign.title not in shown
    assert campaign.category not in shown
    session.commit()
    client = app.test_client()
    assert client.get(f"/campaigns/{campaign.number}.png").mimetype == "image/png"
    assert not DATA.search(client.get(f"/campaigns/{campaign.number}").text)
