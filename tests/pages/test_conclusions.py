"""Each party that was told a result is told what its second test came to, with a letter of its own and its receipt."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.core.clock import BEIJING
from quality.core.errors import Invalid, Refused
from quality.documents.queries import documents_of
from quality.lab.queries import following
from quality.objections.jobs import waive_what_was_not_seen_to
from quality.objections.models import Decision, Letter, Party, Proof, Telling
from quality.objections.operations import admit, decide, draw_laboratory, prove_receipt
from quality.objections.queries import of_party
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.lab import GOOD
from tests.harness.notices import run
from tests.harness.objections import reinspected_objection
from tests.harness.press import making
from tests.pages.test_reply import SAID, way

__all__ = ["way"]  # a fixture


@on_sqlite
def test_each_party_that_was_told_is_told_what_the_second_test_came_to_and_proves_it(way):
    cast, session = way.cast, way.session
    for party in (Party.SELLER, Party.PRODUCER):
        way.client.post(way.letter_to(party))
    objection = reinspected_objection(
        session, cast, GOOD[:1], way.finding, result_received_at=way.told(Party.PRODUCER).received_at
    )
    decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    notice = documents_of(session, [("letter", session.scalars(sa.select(Letter.id).limit(1)).one())])[0]
    assert notice.withdrawn_at, "what was sent does not hold any more"
    last = following(session, way.finding)
    session.commit()
    desk = way.desk()
    assert "Send the conclusion of the re-inspection" in desk.get("/desk/").text
    page = f"/desk/finding/{last.number}"
    assert desk.get(page).text.count("not sent yet") == 2

    links = {}
    for party in (Party.SELLER, Party.PRODUCER):
        shown = desk.post(f"{page}/letter", data={"party": party.value, "version": last.version})
        links[party] = re.search(r"/reply/[\w-]+", shown.text)[0]
        session.expire_all()
    run(session, making)
    assert "Send the conclusion of the re-inspection" not in desk.get("/desk/").text
    assert objection.conclusion_told_at == way.clock.moment

    told = way.client.get(links[Party.SELLER]).text
    assert "复检结论通知书" in told
    assert "提出异议" not in told.replace("不得再提异议", "")
    way.client.post(links[Party.SELLER])
    assert "我已收到" not in way.client.get(links[Party.SELLER]).text
    assert way.client.get(f"{links[Party.SELLER]}/objection").status_code == 303
    assert way.client.post(f"{links[Party.SELLER]}/objection", data=SAID).status_code == 409
    letter = session.scalars(sa.select(Letter).order_by(Letter.id.desc()).limit(1)).one()
    session.expire_all()
    receipt = {"letter": str(letter.id), "receipt_no": "EMS 118", "version": last.version}
    missing = desk.post(f"{page}/prove_receipt", data=receipt)
    assert missing.status_code == 422
    minute = f"{way.clock.moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    sent = receipt | {"received_at": minute, "receipt": (io.BytesIO(little_picture(4)), "回执.png")}
    assert desk.post(f"{page}/prove_receipt", data=sent).status_code == 302

    session.expire_all()
    proofs = [
        (each.kind, each.proof, each.receipt_no) for each in session.scalars(sa.select(Letter).order_by(Letter.id))
    ]
    assert proofs[2:] == [("conclusion", Proof.LINK, ""), ("conclusion", Proof.POST, "EMS 118")]
    assert "EMS 118" in desk.get(page).text
    assert session.scalars(sa.select(Telling).where(Telling.finding_id == last.id)).all() == []
    with pytest.raises(Refused, match="received_already"):
        prove_receipt(session, letter, way.clock.moment, "EMS 119", by=cast.coordinator)
    session.rollback()
    first = session.scalars(sa.select(Letter).order_by(Letter.id).limit(1)).one()
    early = way.clock.moment - timedelta(days=30)
    with pytest.raises(Invalid) as wrong:
        prove_receipt(session, first, early, " ", by=cast.coordinator)
    assert {each.code for each in wrong.value.problems} == {"too_early", "missing", "tells_a_result"}
    session.rollback()


@on_sqlite
def test_a_party_asks_for_its_re_inspection_on_its_page(way):
    session, cast = way.session, way.cast
    link, other = way.letter_to(Party.SELLER), way.letter_to(Party.PRODUCER)
    for each in (link, other):
        way.client.post(each)
    assert way.client.post(f"{link}/formalities").status_code == 404
    way.client.post(
        f"{link}/objection", data={"ground": "result", "statement": "请复检", "items": way.finding.results[0].item}
    )
    objection = of_party(session, way.finding, Party.SELLER)
    assert way.client.post(f"{link}/formalities").status_code == 409
    admit(session, objection, by=cast.coordinator)
    draw_laboratory(session, objection, by=cast.coordinator)
    session.commit()
    ask = "我方申请复检"
    assert ask in way.client.get(link).text
    assert ask not in way.client.get(other).text
    assert way.client.post(f"{other}/formalities").status_code == 404

    assert way.client.post(f"{link}/formalities").status_code == 303

    shown = way.client.get(link).text
    assert ask not in shown
    assert objection.laboratory.name in shown
    assert way.client.post(f"{link}/formalities").status_code == 409
    desk = way.desk().get(f"/desk/objection/{objection.number}?lang=en").text
    assert "Send the backup portion: the formalities are seen to" in desk
    assert "raised the objection" in desk


@on_sqlite
def test_who_let_the_formalities_run_out_reads_that_it_waived(way):
    session, cast, link = way.session, way.cast, way.letter_to(Party.SELLER)
    way.client.post(link)
    way.client.post(
        f"{link}/objection", data={"ground": "result", "statement": "请复检", "items": way.finding.results[0].item}
    )
    objection = of_party(session, way.finding, Party.SELLER)
    admit(session, objection, by=cast.coordinator)
    draw_laboratory(session, objection, by=cast.coordinator)
    way.clock.advance(days=12)
    assert run(session, waive_what_was_not_seen_to) == 1

    page = way.client.get(f"{link}?lang=en").text

    assert "The time for its formalities ran out" in page
    assert "ran out unused: the re-inspection is waived" in page
    assert way.client.post(f"{link}/formalities").status_code == 409
