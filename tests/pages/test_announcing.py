"""The words of an announcement: from a template, by four eyes, frozen with its figures, and gone when those change."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignKind
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.documents.models import Language
from quality.documents.press import Press
from quality.pages.announcing import paper_to_preview, texts_that_wait, words_now
from quality.publication.announcing import (
    approve_template,
    approve_text,
    begun_with,
    end_text,
    figures_now,
    propose_template,
    propose_text,
    refuse_template,
    template_in_force,
    templates_of,
)
from quality.publication.epoch import epoch_of
from quality.publication.models import Result
from quality.publication.operations import editions_about, withdraw
from quality.publication.texts import last_text, standing_text
from quality.publication.wording import SHIPPED
from quality.web import settings
from quality.web.pace import EXTENSION
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.publication import closed_campaign

pytestmark = on_sqlite
OURS = {"zh": "{agency}公告：{campaign}不合格{nonconforming}批次。", "en": "{agency}: {nonconforming} do not conform."}


def bad_one(session: Session, concluded: Any) -> Result:
    """A nonconforming result of the campaign, in force."""
    return editions_about(session, concluded.bad[0])[-1]


@pytest.fixture
def campaign(session: Session, concluded: Any) -> Any:
    return closed_campaign(session, concluded)


@pytest.fixture
def people(app: Any, session: Session, concluded: Any) -> tuple[Any, Any]:
    """Coordinator and reviewer at their desks."""
    cast = concluded.cast
    for actor in (cast.coordinator, cast.reviewer):
        give_password(session, actor.person)
    session.commit()
    app.extensions.pop(EXTENSION, None)
    return sign_in(app, cast.coordinator), sign_in(app, cast.reviewer)


def test_words_go_from_the_template_to_the_public_page_and_leave_with_their_figures(
    session, concluded, campaign, people, client
) -> None:
    coordinator, reviewer = people
    cast, page = concluded.cast, f"/desk/campaign/{campaign.number}/announcement"
    assert "No words are written" in reviewer.get(f"{page}?lang=en").text
    form = coordinator.get(f"{page}/new").text
    assert "{" not in re.findall(r'<textarea[^>]*name="zh"[^>]*>(.*?)</textarea>', form, re.DOTALL)[0]
    bad = coordinator.post(f"{page}/new?lang=en", data={"zh": "共{sold}批次，请致电13900139000。", "en": ""})
    assert bad.status_code == 422
    assert all(said in bad.text for said in ("{sold}", "共{sold}批次，请致电13900139000。", "a telephone number"))
    before = epoch_of(session)

    sent = coordinator.post(f"{page}/new", data=OURS)

    assert sent.status_code == 302
    session.expire_all()
    text = last_text(session, campaign.id)
    assert epoch_of(session) == before  # nobody outside reads what waits
    assert text.says["zh"].startswith(f"{campaign.agency.name}公告：{campaign.title}不合格")
    assert text.says["zh"] not in client.get(f"/campaigns/{campaign.number}").text
    preview = reviewer.get(f"{page}/preview?lang=zh")
    assert (text.says["zh"] in preview.text, "预览" in preview.text) == (True, True)
    assert campaign.title in reviewer.get("/desk/publishing").text
    assert f'href="{page}"' in reviewer.get("/desk/").text
    assert f'href="{page}"' not in coordinator.get("/desk/").text
    assert coordinator.post(f"{page}/approve", data={"version": text.version}).status_code == 403
    assert reviewer.post(f"{page}/approve", data={"version": text.version + 1}).status_code == 409

    assert reviewer.post(f"{page}/approve", data={"version": text.version}).status_code == 302

    session.expire_all()
    assert epoch_of(session) > before
    assert text.says["zh"] in client.get(f"/campaigns/{campaign.number}").text
    assert text.says["en"] in client.get(f"/campaigns/{campaign.number}?lang=en").text
    told = client.get(f"/campaigns/{campaign.number}.json").json["text"]
    assert (told["zh"], told["sha256"], told["edition"]) == (text.says["zh"], text.sha256, "1")
    assert not texts_that_wait(session, cast.reviewer)

    withdraw(session, bad_one(session, concluded), "有误", by=cast.reviewer)
    session.commit()

    assert text.is_behind
    assert words_now(session, campaign) is None
    assert text.says["zh"] not in client.get(f"/campaigns/{campaign.number}").text
    assert "Taken off: its figures changed" in reviewer.get("/desk/publishing?lang=en").text
    assert "Write them anew" in reviewer.get(f"{page}?lang=en").text


def test_two_editors_at_once_and_words_that_figures_left_behind(session, concluded, campaign) -> None:
    cast = concluded.cast
    text = propose_text(session, campaign, OURS, by=cast.coordinator)
    with pytest.raises(Stale):  # who has not seen what waits
        propose_text(session, campaign, SHIPPED[campaign.kind], by=cast.coordinator)
    read = text.version
    propose_text(session, campaign, OURS | {"en": "Anew."}, by=cast.coordinator, version=read)
    with pytest.raises(Stale):
        propose_text(session, campaign, OURS, by=cast.coordinator, version=read)
    with pytest.raises(NotPermitted):
        propose_text(session, campaign, OURS, by=cast.reviewer)
    withdraw(session, bad_one(session, concluded), "有误", by=cast.reviewer)
    with pytest.raises(Refused, match="figures_changed"):
        approve_text(session, text, by=cast.reviewer)
    end_text(session, text, "重写", by=cast.coordinator)
    with pytest.raises(Refused, match="decided_already"):
        end_text(session, text, "重写", by=cast.reviewer)


def test_words_give_way_to_others_and_are_taken_off(session, concluded, campaign) -> None:
    cast = concluded.cast
    first = propose_text(session, campaign, OURS, by=cast.coordinator)
    approve_text(session, first, by=cast.reviewer)
    with pytest.raises(Invalid, match=r"says what|相同"):
        propose_text(session, campaign, OURS, by=cast.coordinator)
    second = propose_text(session, campaign, OURS | {"en": "Anew."}, by=cast.coordinator)
    approve_text(session, second, by=cast.reviewer)
    assert standing_text(session, campaign.id) is second
    assert (words_now(session, campaign) or {})["edition"] == "2"
    with pytest.raises(NotPermitted):
        end_text(session, second, "不再需要", by=cast.coordinator)
    end_text(session, second, "不再需要", by=cast.reviewer)
    assert words_now(session, campaign) is None
    assert not second.is_behind


def test_it_is_printed_with_its_words_and_without_them(session, concluded, campaign, people) -> None:
    figures = figures_now(session, campaign)
    filled = begun_with(session, campaign, figures)[0]
    propose_text(session, campaign, filled, by=concluded.cast.coordinator)
    paper = paper_to_preview(session, campaign, Language.ZH)
    html = Press.of(settings()).html(paper)
    assert "<h2>一、基本情况</h2>" in html
    assert "特此公告。" in html
    assert "附件1" in html
    session.commit()
    answer = people[1].get(f"/desk/campaign/{campaign.number}/announcement/preview.pdf?in=en")
    assert answer.data.startswith(b"%PDF")


def test_before_closing_nothing_is_announced(people, concluded) -> None:
    number = concluded.good.sample.task.campaign.number
    page = f"/desk/campaign/{number}/announcement"
    coordinator, reviewer = people
    assert "Nothing is announced yet" in reviewer.get(f"{page}?lang=en").text
    for address in (f"{page}/preview", f"{page}/preview/phone", f"{page}/preview.pdf"):
        assert reviewer.get(address).status_code == 409
    assert coordinator.get(f"{page}/new").status_code == 409
    assert coordinator.post(f"{page}/new", data=OURS).status_code == 409
    for deed in ("refuse", "take_off"):
        assert reviewer.post(f"{page}/{deed}", data={"version": 1, "note": "x"}).status_code == 409


def test_an_agency_drafts_a_template_and_another_person_approves_it(session, concluded, people) -> None:
    coordinator, reviewer = people
    cast, kind = concluded.cast, CampaignKind.PROBABILITY
    address = "/desk/announcement-templates/new?sampling=probability"
    assert SHIPPED[kind]["en"][:40] in coordinator.get(address).text
    wrong = coordinator.post(f"{address}&lang=en", data={"zh": "共{sold}批次", "en": "字" * 10_001})
    assert wrong.status_code == 422
    assert ("共{sold}批次" in wrong.text, "10000" in wrong.text.replace(",", "")) == (True, True)
    assert coordinator.post(address, data={"zh": "公告\x07", "en": "x"}).status_code == 422
    made = coordinator.post(address, data=OURS)
    assert made.status_code == 302
    assert "Waits for a second person" in reviewer.get(f"{made.location}?lang=en").text
    assert f'href="{made.location}"' in reviewer.get("/desk/").text
    stale = coordinator.post(f"{address}&lang=en", data=OURS | {"en": "Anew.", "version": ""})
    assert stale.status_code == 409
    assert ("Anew." in stale.text, "Someone else wrote this anew" in stale.text) == (True, True)
    assert re.search(r'<input[^>]*name="version"[^>]*value="1"', stale.text)
    assert coordinator.post(f"{made.location}/approve", data={"version": 1}).status_code == 403
    assert reviewer.post(f"{made.location}/refuse", data={"version": 1, "note": ""}).status_code == 422
    assert reviewer.post(f"{made.location}/approve", data={"version": 1}).status_code == 302
    assert template_in_force(session, cast.agency.id, kind).says == OURS
    assert "Offered" in reviewer.get("/desk/announcement-templates/?lang=en").text
    [one] = templates_of(session, cast.reviewer)
    with pytest.raises(Refused, match="decided_already"):
        approve_template(session, one, by=cast.reviewer)
    with pytest.raises(Invalid, match=r"says what|相同"):
        propose_template(session, kind, OURS, by=cast.coordinator)
    risk = propose_template(session, CampaignKind.RISK_TARGETED, OURS, by=cast.coordinator)
    refuse_template(session, risk, "不需要", by=cast.coordinator)
    assert template_in_force(session, cast.agency.id, CampaignKind.RISK_TARGETED).id is None
