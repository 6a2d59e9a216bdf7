"""Receivers that err, lie, change under way or never answer: what is proven then, and what is tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import svix
from sqlalchemy.orm import sessionmaker
from svix.webhooks import WebhookVerificationError

from quality.clocks.jobs import record_overdue_clocks
from quality.clocks.queries import clocks_of
from quality.core import clock
from quality.delivery import endpoints, post
from quality.delivery.by_post import prove_by_post
from quality.delivery.jobs import fall_back, serve_received_notices
from quality.delivery.models import Endpoint, Problem
from quality.delivery.sending import AT_HAND, WAITS, send_due_webhooks
from quality.evidence.models import EvidenceKind
from quality.notices.models import NoticeStatus
from quality.notices.models import Way as By
from quality.pages.escalation import late_platforms
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.delivery.test_post import DAY, HOST, authority_of
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.people import membership_of
from tests.harness.purchases import picture
from tests.harness.receiver import Reply, receiver, wait_until

pytestmark = on_sqlite


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_confirmed_endpoint_that_leads_inside_is_not_followed_and_proves_nothing(way, status):
    with receiver() as inside:
        way.confirmed()
        way.system.answers = lambda _taken: Reply(status, {"Location": inside.url.replace("/in", "/admin?delete=all")})
        notice = way.told()
        way.send()
        run(way.session, serve_received_notices)

        [delivery] = way.deliveries()
        assert [(each.status, each.problem) for each in delivery.attempts] == [(status, Problem.REDIRECT)]
        assert (delivery.received_at, notice.status, inside.taken) == (None, NoticeStatus.ISSUED, [])


def test_a_certificate_that_expired_is_no_receipt_and_the_renewed_one_is(way, tmp_path, monkeypatch):
    """Of an endpoint that a person confirmed while it held; what waited meanwhile comes under the same id."""
    renewed, expired = (
        authority_of(folder, -30 * DAY, ends)
        for folder, ends in ((tmp_path / "new", DAY), (tmp_path / "old", -DAY))
        if not folder.mkdir()
    )
    endpoint, _secret = way.confirmed()
    notice = way.notice()
    with receiver(tls=expired.server) as system:
        leads_to(way, endpoint, f"https://{HOST}:{system.port}/in")
        monkeypatch.setattr(post, "tls_context", lambda: expired.client)
        way.tell()
        way.send(resolve=lambda *_: ["127.0.0.1"])
        assert system.taken == []
    [delivery] = way.deliveries()
    assert (delivery.attempts[-1].problem, delivery.received_at, notice.status) == (Problem.TLS, None, "issued")

    with receiver(tls=renewed.server) as system:
        leads_to(way, endpoint, f"https://{HOST}:{system.port}/in")
        monkeypatch.setattr(post, "tls_context", lambda: renewed.client)
        way.cast.clock.advance(seconds=WAITS[0].total_seconds() + 1)
        way.send(resolve=lambda *_: ["127.0.0.1"])
        assert [taken.id for taken in system.taken] == [delivery.message.webhook_id]
    run(way.session, serve_received_notices)
    assert notice.status == NoticeStatus.SERVED


def leads_to(way, endpoint: Endpoint, url: str) -> None:
    """The port of a test's server is not known beforehand; in life an address never changes."""
    way.session.execute(sa.update(Endpoint).where(Endpoint.id == endpoint.id).values(url=url))
    way.session.commit()
    way.session.expire_all()


def test_a_secret_that_is_changed_while_a_request_is_in_the_air_loses_nothing(way):
    """That request is signed with the old one; what is tried again, with both; after the overlap, with the new one."""
    way.cast.clock.moment = datetime.now(UTC) - timedelta(seconds=30)
    endpoint, old = way.confirmed()
    sessions, new = sessionmaker(way.session.get_bind()), []
    key, works_as = endpoint.id, membership_of(way.desk).id

    def changes_it(_taken: object) -> Reply:
        with sessions.begin() as session:
            mine = session.get_one(Endpoint, key)
            desk = Actor.working_in(session.get_one(Membership, works_as))
            new.append(endpoints.rotate(session, way.settings, mine, by=desk))
        return Reply(503)

    way.system.answers = changes_it
    notice = way.told()
    way.send()
    way.system.answers = lambda _taken: Reply(204)
    way.cast.clock.advance(seconds=WAITS[0].total_seconds() + 1)
    way.send()
    in_the_air, again = way.system.of("notice.issued")
    assert (in_the_air.id, in_the_air.body) == (again.id, again.body)
    svix.Webhook(old).verify(in_the_air.body, dict(in_the_air.headers))
    with pytest.raises(WebhookVerificationError):
        svix.Webhook(new[0]).verify(in_the_air.body, dict(in_the_air.headers))
    for secret in (old, new[0]):
        svix.Webhook(secret).verify(again.body, dict(again.headers))
    run(way.session, serve_received_notices)
    assert notice.status == NoticeStatus.SERVED, "an endpoint stays confirmed when its secret changes"


def test_a_platform_that_never_answers_is_served_by_post_and_then_late(way):
    """Its system hangs, nobody opens anything: each step by itself, and the rest is told to people."""
    way.confirmed()
    way.system.answers = lambda _taken: Reply(hangs=30)
    notice, cast = way.told(), way.cast
    for _day in range(8):
        way.send(all_together=0.2)
        cast.clock.advance(days=1)
        way._run(lambda sessions: fall_back(sessions, way.settings))
    assert (notice.status, notice.unproven_by) == (NoticeStatus.ISSUED, By.LETTER)
    assert clocks_of(way.session, notice) == [], "no period runs of which nobody knows"
    assert {attempt.problem for each in way.deliveries() for attempt in each.attempts} == {Problem.TIMEOUT}

    shown = picture(way.session, cast.coordinator, EvidenceKind.RECEIPT).sha256
    prove_by_post(way.session, notice, clock.now(), "XA31", shown, by=cast.coordinator)
    cast.clock.advance(days=8)
    run(way.session, record_overdue_clocks)
    assert {each.rule for each in clocks_of(way.session, notice) if each.overdue} == {"acknowledge", "remove_by_order"}
    assert [late.platform for late in late_platforms(way.session, cast.coordinator)] == [notice.platform.name]


def test_what_comes_to_an_endpoint_while_another_of_its_run_hangs_is_sent_at_once(way):
    """The run that serves both goes on for as long as the one hangs; the next one serves the other."""
    with receiver(lambda _taken: Reply(hangs=30)) as hanging:
        way.added(hanging.url)
        quick, _secret = way.added()
        way.told()
        sessions = sessionmaker(way.session.get_bind())
        run_of_both = threading.Thread(target=send_due_webhooks, args=(sessions, way.settings), daemon=True)
        run_of_both.start()
        wait_until(lambda: len(way.system.taken) == 1 and not is_at_hand(quick.id))
        endpoints.send_test(way.session, quick, by=way.desk)

        assert way.send() == 1
        assert run_of_both.is_alive()
        assert [each.said["type"] for each in way.system.taken] == ["notice.issued", "webhook.test"]
    run_of_both.join(20)


def is_at_hand(endpoint_id: int) -> bool:
    if AT_HAND.take([endpoint_id]):
        AT_HAND.leave([endpoint_id])
        return False
    return True
