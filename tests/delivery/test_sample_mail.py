"""The desk of a platform is called by mail to the samples of which it was told, over a real server, and reminded."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.delivery import endpoints, sample_mail
from quality.delivery.sample_mail import GATHERED, PAUSE, call_about_samples, claim, send_due, write_what_is_due
from quality.delivery.sending import LEASE, WAITS
from quality.informing.jobs import prove_what_was_opened
from quality.informing.models import Call, Proof, SampleMail, SampleMailLine, SampleNotice
from quality.informing.operations import acknowledge, open_as_platform, tell
from quality.informing.queries import calls_to, notice_to
from quality.objections.models import Party
from quality.purchases.models import Sample
from tests.delivery.conftest import DESK
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.notices import run
from tests.harness.offices import Office
from tests.harness.purchases import PURCHASE
from tests.harness.sending import Way


def samples(way: Way) -> list[Sample]:
    """Of the desk's platform."""
    every = [each.sample for each in (*way.concluded.bad, way.concluded.good, way.concluded.elsewhere)]
    return [each for each in every if each.task.drawn.platform_id == way.desk.organisation_id]


def told(way: Way, sample: Sample) -> SampleNotice:
    notice = tell(way.session, sample, Party.PLATFORM, by=way.cast.coordinator).notice
    way.session.commit()
    return notice


def call(way: Way) -> int:
    way.session.commit()
    tries = call_about_samples(sessionmaker(way.session.get_bind()), way.settings, jitter=lambda: 0.0)
    way.session.expire_all()
    return tries


def later(way: Way, **long: float) -> int:
    way.cast.clock.moment += timedelta(**long)
    return call(way)


def calls(way: Way, sample: Sample) -> list[Call]:
    notice = notice_to(way.session, sample, Party.PLATFORM)
    assert notice
    return [each.call for each in calls_to(way.session, [notice.id])[notice.id]]


def mails(session: Session) -> list[SampleMail]:
    return list(session.scalars(sa.select(SampleMail).order_by(SampleMail.id)))


def test_one_mail_gathers_what_was_told_and_says_how_many_of_which_agency(posted: Way, office: Office) -> None:
    some = samples(posted)
    for each in some:
        assert call(posted) == 0
        told(posted, each)
    assert call(posted) == 0  # more may be told in a moment
    assert later(posted, minutes=10) == 1
    assert later(posted, hours=5) == 0
    [envelope] = office.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("notices@mingcha.example", [DESK])
    mail, many = office.read(), len(some)
    assert mail["Subject"] == f"【云州市市场监督管理局】抽样告知书 ({many}) / Notices that samples were taken ({many})"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    chinese, english = text.split("----")
    for half in (chinese, english):
        assert f"{posted.settings.public_url}/desk/told/" in half
        assert "云州市市场监督管理局" in half
    assert f"云州市市场监督管理局：{many} 件" in chinese
    assert "no proof of receipt" in english
    assert {tuple(calls(posted, each)) for each in some} == {(Call.TOLD,)}


def test_nothing_in_it_leads_to_a_buyer_or_to_the_goods_and_nothing_is_logged(
    posted: Way, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="mingcha")
    [sample, *_more] = samples(posted)
    told(posted, sample)
    later(posted, minutes=10)
    text = office.read().get_content()
    typed = {str(PURCHASE[name]) for name in ("account", "recipient", "address", "telephone")}
    blind = {each for portion in sample.portions for each in (portion.blind_no, portion.seal_no)}
    goods = {sample.product_name, sample.number, sample.task.drawn.listing_id}
    hidden = {*typed, *blind, *goods, sample.task.buyer.name, sample.task.number}
    assert not [each for each in hidden if each in text]
    assert DESK not in caplog.text
    assert text not in caplog.text


@on_sqlite
def test_a_desk_gets_one_mail_an_hour_at_most(posted: Way, office: Office) -> None:
    first, second, *_more = samples(posted)
    told(posted, first)
    assert later(posted, minutes=10) == 1
    told(posted, second)
    assert later(posted, minutes=20) == 0
    assert later(posted, seconds=PAUSE.total_seconds()) == 1
    assert len(office.mails) == 2
    assert [calls(posted, each) for each in (first, second)] == [[Call.TOLD]] * 2


@on_sqlite
def test_who_did_not_open_is_reminded_after_five_working_days_and_after_ten_and_then_left(
    posted: Way, office: Office
) -> None:
    [sample, *_more] = samples(posted)
    told(posted, sample)
    later(posted, minutes=10)
    made, days = {}, 0
    while days < 40:
        days += 1
        if later(posted, days=1):
            made[days] = calls(posted, sample)[-1]
    assert list(made.values()) == [Call.REMINDER, Call.LAST_REMINDER]
    first, second = made
    assert first >= 6
    assert second - first >= 6
    text = office.read().get_content()
    assert "至今无人查阅" in text
    assert "Nobody of yours has opened these yet" in text
    assert office.read()["Subject"].startswith("【云州市市场监督管理局】抽样告知书尚未查阅 (1) /")
    notice = notice_to(posted.session, sample, Party.PLATFORM)
    assert notice
    assert (notice.calls, notice.call_at, notice.received_at) == (3, None, None)


@on_sqlite
@pytest.mark.parametrize("how", ["opened", "acknowledged"])
def test_who_has_it_is_not_called_any_more(posted: Way, office: Office, how: str) -> None:
    [sample, *_more] = samples(posted)
    notice = told(posted, sample)
    if how == "opened":
        open_as_platform(posted.session, notice, by=posted.desk)
        posted.session.commit()
        assert run(posted.session, lambda sessions, _now: prove_what_was_opened(sessions)) == 1
    else:
        acknowledge(posted.session, notice, by=posted.desk)
        posted.session.commit()
    assert later(posted, days=30) == 0
    assert office.mails == []
    found = notice_to(posted.session, sample, Party.PLATFORM)
    assert found
    assert (found.proof, found.call_at) == (Proof(how), None)


@on_sqlite
def test_what_was_told_before_a_desk_named_its_mailbox_is_not_mailed_and_reminded_later(
    way: Way, office: Office
) -> None:
    way.settings = replace(way.settings, smtp_url=office.url, mail_from="notices@mingcha.example")
    [sample, other, *_more] = samples(way)
    told(way, sample)
    assert later(way, days=1) == 0  # no mailbox: it waits
    endpoints.set_contact(way.session, DESK, by=way.desk)
    assert later(way, minutes=10) == 0
    told(way, other)
    assert later(way, minutes=10) == 1
    assert [calls(way, each) for each in (sample, other)] == [[], [Call.TOLD]]
    later(way, days=14)
    assert [calls(way, each) for each in (sample, other)] == [[Call.REMINDER], [Call.TOLD, Call.REMINDER]]
    assert "云州市市场监督管理局：2 件" in office.read().get_content()


@on_sqlite
def test_without_a_mail_server_nothing_is_written_and_nothing_lost(posted: Way, office: Office) -> None:
    there = posted.settings
    [sample, *_more] = samples(posted)
    told(posted, sample)
    posted.settings = replace(there, smtp_url=None, mail_from=None)
    assert later(posted, days=1) == 0
    assert mails(posted.session) == []
    posted.settings = there
    assert call(posted) == 1
    assert len(office.mails) == 1


@on_sqlite
def test_a_mail_that_is_not_taken_is_tried_again_as_it_was_and_given_up_in_the_end(posted: Way, office: Office) -> None:
    office.says = "451 4.3.0 Later"
    [sample, *_more] = samples(posted)
    told(posted, sample)
    posted.cast.clock.moment += GATHERED
    for wait in WAITS[:-1]:
        assert call(posted) == 1
        assert call(posted) == 0
        posted.cast.clock.moment += wait
    assert call(posted) == 1
    posted.cast.clock.moment += WAITS[-1]
    office.says = "250 OK"
    [kept] = mails(posted.session)
    body = kept.body
    office.says = "552 5.2.2 Full"
    assert call(posted) == 1
    [mail] = mails(posted.session)
    assert (mail.body, mail.next_try_at, mail.delivered_at) == (body, None, None)
    assert mail.dead_at
    assert later(posted, hours=2) == 0


@on_sqlite
def test_who_dies_between_writing_and_sending_leaves_the_same_mail(posted: Way, office: Office) -> None:
    sessions = sessionmaker(posted.session.get_bind())
    [sample, *_more] = samples(posted)
    told(posted, sample)
    posted.cast.clock.moment += GATHERED
    assert write_what_is_due(sessions, posted.settings) == 1
    [mail] = mails(posted.session)
    assert claim(sessions, mail.id) is not None  # and here it died
    assert claim(sessions, mail.id) is None
    assert send_due(sessions, posted.settings) == 0
    posted.cast.clock.moment += LEASE
    assert call(posted) == 1
    assert call(posted) == 0
    [envelope] = office.mails
    assert envelope.content.rstrip() == mail.body.rstrip()
    assert mail.message_id in office.read()["Message-ID"]
    [mail] = mails(posted.session)
    assert (mail.tries, mail.delivered_at) == (2, posted.cast.clock.moment)


@on_sqlite
def test_who_dies_in_the_middle_of_writing_has_written_nothing(
    posted: Way, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sample, *_more] = samples(posted)
    told(posted, sample)

    def torn(*_told: object) -> bytes:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as broken:
        broken.setattr(sample_mail, "drafted", torn)
        assert later(posted, minutes=10) == 0
    assert calls(posted, sample) == []
    assert call(posted) == 1
    assert len(office.mails) == 1


@on_postgresql
def test_of_many_who_write_at_once_one_does(posted: Way, office: Office) -> None:
    sessions = sessionmaker(posted.session.get_bind())
    for each in samples(posted):
        told(posted, each)
    posted.cast.clock.moment += GATHERED
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _four: write_what_is_due(sessions, posted.settings), range(4)))
    assert sum(written) == 1
    lines = posted.session.scalars(sa.select(SampleMailLine.notice_id)).all()
    assert sorted(lines) == sorted(set(lines))
    assert len(lines) == len(samples(posted))
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _four: send_due(sessions, posted.settings), range(4)))
    assert sum(sent) == 1
    assert len(office.mails) == 1
