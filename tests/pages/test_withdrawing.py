"""A party takes its objection back on its own page: it reads what that means, says so once, and the agency learns."""

from __future__ import annotations

import sqlalchemy as sa

from quality.clocks.queries import clocks_of
from quality.core.events import Event
from quality.objections.models import Decision, ObjectionStatus, Party, TellingStatus
from quality.objections.operations import decide
from quality.objections.queries import of_party
from tests.harness.databases import on_sqlite
from tests.harness.lab import BAD, enter, sign, take_in
from tests.harness.objections import backup, sent_objection
from tests.pages.test_reply import SAID, events, way

__all__ = ["way"]  # a fixture


def test_a_party_reads_what_it_means_confirms_once_and_the_agency_takes_note(way):
    link = way.letter_to(Party.SELLER)
    way.client.post(link)
    assert way.client.get(f"{link}/withdrawal").status_code == 404
    way.client.post(f"{link}/objection", data=SAID)
    before = events(way.session)
    assert "撤回异议" in way.client.get(link).text
    asked = way.client.get(f"{link}/withdrawal").text
    for said in ("检验结果维持不变", "不重新起算", "不可撤销"):
        assert said in asked
    assert events(way.session) == before

    assert way.client.post(f"{link}/withdrawal").status_code == 303
    done = events(way.session)
    assert way.client.post(f"{link}/withdrawal").status_code == 303  # pressed twice

    assert events(way.session) == done
    objection = of_party(way.session, way.finding, Party.SELLER)
    assert (objection.status, objection.withdrawn_by_party_at) == (ObjectionStatus.WITHDRAWN, way.clock.moment)
    assert {each.outcome for each in clocks_of(way.session, objection)} == {"withdrawn"}
    assert way.told().status == TellingStatus.OBJECTED  # its period does not begin anew
    shown = way.client.get(link).text
    assert "不得再次提出异议" in shown
    assert f"{link}/withdrawal" not in shown
    assert way.client.post(f"{link}/objection", data=SAID).status_code == 409

    desk, page = way.desk(), f"/desk/objection/{objection.number}"
    assert "The party withdrew its objection: take note" in desk.get("/desk/").text
    dossier = desk.get(page).text
    assert "A party, by its link" in dossier
    assert "withdrew the objection" in dossier
    assert desk.post(f"{page}/note_withdrawal", data={"version": objection.version}).status_code == 302
    assert "take note" not in desk.get("/desk/").text


@on_sqlite
def test_it_is_too_late_once_the_second_laboratory_has_the_backup_portion_and_it_says_so(way):
    cast, session = way.cast, way.session
    link = way.letter_to(Party.PRODUCER)
    way.client.post(link)
    told = way.told(Party.PRODUCER)
    objection = sent_objection(session, cast, way.finding, result_received_at=told.received_at)
    session.commit()
    assert f"{link}/withdrawal" in way.client.get(link).text
    take_in(session, backup(way.finding), cast)
    session.commit()
    for answer in (way.client.get(link), way.client.get(f"{link}/withdrawal")):
        assert "复检机构已收到备用样品" in answer.text
    refused = way.client.post(f"{link}/withdrawal")
    assert (refused.status_code, "复检机构已收到备用样品" in refused.text) == (409, True)

    sign(session, enter(session, backup(way.finding), cast, BAD[:1]), cast)
    decide(session, objection, Decision.DISMISSED, by=cast.reviewer)
    session.commit()

    refused = way.client.post(f"{link}/withdrawal")
    assert (refused.status_code, "已作出最终答复" in refused.text) == (409, True)
    taken_back = sa.select(Event.id).where(Event.action.in_(["withdraw", "withdraw_objection"]))
    assert session.scalars(taken_back).all() == []


@on_sqlite
def test_what_is_under_way_is_to_be_called_back(way):
    link = way.letter_to(Party.PRODUCER)
    way.client.post(link)
    received = way.told(Party.PRODUCER).received_at
    sent_objection(way.session, way.cast, way.finding, result_received_at=received)
    way.session.commit()

    assert way.client.post(f"{link}/withdrawal").status_code == 303

    assert "call the backup portion back, and take note" in way.desk().get("/desk/").text
