"""What a subscriber reads in a mail: in its order, in their language, and with an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.pages.bulletins import MOST, ends, tells
from quality.publication.models import Result, ResultStatus
from quality.subscriptions.models import NewsKind, PublicNews, Rhythm
from quality.subscriptions.news import Item
from quality.subscriptions.sending import Foot, Telling
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite
NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)
BASE = "https://results.example"


def item(
    number: str, verdict: str = "conforming", status: ResultStatus = ResultStatus.PUBLISHED, edition: int = 1
) -> Item:
    copy = {"product": {"name": f"磁力棒 {number}"}, "verdict": verdict, "items": [], "changed": "更正规格\n型号"}
    result = Result(
        number=number, edition=edition, status=status, copy=copy, published_at=NOW, ended_at=NOW, reason="检验方法有误"
    )
    return Item(PublicNews(kind=NewsKind.APPEARED, at=NOW + timedelta(hours=1)), [result], None)


def test_what_does_not_stand_comes_first_and_all_of_it(app: Flask, session: Session) -> None:
    campaign = Campaign(number="C-1", title="玩具抽检")
    items = [
        *(item(f"R-{place}") for place in range(MOST + 7)),
        item("R-BAD", "nonconforming"),
        Item(PublicNews(kind=NewsKind.ANNOUNCED, at=NOW), [], campaign),
        *(item(f"W-{place}", status=ResultStatus.WITHDRAWN) for place in range(MOST + 1)),
        item("K-1", edition=2),
        item("X-1", status=ResultStatus.EXPIRED),
        item("R-BAD", "nonconforming"),
    ]
    mail = tells(BASE, session, Telling("zh", items))
    assert mail
    assert mail.subject == f"公布结果：{MOST + 1}条撤回、1条更正、{MOST + 8}条新公布、1条抽检公告、1条期满不再公开"
    places = [mail.text.index(text) for text in ("W-0", "K-1", "R-BAD", "R-0", "C-1", "X-1", "另有7条")]
    assert places == sorted(places)
    assert mail.text.count("检验方法有误") == mail.text.count("* 已撤回") == MOST + 1
    assert mail.text.count("/results/R-") == MOST + 1
    assert "更正规格\n  型号" in mail.text
    assert f"{BASE}/campaigns/C-1\n" in mail.text


def test_it_is_in_the_language_of_who_reads_it(app: Flask, session: Session) -> None:
    mail = tells(BASE, session, Telling("en", [item("R-1")]))
    assert mail
    assert mail.subject == "Published results: 1 newly published"
    assert f"{BASE}/results/R-1?lang=en" in mail.text
    assert "Once a week" in ends(Foot("en", Rhythm.WEEKLY, f"{BASE}/subscriptions/x"))
    assert "每周一封" in ends(Foot("zh", Rhythm.WEEKLY, f"{BASE}/subscriptions/x"))
    assert tells(BASE, session, Telling("en", [])) is None
