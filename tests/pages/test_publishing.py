"""What becomes public when, and what stands beside a result: pages of the editor, of a party, of anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.core import clock
from quality.notices.models import NoticeStatus
from quality.objections.models import Party
from quality.objections.operations import send_letter, tell
from quality.publication.jobs import end_time_in_public, say_what_became
from quality.publication.models import ReplyStatus
from quality.publication.operations import withdraw
from quality.publication.replies import last_of, write
from quality.web.pace import EXTENSION
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import notice_at, run
from tests.harness.press import making
from tests.harness.publication import proposed, published

pytestmark = on_sqlite
WORDS = "本公司已停止销售该批次产品。"


@pytest.fixture
def reviewer(app: Any, session: Session, concluded: Any) -> Any:
    give_password(session, concluded.cast.reviewer.person)
    session.commit()
    app.extensions.pop(EXTENSION, None)
    return sign_in(app, concluded.cast.reviewer)


def test_a_moment_is_set_on_a_page_and_nobody_outside_learns_of_it(reviewer, client, session, concluded):
    result = proposed(session, concluded.cast, concluded.good)
    session.commit()
    address = f"/desk/result/{result.number}/schedule"
    assert "Before it nobody outside reads it" in reviewer.get(address).text
    past = reviewer.post(address, data={"version": result.version, "not_before": "2020-01-01T10:00"})
    assert past.status_code == 422
    assert "This moment is past" in past.text
    at = clock.now() + timedelta(days=2)
    sent = {"version": result.version, "not_before": f"{at:%Y-%m-%dT%H:%M}"}

    assert reviewer.post(address, data=sent).status_code == 302

    assert "Waits for its moment" in reviewer.get(f"/desk/result/{result.number}").text
    assert result.number in reviewer.get("/desk/publishing").text
    for outside in (f"/results/{result.number}", f"/results/{result.number}/v1.json", f"/verify/{result.copy_sha256}"):
        assert client.get(outside).status_code == 404
    for listed in ("/", "/results", f"/results?q={result.number}", "/results.json", "/results/gone"):
        assert result.copy["product"]["name"] not in client.get(listed).text


def test_all_of_a_campaign_is_scheduled_at_once_and_what_cannot_be_is_named(reviewer, session, concluded):
    campaign = concluded.good.sample.task.campaign
    page = reviewer.get(f"/desk/campaign/{campaign.number}/schedule_results")
    assert page.status_code == 409  # nothing is proposed
    offered = [proposed(session, concluded.cast, each) for each in (concluded.good, concluded.elsewhere)]
    session.commit()
    at = clock.now() + timedelta(days=2)
    sent = {"version": campaign.version, "not_before": f"{at:%Y-%m-%dT%H:%M}"}

    answer = reviewer.post(f"/desk/campaign/{campaign.number}/schedule_results", data=sent)

    assert all(each.number in reviewer.get(answer.location).text for each in offered)


def test_an_editor_is_warned_before_a_result_leaves_and_what_left_says_so(app, reviewer, client, session, concluded):
    result = published(session, concluded.cast, concluded.good)
    session.commit()
    assert "Nothing leaves soon" in reviewer.get("/desk/publishing?what=leaving").text
    concluded.cast.clock.advance(days=80)
    assert result.number in sign_in(app, concluded.cast.reviewer).get("/desk/publishing").text
    concluded.cast.clock.advance(days=20)
    run(session, end_time_in_public)

    page = client.get(f"/results/{result.number}/v1?lang=en")

    assert page.status_code == 410
    assert "Its time in public ended on" in page.text
    problem = client.get(f"/results/{result.number}.json").json
    assert (problem["code"], problem["status"], set(problem) >= {"expired_at", "edition"}) == ("expired", 410, True)
    assert client.get(f"/verify/{result.copy_sha256}?lang=en").text.count("Genuine; its time in public is over")
    assert result.number in client.get("/results/gone?lang=en").text
    [tombstone] = client.get("/results/gone.json").json["items"]
    assert (tombstone["number"], tombstone["status"]) == (result.number, "expired")
    assert client.get("/results/gone?cursor=yesterday").status_code == 422


def test_what_is_withdrawn_is_gone_by_every_address_it_had(client, session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    second = published(session, cast, concluded.good, "更正规格型号")
    withdraw(session, second, "样品登记有误", by=cast.reviewer)
    session.commit()

    for address in ("", "/v1", "/v2"):
        page = client.get(f"/results/{first.number}{address}")
        assert (page.status_code, "样品登记有误" in page.text) == (410, True)
    assert client.get(f"/results/{first.number}/v1.json").json["code"] == "withdrawn"
    third = published(session, cast, concluded.good, "重新公布")
    session.commit()
    assert f"/results/{third.number}" in client.get(f"/results/{first.number}/v2").text
    assert client.get(f"/results/{first.number}/v1").status_code == 200


def test_how_it_stands_with_the_listings_is_read_beside_the_copy(client, session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    result = published(session, cast, finding)
    notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    session.commit()
    run(session, say_what_became)

    page = client.get(f"/results/{result.number}?lang=en").text

    assert "The platform says it is gone" in page
    assert "As it stood on" in page
    told = client.get(f"/results/{result.number}.json").json
    assert (told["takedown_since"]["says"]["state"], told["copy"]["takedown"]["state"]) == ("claimed", "not_asked")


def test_a_party_replies_by_its_link_and_reads_what_came_of_it(reviewer, client, session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    result = published(session, cast, finding)
    link = f"/reply/{send_letter(session, finding, Party.PRODUCER, by=cast.coordinator).token}"
    session.commit()
    run(session, making)
    assert "回应期限" not in client.get(link).text
    client.post(link)  # it has received it
    assert "公开回应" in client.get(link).text
    wrong = client.post(f"{link}/statement", data={"statement": "请致电 13800138000"})
    assert (wrong.status_code, "13800138000" in wrong.text, "电话号码" in wrong.text) == (422, True, True)
    assert client.post(f"{link}/statement", data={"statement": WORDS}).status_code == 303
    assert WORDS in client.get(link).text
    assert WORDS not in client.get(f"/results/{result.number}").text
    session.expire_all()
    reply = last_of(session, finding, Party.PRODUCER)
    page = f"/desk/finding/{finding.number}"
    assert WORDS in reviewer.get(page).text

    assert reviewer.post(f"{page}/{reply.id}/show", data={"version": reply.version}).status_code == 302

    shown = client.get(f"/results/{result.number}").text
    assert WORDS in shown
    assert "不是监管部门的认定" in shown
    [told] = client.get(f"/results/{result.number}.json").json["replies"]
    assert (told["says"]["party"], told["says"]["statement"], told["late"]) == ("producer", WORDS, False)
    assert client.get(f"{link}/statement").status_code == 303
    client.post(f"{link}/statement/withdrawal")
    session.expire_all()
    assert reply.status == ReplyStatus.WITHDRAWN
    assert WORDS not in client.get(f"/results/{result.number}").text
    cast.clock.advance(days=30)
    assert "逾期回应" in client.get(f"{link}/statement").text


def test_a_refusal_needs_its_reason_and_the_party_reads_it(reviewer, client, session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    link = f"/reply/{send_letter(session, finding, Party.SELLER, by=cast.coordinator).token}"
    tell(session, finding, Party.SELLER, clock.now(), by=cast.coordinator)
    reply = write(session, finding, Party.SELLER, WORDS, by=cast.coordinator)
    session.commit()
    run(session, making)
    address = f"/desk/finding/{finding.number}/{reply.id}/refuse"
    assert reviewer.post(address, data={"version": reply.version, "note": ""}).status_code == 422

    assert reviewer.post(address, data={"version": reply.version, "note": "与本批次无关"}).status_code == 302

    assert "与本批次无关" in client.get(link).text
