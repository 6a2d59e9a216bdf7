"""A platform's time is extended on pages and by a program: one asks, another decides, and the platform reads why."""

from __future__ import annotations

import sqlalchemy as sa

from quality.clocks.models import Clock, ClockRequest
from quality.notices.models import Notice, NoticeStatus
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at
from tests.harness.people import Cast

pytestmark = on_sqlite
TYPED = {"kind": "extend", "days": "2", "reason": "台风停运", "allowed_by": "方知行", "decision_no": "云延3号"}


def served(session, cast: Cast) -> tuple[Notice, Clock]:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    for actor in (cast.coordinator, cast.reviewer, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    asked = sa.select(Clock).where(Clock.subject_id == notice.id, Clock.rule == "remove_by_order")
    return notice, session.scalars(asked).one()


def test_one_asks_another_grants_and_the_platform_reads_on_whose_word(session, cast, sent, sign_in):
    notice, begun = served(session, cast)
    before, address = begun.due_on, f"/desk/notice/{notice.number}/deadlines"
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)
    assert address in coordinator.get(f"/desk/notice/{notice.number}").text

    said = {"clock": str(begun.id), "version": str(notice.version)}
    bare = coordinator.post(address, data=TYPED | said | {"allowed_by": ""})
    assert bare.status_code == 422 and "台风停运" in bare.text and "Enter the name" in bare.text
    assert coordinator.post(address, data=TYPED | said).status_code == 302
    assert coordinator.post(address, data=TYPED | said).status_code == 409  # somebody was here since: it was myself
    session.expire_all()
    again = coordinator.post(address, data=TYPED | said | {"version": str(notice.version)})
    assert again.status_code == 409 and "is asked for already" in again.text and 'value="方知行"' in again.text
    waits = coordinator.get(address).text
    assert "must decide" in waits and "Extend it · 2 working days" in waits and "extended in working days" in waits
    asked = session.scalars(sa.select(ClockRequest)).one()

    assert address in reviewer.get("/desk/").text
    answer = {"request": str(asked.id), "decision": "refuse"}
    assert reviewer.post(f"{address}/answer", data=answer).status_code == 422
    assert reviewer.post(f"{address}/answer", data=answer | {"request": "999999"}).status_code == 422
    assert coordinator.post(f"{address}/answer", data=answer).status_code == 403
    assert reviewer.post(f"{address}/answer", data=answer | {"decision": "grant"}).status_code == 302
    session.expire_all()
    assert begun.due_on > before
    desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    read = sign_in(desk).get(f"/desk/notice/{notice.number}").text
    assert "台风停运 (allowed by 方知行, 云延3号)" in read and "/deadlines" not in read


def test_a_program_asks_and_no_program_grants(app, session, cast, sent):
    notice, begun = served(session, cast)
    program = program_of(app, session, cast.coordinator)
    address = f"/notices/{notice.number}/deadlines"
    listed = program.open("GET", address).get_json()["items"]
    assert begun.id in {each["id"] for each in listed}
    body = {"clock": begun.id, "kind": "extend", "days": 2, "reason": "台风停运", "allowed_by": "方知行"}

    said = program.open("POST", address, json=body).get_json()

    assert (said["done"], said["deadline"]["asked"], said["deadline"]["changed_by"]) == (False, True, "two")
    assert program.open("POST", address, json=body | {"clock": 10**6}).status_code == 422
    assert program.open("POST", address, json=body).get_json()["code"] == "asked_already"
