"""By API: a platform and an agency ask, object, answer and decide about a notice."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from quality.notices.models import NoticeStatus
from tests.api.conftest import Keyed
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at
from tests.harness.people import Cast

pytestmark = [pytest.mark.usefixtures("sent"), on_sqlite]


def test_an_objection_is_posted_answered_and_decided(session: Session, cast: Cast, keyed: Keyed) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    session.commit()
    desk, reviewer, coordinator = keyed(desk_of(cast, notice)), keyed(cast.reviewer), keyed(cast.coordinator)
    theirs, ours = f"/platform/notices/{notice.number}/messages", f"/notices/{notice.number}/thread"
    listing = notice.items[0].listing_id

    asked = coordinator.post(ours, {"kind": "question", "text": "哪个批次？"})
    assert asked.status_code == 201
    assert [one["questions"] for one in desk.get("/platform/notices").get_json()["items"]] == [1]
    there = desk.get(theirs).get_json()["items"]
    assert [(one["kind"], one["by"]["code"], one["is_new"]) for one in there] == [("question", "YZ", True)]
    assert desk.get(theirs).get_json()["items"][0]["is_new"] is False
    answered = desk.post(theirs, {"kind": "answer", "to": there[0]["id"], "text": "三月批次"})
    assert answered.status_code == 201
    assert [one["questions"] for one in desk.get("/platform/notices").get_json()["items"]] == [0]

    objection = {"kind": "objection", "text": "并非该产品", "listing_id": listing}
    made = desk.post(theirs, objection)
    same = desk.post(theirs, objection)  # sent again: said once
    assert (made.status_code, same.status_code, same.get_json()["id"]) == (201, 201, made.get_json()["id"])
    assert made.get_json()["waits_for"] == "agency"
    ruling = {"kind": "decision", "to": made.get_json()["id"], "text": "属实", "upheld": True}
    assert coordinator.post(ours, ruling | {"why": "not_this_product"}).status_code == 403
    assert reviewer.post(ours, ruling).get_json()["errors"][0]["field"] == "why"
    assert reviewer.post(ours, ruling | {"why": "not_this_product"}).status_code == 201

    first = desk.get(theirs, query_string={"limit": 2}).get_json()
    assert [(one["kind"], one["upheld"], one["listing_id"]) for one in first["items"]] == [
        ("decision", True, listing), ("objection", None, listing),
    ]  # fmt: skip
    rest = desk.get(theirs, query_string={"limit": 2, "cursor": first["next"]}).get_json()
    assert ([one["kind"] for one in rest["items"]], rest["next"]) == (["answer", "question"], None)
    session.expire_all()
    assert notice.items[0].status == "excused"


def test_what_is_wrong_is_named_by_its_field(session: Session, cast: Cast, keyed: Keyed) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    session.commit()
    desk, reviewer = keyed(desk_of(cast, notice)), keyed(cast.reviewer)
    theirs, ours = f"/platform/notices/{notice.number}/messages", f"/notices/{notice.number}/thread"
    wrong = [
        ({"kind": "praise", "text": "好"}, "kind"),
        ({"kind": "question", "text": " "}, "text"),
        ({"kind": "question", "text": "？", "listing_id": "none"}, "listing_id"),
        ({"kind": "answer", "text": "答"}, "to"),
        ({"kind": "question", "text": "？", "evidence": ["x"]}, "evidence 1"),
    ]
    for body, field in wrong:
        refused = desk.post(theirs, body)
        assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, field), body
    assert desk.post(theirs, {"kind": "answer", "text": "答", "to": 99999}).status_code == 404
    asked = desk.post(theirs, {"kind": "question", "text": "？"}).get_json()
    undecided = reviewer.post(ours, {"kind": "decision", "to": asked["id"], "text": "否"})
    assert undecided.get_json()["errors"][0]["field"] == "upheld"
    assert reviewer.post(ours, {"kind": "objection", "text": "不服"}).status_code == 403
    other = keyed(cast.other_desk if desk_of(cast, notice) is cast.desk else cast.desk)
    assert other.get(theirs).status_code == 404
