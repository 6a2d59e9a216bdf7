"""The papers of a correction go by letter; its party reports by the link: a claim, with files as evidence of it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.corrections.models import Correction, CorrectionStatus
from quality.corrections.operations import (
    acknowledge,
    prove_receipt,
    report_by_letter,
    send_letter,
    take_back_letter,
    withdraw,
)
from quality.corrections.queries import is_to_be_told, newest_paper, waits_to_be_told
from quality.documents.models import DocumentKind
from quality.evidence.models import EvidenceKind, Exhibit
from quality.objections.concerned import Concerned
from quality.objections.models import Letter, LetterKind, Party, Proof, SentFile
from quality.objections.operations import send_letter as send_result
from quality.objections.queries import files_of, letters_about
from quality.web.pace import EXTENSION
from tests.evidence.files import little_picture
from tests.harness.corrections import announced_correction, ordered_correction, proposed_correction, rechecked
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import run
from tests.harness.people import Cast
from tests.harness.press import making
from tests.harness.refusals import assert_invalid, assert_refused

SAID = {"statement": "已停售并更换磁体，附检验报告。"}


def untold(session: Session) -> set[int]:
    return set(session.scalars(sa.select(Correction.id).where(waits_to_be_told())))


def holder(cast: Cast, letter: Letter) -> Concerned:
    return Concerned.by(letter, cast.agency)


@on_sqlite
def test_each_paper_is_told_once_it_is_decided(session, cast):
    correction = proposed_correction(session, cast)
    assert_refused(session, "nothing_to_tell", send_letter, correction, by=cast.coordinator)
    ordered = ordered_correction(session, cast)
    assert is_to_be_told(ordered)
    assert untold(session) == {ordered.id}
    sent = send_letter(session, ordered, by=cast.coordinator)
    assert (sent.letter.kind, sent.letter.party) == (LetterKind.CORRECTION_ORDER, Party.PRODUCER)
    assert (is_to_be_told(ordered), untold(session)) == (False, set())
    assert list(letters_about(session, ordered)) == [sent.letter]
    assert list(letters_about(session, ordered.finding)) == [], "a finding's own letters are others"
    announced = announced_correction(session, cast)
    assert newest_paper(announced) == DocumentKind.CORRECTION_ANNOUNCEMENT
    assert send_letter(session, announced, by=cast.coordinator).letter.kind == LetterKind.CORRECTION_ANNOUNCEMENT
    session.commit()


@on_sqlite
def test_a_letter_that_came_by_post_has_a_number_and_a_moment(session, cast, clock):
    correction = ordered_correction(session, cast)
    letter = send_letter(session, correction, by=cast.coordinator).letter
    by, early = cast.coordinator, clock.now() - timedelta(minutes=2)
    wrong = {("received_at", "too_early"), ("receipt_no", "missing")}
    assert_invalid(session, wrong, prove_receipt, letter, early, " ", by=by)
    at = clock.advance(days=2)
    prove_receipt(session, letter, at, "EMS 7", by=by)
    assert (letter.received_at, letter.proof, letter.receipt_no) == (at, Proof.POST, "EMS 7")
    assert_refused(session, "received_already", prove_receipt, letter, at, "EMS 7", by=by)
    take_back_letter(session, letter, by=by)
    assert_refused(session, "taken_back", take_back_letter, letter, by=by)


@on_sqlite
def test_a_link_is_for_its_own_party(session, cast):
    """The seller's link opens nothing of the producer's case."""
    correction = ordered_correction(session, cast)
    other = send_result(session, correction.finding, Party.SELLER, by=cast.coordinator).letter
    mine = send_letter(session, correction, by=cast.coordinator).letter
    assert_refused(session, "not_yours", acknowledge, mine, by=holder(cast, other))
    acknowledge(session, mine, by=holder(cast, mine))
    assert (mine.proof, mine.received_at) == (Proof.LINK, cast.clock.moment)
    acknowledge(session, mine, by=holder(cast, mine))
    signed = session.scalars(sa.select(Event.actor).where(Event.action == "letter_received")).all()
    assert signed == [f"letter:{mine.id}"]


@on_sqlite
def test_nothing_is_reported_by_the_link_of_what_was_withdrawn(session, cast):
    correction = ordered_correction(session, cast)
    letter = send_letter(session, correction, by=cast.coordinator).letter
    withdraw(session, correction, "当事人已注销", by=cast.reviewer)
    assert_refused(session, "wrong_status", report_by_letter, letter, "已整改", by=holder(cast, letter))


# --- the page ---


@pytest.fixture
def link(app, session: Session, cast: Cast) -> str:
    app.extensions.pop(EXTENSION, None)
    correction = ordered_correction(session, cast)
    session.info["correction"] = correction
    sent = send_letter(session, correction, by=cast.coordinator)
    session.commit()
    run(session, making)
    return f"/reply/{sent.token}"


def test_the_party_reads_confirms_and_reports(app, session, cast, client: FlaskClient, link):
    clock = cast.clock
    correction = session.info["correction"]
    page = client.get(link).text
    assert "责令改正通知书" in page
    assert "停止生产销售同批次产品" in page
    assert client.post(link).status_code == 303
    assert "收到" in client.get(f"{link}").text
    [code] = {each for each in page.split('"') if each.endswith(".pdf")}
    assert client.get(code).mimetype == "application/pdf"
    assert client.get(f"{link}/report").status_code == 200
    clock.advance(days=3)
    picture = little_picture(97)
    files = [(io.BytesIO(picture), "整改.png"), (io.BytesIO(picture), "再次.png")]
    assert client.post(f"{link}/report", data=SAID | {"files": files}).status_code == 303
    session.expire_all()
    assert correction.status == CorrectionStatus.REPORTED
    assert correction.reported_at == clock.moment
    [told] = correction.reports
    [file] = files_of(session, told)
    [exhibit] = session.scalars(sa.select(Exhibit).where(Exhibit.subject_type == "correction"))
    held = exhibit.holding
    assert (exhibit.kind, exhibit.by_id, held.sha256) == (EvidenceKind.CORRECTION, None, file.sha256)
    assert held.organisation_id == cast.agency.id and file.accepted_at == told.received_at
    said = session.scalars(sa.select(Event).where(Event.subject_type == "correction", Event.action == "evidence")).one()
    assert said.actor.startswith("letter:") and said.details["sha256"] == file.sha256
    assert SAID["statement"] in client.get(link).text
    assert "Report more" in client.get(f"{link}?lang=en").text
    give_password(session, cast.coordinator.person)
    session.commit()
    desk = sign_in(app, cast.coordinator)
    shown = desk.get(f"/desk/correction/{correction.number}").text
    assert SAID["statement"] in shown and "kept as evidence" in shown
    assert f"/{exhibit.id}" in shown, "it stands among the evidence of the case"
    assert "整改.png" in shown or "再次.png" in shown
    got = desk.get(f"/desk/correction/{correction.number}/sent/{file.id}")
    assert (got.data, got.mimetype) == (picture, "application/octet-stream")
    assert desk.get(f"/desk/correction/{correction.number}/sent/9999").status_code == 404
    clock.advance(days=1)
    rechecked(session, cast, correction)
    session.commit()
    seen = client.get(f"{link}?lang=en").text
    assert "What the agency saw" in seen
    assert "Not corrected" in seen


@on_sqlite
def test_a_report_that_does_not_fit_comes_back_as_it_was_typed(client: FlaskClient, link):
    empty = client.post(f"{link}/report", data={"statement": ""})
    assert empty.status_code == 422
    bad = SAID | {"files": [(io.BytesIO(b"MZ\x90\x00" + b"\x00" * 200), "a.exe")]}
    answer = client.post(f"{link}/report", data=bad)
    assert answer.status_code == 422
    assert "a.exe" in answer.text
    assert SAID["statement"] in answer.text


@on_sqlite
def test_after_a_withdrawal_the_page_says_so_and_takes_nothing(session, cast, client: FlaskClient, link):
    withdraw(session, session.info["correction"], "当事人已注销", by=cast.reviewer)
    session.commit()
    assert "无需据此改正" in client.get(link).text
    assert client.get(f"{link}/report").status_code == 303
    late = client.post(f"{link}/report", data=SAID)
    assert late.status_code == 409
    assert SAID["statement"] in late.text
    assert session.scalars(sa.select(SentFile)).all() == []


@on_sqlite
def test_a_link_of_an_order_takes_no_objection_and_one_of_a_result_no_report(session, cast, client: FlaskClient, link):
    assert client.get(f"{link}/objection").status_code == 303
    assert client.post(f"{link}/objection", data={"ground": "result"}).status_code == 404
    assert client.get(f"{link}/withdrawal").status_code == 404
    finding = session.info["correction"].finding
    result = send_result(session, finding, Party.SELLER, by=cast.coordinator)
    session.commit()
    run(session, making)
    assert client.get(f"/reply/{result.token}/report").status_code == 303
    assert client.post(f"/reply/{result.token}/report", data=SAID).status_code == 404
