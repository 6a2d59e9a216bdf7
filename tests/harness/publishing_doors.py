"""The forms about what becomes public and when, each open for somebody: of tests/harness/doors.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.notices.models import NoticeStatus
from quality.objections.models import Party
from quality.objections.operations import tell
from quality.people.actor import Actor
from tests.harness.clock import minute
from tests.harness.lab import confirmed_finding
from tests.harness.notices import desk_of, notice_at
from tests.harness.people import Cast
from tests.harness.publication import proposed

Rows = Iterator[tuple[str, Actor, Any, dict[str, Any]]]


def of_results(session: Session, cast: Cast, now: object) -> Rows:
    offered, another = (proposed(session, cast, confirmed_finding(session, cast)) for _two in range(2))
    later = {"not_before": minute(clock.now() + timedelta(days=60))}
    yield "result/schedule", cast.reviewer, offered, later
    yield "campaign/schedule_results", cast.reviewer, another.finding.sample.campaign, later
    told = confirmed_finding(session, cast)
    tell(session, told, Party.SELLER, clock.now(), by=cast.coordinator)
    words = {"statement": "本店已下架该商品，购买该批次的消费者可凭订单退货。"}
    yield "finding/reply", cast.coordinator, told, {"party": "seller", "received_at": now} | words
    item = notice_at(session, cast, NoticeStatus.SERVED).items[0]
    yield "notice/item/reply", desk_of(cast, item), item, words
