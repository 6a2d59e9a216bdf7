"""Questions and objections on the pages of a notice: what is new, what waits, and what comes back to be mended."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.events import Access
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer_to, ask, decide_objection, object_to
from quality.people.actor import SYSTEM
from tests.evidence.files import photograph
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import desk_of, notice_at, of_one_platform
from tests.harness.people import Cast
from tests.pages.test_worklist import statements

pytestmark = [pytest.mark.usefixtures("sent"), on_sqlite]


@pytest.fixture
def notice(session: Session, cast: Cast) -> Notice:
    made = notice_at(session, cast, NoticeStatus.SERVED, *of_one_platform(session, cast, 2))
    for actor in (cast.coordinator, cast.reviewer, desk_of(cast, made)):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return made


def page_of(client: Any, notice: Notice, **asked: Any) -> str:
    answer = client.get(f"/desk/notice/{notice.number}/messages", query_string=asked)
    assert answer.status_code == 200
    text: str = answer.text
    return text


def send(client: Any, notice: Notice, **said: Any) -> Any:
    return client.post(f"/desk/notice/{notice.number}/messages", data=said, content_type="multipart/form-data")


def test_an_objection_goes_from_the_platform_to_a_reviewer(
    app: Flask, session: Session, cast: Cast, notice: Notice
) -> None:
    desk, reviewer, coordinator = (
        sign_in(app, actor) for actor in (desk_of(cast, notice), cast.reviewer, cast.coordinator)
    )
    first = desk.get(f"/desk/notice/{notice.number}").text
    assert "say=objection" in first

    item = notice.items[0]
    proof = (io.BytesIO(photograph()), "proof.jpg")
    sent = send(desk, notice, say="objection", about=str(item.id), text="条码不同。\n请核对。", evidence=proof)
    assert sent.status_code == 302

    for client in (coordinator, reviewer):
        assert "The platform objects" in client.get("/desk/").text  # its clock stands in both worklists
    assert "New: 1" in coordinator.get(f"/desk/notice/{notice.number}").text
    assert '<h3 id="t-' in coordinator.get(f"/desk/notice/{notice.number}").text  # within the section of the notice
    said = page_of(coordinator, notice)
    assert '<h2 id="t-' in said and "<h3" not in said
    assert "条码不同" in said
    assert "say=decision" not in said
    assert "New: " not in coordinator.get(f"/desk/notice/{notice.number}").text

    text = page_of(reviewer, notice)
    [to] = {
        part.split("&")[0]
        for part in text.split("say=decision&amp;to=")[1:]
        for part in [part.split('"')[0].split("#")[0]]
    }
    lacking = send(reviewer, notice, say="decision", to=to, ruling="upheld", text="属实，条码不一致")
    assert lacking.status_code == 422
    assert "属实，条码不一致" in lacking.text
    assert "Choose for what reason" in lacking.text
    ruled = send(reviewer, notice, say="decision", to=to, ruling="upheld", why="not_this_product", text="属实")
    assert ruled.status_code == 302
    session.expire_all()
    assert item.status == "excused"
    assert ">Upheld<" in page_of(desk, notice)


def test_a_question_waits_with_the_other_side_until_it_is_answered(
    app: Flask, session: Session, cast: Cast, notice: Notice
) -> None:
    desk, coordinator = sign_in(app, desk_of(cast, notice)), sign_in(app, cast.coordinator)
    asked = ask(session, notice, "五条商品的下架时间完全相同？", notice.items[1], by=SYSTEM)
    session.commit()
    assert f"say=answer&amp;to={asked.id}" in desk.get("/desk/").text
    assert f"to={asked.id}" not in coordinator.get("/desk/").text

    shown = page_of(desk, notice, say="answer", to=asked.id)
    assert cast.agency.name in shown  # who asks is the agency, to a platform
    empty = send(desk, notice, say="answer", to=asked.id, text=" ")
    assert empty.status_code == 422
    assert send(desk, notice, say="answer", to=asked.id, text="批量下架").status_code == 302
    assert f"to={asked.id}" not in desk.get("/desk/").text
    session.expire_all()
    assert asked.settled_at is not None
    again = send(desk, notice, say="answer", to=asked.id, text="再答")
    assert again.status_code == 409


def test_what_is_not_there_is_not_answered(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    desk = sign_in(app, desk_of(cast, notice))
    question = ask(session, notice, "？", by=desk_of(cast, notice))
    session.commit()
    assert send(desk, notice, text="？", say="answer", to="99999").status_code == 404
    for said in ({"say": "nothing"}, {"say": "answer"}, {"say": "answer", "to": "x"}):
        assert send(desk, notice, text="？", **said).status_code == 422
    assert "<form" in page_of(desk, notice, say="question")
    assert 'name="text"' not in page_of(desk, notice, say="answer", to=question.id)  # one's own
    assert 'name="text"' not in page_of(desk, notice, say="decision", to=question.id)
    assert send(desk, notice, say="decision", to=question.id, ruling="refused", text="否").status_code == 403
    assert send(desk, notice, say="question", text="？", about="99999").status_code == 422


def test_a_longer_conversation_asks_no_more_of_the_database(
    app: Flask, session: Session, cast: Cast, notice: Notice
) -> None:
    desk, by = sign_in(app, desk_of(cast, notice)), desk_of(cast, notice)
    here = f"/desk/notice/{notice.number}/messages"

    def talk(many: int) -> None:
        for place in range(many):
            asked = ask(session, notice, f"问题 {place}", by=cast.coordinator)
            answer_to(session, asked, f"答 {place}", by=by)
        session.commit()

    talk(2)
    page_of(desk, notice)
    few = statements(desk, here)
    talk(20)
    page_of(desk, notice)
    assert statements(desk, here) == few
    text = page_of(desk, notice)
    older = text.split("messages?before=")[1].split('"')[0]
    assert "问题 1" in page_of(desk, notice, before=older)


def test_only_access_is_written_and_only_where_something_was_new(
    app: Flask, session: Session, cast: Cast, notice: Notice
) -> None:
    coordinator = sign_in(app, cast.coordinator)
    objection = object_to(session, notice, "不服", by=desk_of(cast, notice))
    session.commit()
    for _twice in range(2):
        page_of(coordinator, notice)
    looks = session.query(Access).filter_by(what="conversation").all()
    assert [look.actor for look in looks] == [cast.coordinator.signature]
    decide_objection(session, objection, "理由不成立", upheld=False, by=cast.reviewer)
    session.commit()
    assert "理由不成立" in page_of(coordinator, notice)


def test_a_draft_has_no_conversation(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    draft = notice_at(session, cast, NoticeStatus.DRAFT)
    session.commit()
    coordinator = sign_in(app, cast.coordinator)
    assert coordinator.get(f"/desk/notice/{draft.reference}/messages").status_code == 302
    assert "say=question" not in coordinator.get(f"/desk/notice/{draft.reference}").text
