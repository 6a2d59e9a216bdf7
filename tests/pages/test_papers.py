"""The papers of a case on its page: asked for by a press, made by a job, fetched; and found by the code on them."""

from __future__ import annotations

import hashlib
import re

import pytest

from quality.delivery.jobs import serve_received_notices
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import documents_of, latest_of
from quality.notices.models import NoticeStatus
from quality.objections.models import Decision, Ground
from quality.objections.operations import decide
from quality.purchases.models import PortionKind
from quality.purchases.operations import hand_over
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import desk_of, notice_at, run
from tests.harness.objections import admitted_objection
from tests.harness.papers import asked
from tests.harness.press import making

pytestmark = on_sqlite
K = DocumentKind


@pytest.fixture
def clients(session, concluded, sign_in):
    cast = concluded.cast
    for actor in (cast.coordinator, cast.buyer, cast.analyst, cast.desk, cast.other_desk):
        give_password(session, actor.person)
    session.commit()
    return sign_in


def press(client, page: str, kind: DocumentKind, subject, language: str = "zh"):
    sent = {"paper": kind.value, "subject": str(subject.id), "language": language}
    answer = client.post(f"{page}/document", data=sent)
    return client.get(answer.location) if answer.location else answer


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"]+/document/[^"]+\.pdf)"', page)


def test_a_buyer_who_has_sealed_has_the_labels_made_and_fetches_them(clients, session, concluded):
    buyer, sample = clients(concluded.cast.buyer), concluded.bad[0].sample
    page = f"/desk/sample/{sample.number}"

    said = press(buyer, page, K.LABEL_SHEET, sample)
    assert said.status_code == 200
    assert "being made" in said.text
    assert links(said.text) == []
    assert run(session, making) == 3  # the sheet, and the label of each portion that stands on it

    shown = buyer.get(page).text
    assert "being made" not in shown
    assert len(links(shown)) == 3
    answer = buyer.get(links(shown)[0])
    document = latest_of(session, sample, K.LABEL_SHEET)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={document.number}-label-sheet.pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert hashlib.sha256(answer.data).hexdigest() == document.sha256


def test_the_page_of_the_purchase_has_them_too(clients, concluded):
    buyer, sample = clients(concluded.cast.buyer), concluded.bad[0].sample
    page = f"/desk/task/{sample.task.number}"

    assert press(buyer, page, K.SAMPLING_SHEET, sample).status_code == 200
    assert "being made" in buyer.get(page).text


def test_what_says_the_same_is_not_made_again(clients, session, concluded):
    coordinator, finding = clients(concluded.cast.coordinator), concluded.bad[0]
    page = f"/desk/finding/{finding.number}"
    for _twice in range(2):
        press(coordinator, page, K.RESULT_NOTICE, finding)
    run(session, making)

    assert "is there already" in press(coordinator, page, K.RESULT_NOTICE, finding).text
    assert len(documents_of(session, [("finding", finding.id)])) == 1


def test_after_another_hand_over_the_custody_sheet_has_a_new_edition(clients, session, concluded):
    cast, sample = concluded.cast, concluded.bad[0].sample
    portion = sample.portion(PortionKind.TEST)
    first = asked(session, concluded, K.CUSTODY_SHEET, portion)[Language.ZH]
    seal = {"seal_no": portion.seal_no, "seal_intact": True}
    hand_over(session, portion, by=cast.analyst, taken_by="courier:顺达快递", at=cast.clock.now(), **seal)
    coordinator = clients(cast.coordinator)

    press(coordinator, f"/desk/sample/{sample.number}", K.CUSTODY_SHEET, portion)
    run(session, making)

    later = latest_of(session, portion, K.CUSTODY_SHEET)
    assert (first.edition, later.edition) == (1, 2)
    assert first.code != later.code
    assert coordinator.get(f"/verify/{first.code}.json").json["state"] == "superseded"
    assert coordinator.get(f"/verify/{later.code}.json").json["state"] == "genuine"


def test_whoever_fetches_the_notice_has_received_it(clients, session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ISSUED, concluded.bad[0])
    code, platform = notice.verification_code, clients(desk_of(cast, notice))
    address = f"/desk/notice/{notice.number}/document/{code}/zh.pdf"
    coordinator = clients(cast.coordinator)
    assert coordinator.get(address).status_code == 200
    assert run(session, serve_received_notices) == 0

    assert platform.get(address).status_code == 200

    assert run(session, serve_received_notices) == 1
    assert notice.status == NoticeStatus.SERVED


def test_the_english_copy_of_a_notice_is_made_after_it(clients, session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    page, coordinator = f"/desk/notice/{notice.number}", clients(concluded.cast.coordinator)
    assert [link[-6:] for link in links(coordinator.get(page).text)] == ["zh.pdf"]
    assert "being made" in coordinator.get(page).text

    assert run(session, making) == 1

    assert [link[-6:] for link in links(coordinator.get(page).text)] == ["zh.pdf", "en.pdf"]


def test_what_is_no_paper_of_the_case_is_not_there(clients, session, concluded):
    coordinator, sample = clients(concluded.cast.coordinator), concluded.bad[0].sample
    page, other = f"/desk/sample/{sample.number}", concluded.bad[1].sample

    assert press(coordinator, page, K.SAMPLING_SHEET, other).status_code == 404
    assert press(coordinator, page, K.DISPOSAL_NOTICE, sample).status_code == 404
    assert press(coordinator, page, K.LABEL_SHEET, sample, "en").status_code == 404  # a label has no English
    assert press(coordinator, page, K.SAMPLING_SHEET, sample, "fr").status_code == 404
    assert coordinator.post(f"{page}/document").status_code == 404
    assert documents_of(session, [("sample", sample.id), ("sample", other.id)]) == []


def test_the_code_on_a_label_leads_each_to_their_own_page(clients, session, concluded):
    cast, sample = concluded.cast, concluded.bad[0].sample
    portion = sample.portion(PortionKind.TEST)
    label = asked(session, concluded, K.LABEL, portion)[Language.ZH]
    where = f"/desk/document/{label.code}"

    assert clients(cast.analyst).get(where).location == f"/desk/portion/{portion.blind_no}#papers"
    assert clients(cast.coordinator).get(where).location == f"/desk/sample/{sample.number}#papers"
    assert clients(cast.desk).get(where).status_code == 404
    assert clients(cast.coordinator).get("/desk/document/2222-2222-2222").status_code == 404


def test_an_overturned_finding_takes_its_notice_back_and_gives_no_other(clients, session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    notice = asked(session, concluded, K.RESULT_NOTICE, finding)[Language.ZH]
    coordinator = clients(cast.coordinator)
    page = f"/desk/finding/{finding.number}"
    assert coordinator.get(f"/verify/{notice.code}.json").json["state"] == "genuine"

    objection = admitted_objection(session, cast, finding, ground=Ground.PROCEDURE)
    decide(session, objection, Decision.UPHELD, by=cast.reviewer, reason="封样未拍照")
    session.commit()

    assert coordinator.get(f"/verify/{notice.code}.json").json["state"] == "withdrawn"
    assert "withdrawn" in coordinator.get(page).text
    assert press(coordinator, page, K.RESULT_NOTICE, finding).status_code == 409
