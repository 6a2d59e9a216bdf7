"""An objection on its pages: the time to object, the disputed items, another laboratory, and whose turn it is."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.lab.operations import refuse as refuse_portion
from quality.lab.queries import following
from quality.objections.jobs import follow_reinspections
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus, Party
from quality.objections.operations import decide, tell
from quality.pages.words import Party as Holder
from quality.pages.worklist import with_others, worklist
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import BAD, GOOD, enter, sign, take_in
from tests.harness.objections import (
    admitted_objection,
    backup,
    nonconforming,
    reinspected_objection,
    sent_objection,
)
from tests.harness.people import Cast
from tests.harness.publication import published as publish_result
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("in_field")


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.second_analyst):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def minute(moment: Any) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def court(page: Any) -> str:
    found = re.search(r'<section class="mc-court.*?</section>', page.text, re.S)
    assert found
    return found[0]


@on_sqlite
def test_the_form_says_until_when_each_party_may_object_and_by_which_count(
    clients: Any, session: Session, cast: Cast
) -> None:
    finding = nonconforming(session, cast)
    cast.clock.advance(hours=1)
    tell(session, finding, Party.SELLER, clock.now(), by=cast.coordinator)
    session.commit()

    page = clients(cast.coordinator).get(f"/desk/finding/{finding.number}/object").text

    panel = page[page.index("Time to object") :].split("</section>")[0]
    assert "Seller, had the result" in panel
    assert re.search(r"until [^<]* 24:00", panel)
    assert "15 calendar days" in panel
    assert "Product Quality Law, Art. 15" in panel
    assert "Producer, had the result" not in panel


@on_sqlite
def test_only_the_boxes_that_are_ticked_are_disputed(clients: Any, session: Session, cast: Cast) -> None:
    finding = nonconforming(session, cast)
    cast.clock.advance(hours=1)
    client, door = clients(cast.coordinator), f"/desk/finding/{finding.number}/object"
    boxes = re.findall(r'type="checkbox"[^>]* name="items" value="([^"]+)" (checked)?', client.get(door).text)
    assert boxes == [("磁通量指数", "checked")]
    now = minute(clock.now())
    typed = {"version": finding.version, "party": "producer", "result_received_at": now, "received_at": now}

    none = client.post(door, data=typed | {"ground": "result"})
    assert (none.status_code, "Name the disputed items" in none.text) == (422, True)
    odd = client.post(door, data=typed | {"ground": "result", "items": "可迁移元素：铅"})
    assert (odd.status_code, "of the list" in odd.text) == (422, True)
    assert client.post(door, data=typed | {"ground": "result", "items": boxes[0][0]}).status_code == 302
    assert session.scalars(sa.select(Objection)).one().items == ["磁通量指数"]


@on_sqlite
def test_boxes_say_nothing_where_the_result_is_not_disputed(clients: Any, session: Session, cast: Cast) -> None:
    finding = nonconforming(session, cast)
    cast.clock.advance(hours=1)
    now = minute(clock.now())
    typed = {"version": finding.version, "party": "producer", "result_received_at": now, "received_at": now}

    answer = clients(cast.coordinator).post(
        f"/desk/finding/{finding.number}/object", data=typed | {"ground": "procedure", "items": "磁通量指数"}
    )

    assert answer.status_code == 302, answer.text
    assert session.scalars(sa.select(Objection)).one().items == []


@on_sqlite
def test_the_laboratory_is_drawn_by_a_press_and_nobody_chooses_it(clients: Any, session: Session, cast: Cast) -> None:
    objection = admitted_objection(session, cast)
    session.commit()
    client, where = clients(cast.coordinator), f"/desk/objection/{objection.number}"
    assert client.get(f"{where}/reinspect").status_code == 409

    assert client.post(f"{where}/draw", data={"version": objection.version}).status_code == 302

    session.refresh(objection)
    assert objection.draw
    page = client.get(where).text
    for shown in (objection.draw["seed"], "Left out: it has tested this sample", cast.second_laboratory.code):
        assert shown in page
    assert client.post(f"{where}/pass_over", data={"version": objection.version, "note": ""}).status_code == 422
    door = f"{where}/reinspect"
    assert cast.second_laboratory.name in client.get(door).text
    way = {"version": objection.version, "courier": "顺达快递", "parcel_no": "SD-1", "no_photo": "无"}
    blind = backup(objection.finding).blind_no
    assert "Scan its label" in client.get(door).text
    refused = client.post(door, data=way)
    assert refused.status_code == 422 and f"The label of the backup portion, {blind}, was not scanned" in refused.text
    assert (
        client.post(f"/desk/sample/{objection.finding.sample.number}/labels", data={"label": blind}).status_code == 302
    )
    assert client.post(door, data=way).status_code == 302
    session.refresh(objection)
    assert (objection.status, objection.laboratory) == (ObjectionStatus.IN_REINSPECTION, cast.second_laboratory)


def test_it_is_the_agencys_turn_once_the_second_report_is_authorised(
    app: Flask, clients: Any, session: Session, cast: Cast
) -> None:
    objection = sent_objection(session, cast)
    portion = backup(objection.finding)
    where = f"/desk/objection/{objection.number}"
    session.commit()
    reviewer = clients(cast.reviewer)
    assert "<strong>Laboratory</strong>" in court(reviewer.get(where))
    take_in(session, portion, cast)
    report = enter(session, portion, cast, BAD[:1])
    session.commit()
    assert "<strong>Laboratory</strong>" in court(reviewer.get(where))

    sign(session, report, cast)
    session.commit()

    assert "You (Reviewer)" in court(reviewer.get(where))
    assert "Read the second report and decide" in court(reviewer.get(where))
    assert "<strong>Reviewer</strong>" in court(clients(cast.coordinator).get(where))
    follow_reinspections(sessionmaker(db.engine), clock.now())
    session.expire_all()
    with app.test_request_context("/desk/?lang=en"):
        assert objection.number in waiting(session, cast.reviewer)
        assert objection.number not in waiting(session, cast.coordinator)
        assert Holder.LABORATORY not in others(session, cast.coordinator)
        assert others(session, cast.coordinator)[Holder.REVIEWER] == 1
    assert "Read the second report and decide" in reviewer.get("/desk/").text


@on_sqlite
def test_it_is_the_agencys_turn_where_no_second_report_can_come(
    app: Flask, clients: Any, session: Session, cast: Cast
) -> None:
    objection = sent_objection(session, cast)
    refuse_portion(session, backup(objection.finding), "封条已断", by=cast.second_analyst, seal_intact=False)
    session.commit()

    with app.test_request_context("/desk/?lang=en"):
        assert objection.number in waiting(session, cast.reviewer)
        assert Holder.LABORATORY not in others(session, cast.coordinator)
    assert "No second report can come" in clients(cast.reviewer).get("/desk/").text
    said = court(clients(cast.reviewer).get(f"/desk/objection/{objection.number}"))

    assert "You (Reviewer)" in said
    assert "No second report can come" in said


@on_sqlite
def test_an_objection_that_no_test_answers_waits_for_who_decides(
    app: Flask, clients: Any, session: Session, cast: Cast
) -> None:
    objection = admitted_objection(session, cast, ground=Ground.PROCEDURE)
    session.commit()
    with app.test_request_context("/desk/?lang=en"):
        assert objection.number in waiting(session, cast.reviewer)
        assert objection.number not in waiting(session, cast.coordinator)


def waiting(session: Session, me: Any) -> set[str]:
    return {line.number for _group, found in worklist(session, me).groups for line in found}


def others(session: Session, me: Any) -> dict[Holder, int]:
    return {each.party: each.many for each in with_others(session, me)}


@on_sqlite
def test_statements_of_the_reviewers_list_do_not_grow_with_the_objections(
    clients: Any, session: Session, cast: Cast
) -> None:
    counted, shown = [], []
    for more in (1, 2):
        for _again in range(more):
            admitted_objection(session, cast, ground=Ground.PROCEDURE)
            refused = sent_objection(session, cast)
            refuse_portion(session, backup(refused.finding), "封条已断", by=cast.second_analyst, seal_intact=False)
        session.commit()
        counted.append(statements(clients(cast.reviewer), "/desk/"))
        shown.append(clients(cast.reviewer).get("/desk/").text.count('class="mc-item"'))

    assert counted[0] == counted[1]
    assert shown == [2, 6]


@on_sqlite
@pytest.mark.parametrize("second", [GOOD[:1], BAD[:1]])
def test_what_was_tested_again_is_drawn_beside_the_first_test_for_all_but_laboratories(
    clients: Any, app: Flask, session: Session, cast: Cast, second: Any
) -> None:
    is_good = second == GOOD[:1]
    objection = reinspected_objection(session, cast, [second[0]._replace(value="12.4" if is_good else "201")])
    finding = objection.finding
    decide(session, objection, Decision.UPHELD if is_good else Decision.DISMISSED, by=cast.reviewer)
    last = following(session, finding) or finding
    published = publish_result(session, cast, last)
    reports = [finding.report, objection.report]
    doors = [f"/desk/finding/{each.number}" for each in (finding, last)]
    doors += [f"/desk/report/{each.laboratory.code}:{each.report_no}" for each in reports if each]
    doors += [f"/desk/sample/{finding.sample.number}", f"/desk/objection/{objection.number}"]
    doors += [f"/desk/result/{published.number}", f"/results/{published.number}?lang=en"]
    session.commit()
    theirs, client = doors[3], clients(cast.reviewer)
    for door in doors:
        page = client.get(door).text
        [said] = re.findall(r'<svg class="mc-plot"[^>]*aria-label="(First test: [^"]*)"', page)
        assert "Found 386 kG²mm²" in said.split("Re-inspection:")[0], door
        assert f"Found {'12.4' if is_good else '201'} kG²mm²" in said.split("Re-inspection:")[1], door

    page = clients(cast.second_analyst).get(theirs).text
    assert "386 kG" not in page
    assert "First test" not in page
