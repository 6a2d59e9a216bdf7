"""The editor's desk for programs: what waits, with why; words of announcements and their templates; withdrawals."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.publication.texts import last_text
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.publication import closed_campaign, proposed, published

pytestmark = on_sqlite
OURS = {"zh": "{campaign}：不合格{nonconforming}批次。", "en": "{nonconforming} do not conform."}
TEMPLATE = OURS | {"kind": "probability"}


@pytest.fixture
def programs(app: Any, session: Session, concluded: Any) -> tuple[Any, Any]:
    cast = concluded.cast
    return program_of(app, session, cast.coordinator), program_of(app, session, cast.reviewer)


def test_each_list_is_walked_by_its_cursor_and_says_what_stands_in_the_way(session, concluded, programs) -> None:
    writing, reading = programs
    cast = concluded.cast
    results = [proposed(session, cast, each) for each in (concluded.good, concluded.elsewhere)]
    session.commit()
    first = reading.get("/publishing/waiting?what=proposed&limit=1").json
    second = reading.get(f"/publishing/waiting?what=proposed&limit=1&cursor={first['next']}").json
    [one], [other] = first["items"], second["items"]
    assert ([one["result"], other["result"]], second["next"]) == ([each.number for each in results], None)
    assert (one["may_decide"], one["minded"], one["public_from"]) == (True, [], None)
    assert not writing.get("/publishing/waiting?what=proposed").json["items"][0]["may_decide"]
    [final, *_others] = reading.get("/publishing/waiting?what=final&verdict=nonconforming").json["items"]
    assert (final["result"], final["minded"][0]["stops"]) == (None, False)
    assert reading.get("/publishing/waiting?what=everything").status_code == 422


def test_a_withdrawal_is_proposed_by_one_key_and_done_by_another(session, concluded, programs) -> None:
    writing, reading = programs
    result = published(session, concluded.cast, concluded.good)
    session.commit()
    body = {"version": result.version, "note": "样品登记有误"}
    asked = writing.post(f"/results/{result.number}/propose_withdrawal", body)
    assert asked.status_code == 200
    [line] = reading.get("/publishing/waiting?what=withdrawal").json["items"]
    assert (line["result"], line["reason"]) == (result.number, "样品登记有误")
    body = {"version": asked.json["version"], "note": "无误"}
    assert writing.post(f"/results/{result.number}/refuse_withdrawal", body).status_code == 403
    assert reading.post(f"/results/{result.number}/refuse_withdrawal", body).status_code == 200
    assert not reading.get("/publishing/waiting?what=withdrawal").json["items"]


def test_words_and_templates_are_written_by_one_key_and_approved_by_another(session, concluded, programs) -> None:
    writing, reading = programs
    campaign = closed_campaign(session, concluded)
    session.commit()
    wrong = writing.post("/announcement-templates", TEMPLATE | {"zh": "{sold}"})
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "unknown_placeholder")
    made = writing.post("/announcement-templates", TEMPLATE)
    assert (made.status_code, made.json["is_offered"]) == (201, False)
    approve = f"/announcement-templates/{made.json['id']}/approve"
    assert reading.post(approve, {"version": 1}).json["is_offered"]
    risky = writing.post("/announcement-templates", TEMPLATE | {"kind": "risk_targeted"}).json
    put_away = f"/announcement-templates/{risky['id']}/refuse"
    assert reading.post(put_away, {"version": 1, "note": "不需要"}).json["ended_at"]
    assert len(reading.get("/announcement-templates").json["items"]) == 2

    address = f"/campaigns/{campaign.number}/announcement"
    begun = writing.get(address).json
    assert (begun["waiting"], begun["begins_with"]["zh"].startswith(campaign.title)) == (None, True)
    sent = writing.post(address, OURS)
    assert (sent.status_code, sent.json["waiting"]["edition"]) == (201, 1)
    assert writing.post(address, OURS).status_code == 409
    told = reading.post(f"{address}/approve", {"version": sent.json["waiting"]["version"]}).json
    assert told["standing"]["says"]["zh"] == begun["begins_with"]["zh"]
    session.expire_all()
    text = last_text(session, campaign.id)
    gone = reading.post(f"{address}/take_off", {"version": text.version, "note": "不再需要"})
    assert (gone.status_code, gone.json["standing"]) == (200, None)
    assert reading.post(f"{address}/take_off", {"version": 1, "note": "x"}).status_code == 409
