"""Is this document genuine and in force? By its code, its hash, the file itself; and no more than that is told."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
from flask.testing import FlaskClient

from quality.documents.models import DocumentKind, Language
from quality.documents.queries import latest_of
from quality.notices.models import NoticeStatus
from quality.pages.views import verify
from quality.publication.operations import withdraw
from quality.publication.queries import in_force
from quality.purchases.models import PortionKind
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at, run
from tests.harness.papers import asked, pdf_of
from tests.harness.press import making
from tests.harness.publication import closed_campaign

pytestmark = on_sqlite
K = DocumentKind
TOLD = {
    "code", "state", "kind", "number", "edition", "agency", "issued_at", "sha256", "courtesy_sha256", "since",
    "signed_with", "superseded_by",
}  # fmt: skip


@pytest.fixture
def papers(session, concluded):
    """A test order in both languages."""
    made = asked(session, concluded, K.TEST_ORDER, concluded.bad[0].sample.portion(PortionKind.TEST))
    session.commit()
    return made


def check(client: FlaskClient, file: bytes | None, name: str = "a.pdf"):
    data = {"file": (io.BytesIO(file), name)} if file is not None else {}
    return client.post("/verify", data=data, content_type="multipart/form-data", follow_redirects=True)


def test_whoever_holds_a_paper_learns_what_stands_on_its_face_and_no_more(client, papers, concluded):
    document = papers[Language.ZH]
    sample = concluded.bad[0].sample
    secrets = (sample.number, sample.product_name, concluded.cast.laboratory.name, sample.task.drawn.listing_id)

    answer = client.get(f"/verify/{document.code}.json").json
    page = client.get(f"/verify/{document.code}?lang=en").text

    assert set(answer) == TOLD
    assert (answer["state"], answer["kind"], answer["number"]) == ("genuine", "test_order", document.number)
    assert (answer["sha256"], answer["courtesy_sha256"]) == (document.sha256, papers[Language.EN].sha256)
    assert "Genuine and in force" in page
    assert "Test order" in page
    assert not [secret for secret in secrets if secret in page or secret in json.dumps(answer, ensure_ascii=False)]


def test_what_is_asked_for_and_not_made_is_nobodys_to_hold(client, session, concluded):
    from quality.pages.papers import ASKS

    subject = concluded.bad[0]
    document = ASKS[K.RESULT_NOTICE].ask(session, subject, Language.ZH, by=concluded.cast.coordinator)

    assert client.get(f"/verify/{document.code}").status_code == 404
    run(session, making)
    assert client.get(f"/verify/{document.code}").status_code == 200


def test_a_file_is_genuine_byte_for_byte_or_not_at_all(client, papers):
    pdf = pdf_of(papers[Language.ZH])

    assert "Genuine and in force" in client.get(check(client, pdf).request.path + "?lang=en").text
    altered = check(client, pdf[:-1] + b"?")
    assert altered.status_code == 404
    assert altered.request.path == f"/verify/{hashlib.sha256(pdf[:-1] + b'?').hexdigest()}"


def test_the_courtesy_copy_is_said_to_be_one(client, papers):
    copy = check(client, pdf_of(papers[Language.EN])).request.path

    assert "courtesy copy" in client.get(f"{copy}?lang=en").text
    assert client.get(f"{copy}.json").json["sha256"] == papers[Language.ZH].sha256


def test_no_file_and_too_large_a_file_are_told_what_to_do(client, session, papers, monkeypatch):
    monkeypatch.setattr(verify, "LARGEST", 1000)
    for answer in (check(client, None), check(client, b""), check(client, b"x" * 5000)):
        if answer.request.path == "/verify":
            assert answer.status_code == 422
            assert 'href="#file"' in answer.text
        else:
            assert answer.status_code == 404  # an empty file has a hash, and is none of ours


def test_a_notice_is_what_its_case_has_become(client, session, concluded):
    cast = concluded.cast
    states = {
        NoticeStatus.ISSUED: "genuine",
        NoticeStatus.CLOSED: "closed",
        NoticeStatus.WITHDRAWN: "withdrawn",
    }
    for place, (status, state) in enumerate(states.items()):
        notice = notice_at(session, cast, status, [*concluded.bad, concluded.elsewhere][place])
        session.commit()
        answer = client.get(f"/verify/{notice.verification_code}.json").json
        pdf = latest_of(session, notice, K.DISPOSAL_NOTICE)
        assert (answer["state"], answer["kind"], answer["sha256"]) == (state, "disposal_notice", pdf.sha256)


def test_the_hash_that_a_notices_page_shows_is_one_that_anybody_can_look_up(sign_in, client, session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    give_password(session, concluded.cast.coordinator.person)
    session.commit()
    pdf = latest_of(session, notice, K.DISPOSAL_NOTICE)

    page = sign_in(concluded.cast.coordinator).get(f"/desk/notice/{notice.number}").text

    assert pdf.sha256 in page
    assert notice.sealed_sha256 not in page
    assert client.get(f"/verify/{pdf.sha256}.json").json["number"] == notice.number


@pytest.mark.breaks_the_record
def test_a_notice_that_was_issued_before_notices_had_a_pdf_is_known_too(client, session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    session.commit()
    with session.get_bind().begin() as connection:
        connection.exec_driver_sql("DELETE FROM document")
    session.expire_all()

    answer = client.get(f"/verify/{notice.verification_code}.json").json

    assert (answer["state"], answer["sha256"]) == ("genuine", notice.sealed_sha256)


def test_a_closed_campaign_is_announced_with_its_pdf_and_a_correction_makes_a_new_edition(client, session, concluded):
    number = concluded.good.sample.task.campaign.number
    assert client.get(f"/campaigns/{number}.pdf").status_code == 404
    campaign = closed_campaign(session, concluded)
    assert client.get(f"/campaigns/{number}.pdf").status_code == 404
    run(session, making)
    first = latest_of(session, campaign, K.ANNOUNCEMENT)

    page = client.get(f"/campaigns/{number}?lang=en").text
    pdf = client.get(f"/campaigns/{number}.pdf")
    english = client.get(f"/campaigns/{number}.pdf?lang=en")

    assert f"/campaigns/{number}.pdf" in page
    assert first.code in page
    assert pdf.mimetype == "application/pdf"
    assert hashlib.sha256(pdf.data).hexdigest() == first.sha256
    assert english.data != pdf.data
    assert client.get(f"/campaigns/{number}.pdf", headers={"If-None-Match": pdf.headers["ETag"]}).status_code == 304
    assert f"/campaigns/{number}.pdf" in client.get(f"/verify/{first.code}?lang=en").text

    session.expire_all()
    [published] = [line["number"] for line in first.says["conforming"]]
    withdraw(session, in_force(session, published), "检验机构更正了报告", by=concluded.cast.reviewer)
    run(session, making)

    assert latest_of(session, campaign, K.ANNOUNCEMENT).edition == 2
    assert client.get(f"/verify/{first.code}.json").json["state"] == "superseded"
