"""Mail to the desks over a real server: in two languages, with the sealed document, retried, and never a proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.core.events import Event
from quality.core.workflow import record
from quality.delivery import endpoints
from quality.delivery.jobs import serve_received_notices, tell_what_was_missed
from quality.delivery.mail import post, send_due_mail, server
from quality.delivery.models import Delivery, Medium, Message, MessageType, Problem
from quality.delivery.sending import WAITS
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.models import NoticeStatus
from quality.notices.operations import answer_to, ask, send_back
from quality.people.actor import SYSTEM
from tests.delivery.conftest import DESK
from tests.harness.databases import on_sqlite
from tests.harness.notices import run, seen
from tests.harness.offices import Office
from tests.harness.sending import Way


def send(way: Way) -> int:
    way.session.commit()
    tries = send_due_mail(sessionmaker(way.session.get_bind()), way.settings, jitter=lambda: 0.0)
    way.session.expire_all()
    return tries


def the_delivery(way: Way) -> Delivery:
    return way.session.scalars(sa.select(Delivery).where(Delivery.address.is_not(None))).one()


def test_an_issued_notice_is_mailed_in_both_languages_with_its_document(posted: Way, office: Office) -> None:
    notice = posted.told()

    assert send(posted) == 1

    [envelope] = office.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("notices@mingcha.example", [DESK])
    mail = office.read()
    assert mail["To"] == DESK
    assert mail["Subject"] == f"【云州市市场监督管理局】处置通知书 {notice.number} / Disposal notice {notice.number}"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    chinese, english = text.split("----")
    address = f"{posted.settings.public_url}/desk/notice/{notice.number}"
    assert f"签发处置通知书{notice.number}" in chinese
    assert f"has issued disposal notice {notice.number}" in english
    for half in (chinese, english):
        assert address in half
    document = latest_of(posted.session, notice, DocumentKind.DISPOSAL_NOTICE)
    [attached] = mail.iter_attachments()
    pdf = attached.get_payload(decode=True)
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF")
    assert (attached.get_content_type(), len(pdf)) == ("application/pdf", document.bytes)


def test_what_was_mailed_is_kept_byte_for_byte(posted: Way, office: Office) -> None:
    posted.told()
    send(posted)

    message = posted.session.scalars(sa.select(Message).where(Message.medium == Medium.EMAIL)).one()
    assert message.body.rstrip() == office.mails[0].content.rstrip()
    assert message.webhook_id in office.read()["Message-ID"]
    assert the_delivery(posted).delivered_at == clock.now()


@on_sqlite
def test_a_mail_that_a_server_took_proves_no_receipt(posted: Way, office: Office) -> None:
    notice = posted.told()
    send(posted)

    assert run(posted.session, serve_received_notices) == 0
    assert (notice.status, the_delivery(posted).received_at) == (NoticeStatus.ISSUED, None)


@on_sqlite
def test_a_mail_that_is_not_taken_is_tried_by_the_schedule_and_then_rings(posted: Way, office: Office) -> None:
    office.says = "451 4.3.0 Later"
    notice = posted.told()
    for wait in WAITS:
        assert send(posted) == 1
        assert send(posted) == 0
        posted.cast.clock.moment += wait
    office.says = "552 5.2.2 Full"
    assert send(posted) == 1

    delivery = the_delivery(posted)
    assert delivery.dead_at
    statuses = [(each.status, each.problem, each.answer) for each in delivery.attempts]
    assert statuses[0] == (451, Problem.MAIL_REFUSED, "4.3.0 Later")
    assert statuses[-1] == (552, Problem.MAIL_REFUSED, "5.2.2 Full")
    told = sa.select(Event.subject_id).where(Event.action == "undelivered", Event.subject_type == "notice")
    assert posted.session.scalars(told).all() == [notice.id]


@on_sqlite
def test_a_later_try_is_the_same_mail(posted: Way, office: Office) -> None:
    office.says = "451 Later"
    posted.told()
    send(posted)
    office.says = "250 OK"
    posted.cast.clock.moment += WAITS[0]
    send(posted)

    assert len(office.mails) == 1
    assert [each.status for each in the_delivery(posted).attempts] == [451, 250]


@on_sqlite
def test_a_mailbox_that_nobody_has_is_said(posted: Way, office: Office) -> None:
    answer = post(posted.settings, "nobody@platform.example", b"Subject: x\r\n\r\nx")

    assert (answer.status, answer.problem) == (550, Problem.MAIL_REFUSED)
    assert "No such mailbox" in answer.text


@on_sqlite
def test_no_name_begins_another_header(posted: Way, office: Office) -> None:
    record(posted.session, posted.cast.agency, "touch", by=SYSTEM, facts={"name": "市场局\r\nBcc: other@evil.example"})
    posted.told()
    send(posted)

    assert office.mails[0].rcpt_tos == [DESK]
    assert office.read()["Bcc"] is None


@on_sqlite
def test_a_claim_sent_back_is_mailed_without_a_document(posted: Way, office: Office) -> None:
    notice = posted.notice(NoticeStatus.ANSWERED)
    posted.cast.clock.advance(minutes=1)
    seen(posted.session, posted.cast, notice.items[0], gone=False)
    send_back(posted.session, notice.items[0], by=posted.cast.coordinator)
    posted.tell(tell_what_was_missed)
    send(posted)

    subjects = {office.read(place)["Subject"] for place in range(len(office.mails))}
    assert any("请重新反馈" in subject for subject in subjects)
    mail = next(m for m in map(office.read, range(len(office.mails))) if "请重新反馈" in m["Subject"])
    assert list(mail.iter_attachments()) == []
    body = mail.get_body()
    assert body is not None
    assert notice.items[0].listing_id in body.get_content()


@on_sqlite
def test_without_a_mailbox_or_a_server_nothing_is_written(way: Way, office: Office) -> None:
    way.settings = replace(way.settings, smtp_url=None)
    endpoints.set_contact(way.session, DESK, by=way.desk)
    way.told()
    way.settings = replace(way.settings, smtp_url=f"smtp://127.0.0.1:{office.port}")
    endpoints.set_contact(way.session, "", by=way.desk)
    way.tell(tell_what_was_missed)

    assert way.session.scalars(sa.select(Message).where(Message.medium == Medium.EMAIL)).all() == []
    assert send(way) == 0


@on_sqlite
def test_a_server_that_is_not_there_is_said(posted: Way) -> None:
    gone = replace(posted.settings, smtp_url="smtp://127.0.0.1:9")

    assert post(gone, DESK, b"x").problem == Problem.NO_CONNECTION
    assert post(replace(gone, smtp_url=None), DESK, b"x").problem == Problem.NOT_CONFIGURED


def test_a_password_is_never_said_in_the_clear_over_a_network(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.delivery.mail.LOOPBACK", set())

    with pytest.raises(Exception, match="in the clear"):
        server(f"smtp://user:word@127.0.0.1:{office.port}")


def test_a_question_of_the_agency_is_mailed_and_goes_to_no_endpoint(posted: Way, office: Office) -> None:
    notice = posted.notice(NoticeStatus.SERVED)
    ask(posted.session, notice, "哪个批次？", by=SYSTEM)
    asked = ask(posted.session, notice, "何时答复？", by=posted.desk)
    answer_to(posted.session, asked, "三日内。", by=posted.cast.coordinator)
    posted.tell()
    send(posted)

    said = [mail for mail in map(office.read, range(len(office.mails))) if "Asked or answered" in mail["Subject"]]
    assert len(said) == 2
    assert f"about notice {notice.number}" in said[0].get_content()
    media = posted.session.scalars(sa.select(Message.medium).where(Message.type == MessageType.SAID)).all()
    assert media == [Medium.EMAIL, Medium.EMAIL]
