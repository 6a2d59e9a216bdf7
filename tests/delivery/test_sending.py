"""Webhooks over real sockets: signed, retried by the schedule under one id, and a receipt where a person said so."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import svix
from sqlalchemy.orm import sessionmaker
from svix.webhooks import WebhookVerificationError

from quality.clocks.queries import clocks_of
from quality.core import clock
from quality.core.events import Event
from quality.delivery import endpoints, signing
from quality.delivery.jobs import serve_received_notices
from quality.delivery.models import (
    Channel,
    DeliveryAttempt,
    Endpoint,
    Message,
    Problem,
    StopReason,
)
from quality.delivery.post import Answer
from quality.delivery.queries import receipts_of
from quality.delivery.sending import LEASE, WAITS, Tried, claim_some, send_due_webhooks, settle
from quality.notices.models import NoticeStatus
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.receiver import Reply, receiver

ISSUED, SERVED = NoticeStatus.ISSUED, NoticeStatus.SERVED
ANSWERED, CLOSED = NoticeStatus.ANSWERED, NoticeStatus.CLOSED


def test_an_issued_notice_reaches_the_platforms_system_signed(way):
    cast = way.cast
    cast.clock.moment = datetime.now(UTC)  # who verifies looks at the time
    _endpoint, secret = way.added()
    notice = way.notice()

    assert way.tell() == 1
    assert way.send() == 1

    [taken] = way.system.taken
    svix.Webhook(secret).verify(taken.body, dict(taken.headers))
    with pytest.raises(WebhookVerificationError):
        svix.Webhook(secret).verify(taken.body + b" ", dict(taken.headers))
    with pytest.raises(WebhookVerificationError):
        svix.Webhook(signing.new_secret()).verify(taken.body, dict(taken.headers))
    said = taken.said
    assert (said["type"], set(said)) == ("notice.issued", {"type", "timestamp", "data"})
    data = said["data"]
    assert (data["number"], data["version"], data["status"]) == (notice.number, notice.version, "issued")
    assert data["due_at"] is None
    assert data["address"] == f"{way.settings.public_url}/api/v1/platform/notices/{notice.number}"
    assert [item["listing_id"] for item in data["items"]] == [item.listing_id for item in notice.items]
    assert taken.headers["content-type"] == "application/json"
    [message] = way.session.scalars(sa.select(Message)).all()
    assert (message.body, message.webhook_id) == (taken.body, taken.id)


def test_a_2xx_of_a_confirmed_endpoint_serves_the_notice_like_the_portal(way):
    cast = way.cast
    way.confirmed()
    notice = way.notice()
    way.tell()
    arrived = cast.clock.advance(minutes=2)
    way.send()
    cast.clock.advance(minutes=2)

    assert run(way.session, serve_received_notices) == 1

    assert (notice.status, notice.served_at) == (SERVED, arrived)
    assert {shown.rule: shown.started_at for shown in clocks_of(way.session, notice)} == {
        "acknowledge": arrived,
        "remove_by_order": arrived,
    }
    [receipt] = receipts_of(way.session, notice)
    assert (receipt.channel, int(receipt.proof["delivery"])) == (Channel.WEBHOOK, way.deliveries()[0].id)
    assert run(way.session, serve_received_notices) == 0


@on_sqlite
def test_a_2xx_of_an_unconfirmed_endpoint_is_only_a_sign_of_life(way):
    way.added()
    notice = way.notice()
    way.tell()
    way.send()

    assert run(way.session, serve_received_notices) == 0

    [delivery] = way.deliveries()
    assert delivery.delivered_at
    assert delivery.received_at is None
    assert notice.status == ISSUED


@on_sqlite
def test_what_the_test_of_an_endpoint_says_is_no_receipt_of_a_notice(way):
    endpoint, _secret = way.confirmed()
    way.notice()
    endpoints.send_test(way.session, endpoint, by=way.desk)
    way.send()

    assert run(way.session, serve_received_notices) == 0


def test_a_message_that_is_not_taken_is_sent_again_by_the_schedule_under_the_same_id(way):
    endpoint, _secret = way.added()
    way.system.answers = lambda _taken: Reply(500, body=b"no")
    notice = way.notice()
    way.tell()

    for wait in WAITS:
        assert way.send() == 1
        assert way.send() == 0
        way.cast.clock.moment += wait - timedelta(milliseconds=1)
        assert way.send() == 0
        way.cast.clock.moment += timedelta(milliseconds=1)
    assert way.send() == 1

    assert [count for count in way.system.ids().values()] == [8]
    assert len({taken.body for taken in way.system.taken}) == 1
    [delivery] = way.deliveries()
    assert delivery.dead_at == clock.now()
    assert [(one.status, one.answer) for one in delivery.attempts] == [(500, "no")] * 8
    told_of = sa.select(Event.subject_type, Event.subject_id).where(Event.action == "undelivered")
    assert set(way.session.execute(told_of)) == {("notice", notice.id), ("endpoint", endpoint.id)}
    assert endpoint.is_active
    way.cast.clock.advance(days=9)
    assert way.send() == 0


@on_sqlite
def test_waits_are_longer_by_a_chance(way):
    way.added()
    way.system.answers = lambda _taken: Reply(500)
    way.notice()
    way.tell()

    send_due_webhooks(sessionmaker(way.session.get_bind()), way.settings, jitter=lambda: 1.0)

    way.session.expire_all()
    [delivery] = way.deliveries()
    assert delivery.next_try_at - clock.now() == WAITS[0] * 1.1


@on_sqlite
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_and_bounded(way, status):
    way.added()
    way.notice()
    way.tell()
    asked = {"600": 600, "1": 300, "999999999999": 86400, "nonsense": 7200}
    for text, wanted in asked.items():
        way.system.answers = lambda _taken, text=text: Reply(status, {"Retry-After": text})
        assert way.send() == 1
        [delivery] = way.deliveries()
        assert (delivery.next_try_at - clock.now()).total_seconds() == wanted
        way.cast.clock.moment = delivery.next_try_at


@on_sqlite
def test_retry_after_may_be_a_date(way):
    way.added()
    way.notice()
    way.tell()
    way.system.answers = lambda _taken: Reply(503, {"Retry-After": "Tue, 01 Dec 2026 00:00:00 GMT"})
    way.cast.clock.moment = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)

    way.send()

    assert way.deliveries()[0].next_try_at == datetime(2026, 12, 1, tzinfo=UTC)


def test_410_stops_the_endpoint_and_says_so(way):
    endpoint, _secret = way.confirmed()
    way.system.answers = lambda _taken: Reply(410)
    way.notice()
    way.tell()
    way.send()

    assert (endpoint.stopped_at, endpoint.stopped_why) == (clock.now(), StopReason.GONE)
    stops = sa.select(Event).where(Event.subject_type == "endpoint", Event.action == "stop")
    assert [event.actor for event in way.session.scalars(stops)] == ["system"]
    way.cast.clock.advance(days=2)
    assert way.send() == 0

    way.system.answers = lambda _taken: Reply()
    endpoints.start(way.session, endpoint, by=way.desk)
    assert way.send() == 1
    assert way.deliveries()[0].received_at


@on_sqlite
def test_a_redirect_is_not_followed(way):
    with receiver() as elsewhere:
        way.added()
        way.system.answers = lambda _taken: Reply(307, {"Location": elsewhere.url})
        way.notice()
        way.tell()
        way.send()

        [attempt] = way.deliveries()[0].attempts
        assert (attempt.status, attempt.problem) == (307, Problem.REDIRECT)
        assert elsewhere.taken == []


@on_sqlite
@pytest.mark.parametrize("slow", [Reply(hangs=30), Reply(drips=0.02)], ids=["hangs", "drips"])
def test_a_receiver_that_hangs_is_left_in_bounded_time(way, slow):
    way.added()
    way.system.answers = lambda _taken: slow
    way.notice()
    way.tell()

    way.send(all_together=0.3)

    [attempt] = way.deliveries()[0].attempts
    assert (attempt.status, attempt.problem) == (None, Problem.TIMEOUT)
    assert 250 < attempt.duration_ms < 2_000


@on_sqlite
def test_one_that_hangs_slows_no_other(way):
    with receiver(lambda _taken: Reply(hangs=30)) as hanging:
        way.added(hanging.url)
        way.added()
        way.notice()
        way.tell()

        way.send(all_together=1.0)

        slow, quick = (way.deliveries()[n].attempts[0] for n in (0, 1))
        assert (slow.problem, quick.status) == (Problem.TIMEOUT, 204)
        assert quick.duration_ms < slow.duration_ms


@on_sqlite
def test_a_200_with_an_error_page_is_a_2xx_and_is_kept_to_be_seen(way):
    page = "<html><h1>Ooops</h1>系统错误\0</html>".encode() + b"x" * 5_000
    way.confirmed()
    way.system.answers = lambda _taken: Reply(200, {"Content-Type": "text/html"}, page)
    way.notice()
    way.tell()
    way.send()

    [delivery] = way.deliveries()
    [attempt] = delivery.attempts
    assert delivery.received_at
    assert (attempt.status, attempt.media_type, len(attempt.answer.encode()) < 2_100) == (200, "text/html", True)
    assert attempt.answer.startswith("<html><h1>Ooops</h1>系统错误")


@on_sqlite
def test_a_name_that_changes_its_address_after_it_was_added_gets_nothing(way):
    """And one that changes it between the look and the connection neither: the connection goes where the look went."""
    url = f"http://desk.example:{way.system.port}/in"
    endpoints.add(way.session, way.settings, url, by=way.desk, resolve=lambda *_: ["127.0.0.1"])
    way.notice()
    way.tell()
    answers = iter([["169.254.169.254"], ["127.0.0.1"], ["10.0.0.1"]])
    asked = []

    def changing(host, port):
        asked.append(host)
        return next(answers)

    way.send(resolve=changing)
    assert (asked, way.system.taken) == (["desk.example"], [])
    way.cast.clock.moment += WAITS[0]
    way.send(resolve=changing)

    assert asked == ["desk.example"] * 2
    [taken] = way.system.taken
    assert taken.headers["host"] == f"desk.example:{way.system.port}"
    first, second = way.deliveries()[0].attempts
    assert (first.problem, first.resolved) == (Problem.NOT_PUBLIC, "")
    assert (second.status, second.resolved) == (204, "127.0.0.1")


@on_sqlite
def test_a_private_address_gets_nothing_where_the_program_is_not_under_test(way):
    way.added()
    way.notice()
    way.tell()
    way.send(settings=replace(way.settings, webhook_allow_private=False))

    assert way.system.taken == []
    assert way.deliveries()[0].attempts[0].problem == Problem.NOT_PUBLIC


@on_sqlite
def test_while_a_secret_is_changed_both_sign(way):
    cast = way.cast
    cast.clock.moment = datetime.now(UTC) - timedelta(days=1)
    endpoint, old = way.added()
    new = endpoints.rotate(way.session, way.settings, endpoint, by=way.desk)
    cast.clock.moment = datetime.now(UTC) - timedelta(seconds=5)
    endpoints.send_test(way.session, endpoint, by=way.desk)
    way.send()
    cast.clock.moment = datetime.now(UTC) + timedelta(seconds=5)
    endpoints.send_test(way.session, endpoint, by=way.desk)
    way.send()

    during, after = way.system.taken
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        svix.Webhook(secret).verify(during.body, dict(during.headers))
    svix.Webhook(new).verify(after.body, dict(after.headers))
    with pytest.raises(WebhookVerificationError):
        svix.Webhook(old).verify(after.body, dict(after.headers))


@on_sqlite
def test_a_removed_endpoint_gets_nothing(way):
    endpoint, _secret = way.added()
    way.notice()
    way.tell()
    endpoints.remove(way.session, endpoint, by=way.desk)
    assert way.send() == 0
    assert way.session.scalars(sa.select(Endpoint)).one().removed_at
    assert way.session.scalars(sa.select(DeliveryAttempt)).all() == []


def test_nothing_is_sent_twice_by_two_who_look_at_once(way):

    way.added()
    way.notice()
    way.tell()
    way.session.commit()
    sessions = sessionmaker(way.session.get_bind())
    threads = [threading.Thread(target=send_due_webhooks, args=(sessions, way.settings)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(way.system.ids().values()) == [1]


def test_what_somebody_died_over_is_due_again_after_a_minute(way):
    endpoint, _secret = way.added()
    way.told()
    way.session.commit()
    [[errand]] = claim_some(sessionmaker(way.session.get_bind()), way.settings, [endpoint.id])
    assert way.send() == 0
    way.cast.clock.moment += LEASE

    assert way.send() == 1
    assert list(way.system.ids()) == [errand.webhook_id]


@on_sqlite
def test_who_was_thought_dead_and_fails_late_undoes_nothing_of_who_took_it_over(way):
    endpoint, _secret = way.added()
    way.told()
    way.session.commit()
    sessions = sessionmaker(way.session.get_bind())
    [[late]] = claim_some(sessions, way.settings, [endpoint.id])
    way.cast.clock.moment += LEASE
    [[now]] = claim_some(sessions, way.settings, [endpoint.id])

    settle(sessions, [Tried(late, Answer(500))], lambda: 0.0)
    way.session.expire_all()
    [delivery] = way.deliveries()
    assert delivery.claimed_until == now.claimed_until
    settle(sessions, [Tried(now, Answer(200))], lambda: 0.0)
    settle(sessions, [Tried(late, Answer(None, Problem.TIMEOUT))], lambda: 0.0)

    way.session.expire_all()
    [delivery] = way.deliveries()
    assert (delivery.next_try_at, [each.status for each in delivery.attempts]) == (None, [500, 200, None])
