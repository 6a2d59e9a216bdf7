"""The team of a platform: who reads, who keeps its endpoints, and what the keys of each may do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Access
from quality.delivery import endpoints
from quality.delivery.operations import acknowledge, answer, open_as_platform
from quality.notices.models import NoticeStatus
from quality.notices.operations import ask, object_to
from quality.notices.queries import visible_to
from quality.people import keys
from quality.people.actor import Actor
from quality.people.operations import invite_person
from quality.permissions import Can, Role
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, removed
from tests.harness.people import hire, membership_of

pytestmark = on_sqlite


@pytest.fixture
def team(session: Session, concluded: Concluded) -> dict[Role, Actor]:
    """Of the platform to which the first finding leads."""
    desk = desk_of(concluded.cast, notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0]))
    assert desk.organisation
    made = {role: hire(session, desk.organisation, role) for role in (Role.PLATFORM_READER, Role.PLATFORM_ENGINEER)}
    return {Role.PLATFORM: desk, **made}


def test_a_reader_reads_and_answers_nothing(session: Session, team: dict[Role, Actor]) -> None:
    reader = team[Role.PLATFORM_READER]
    notice = session.scalars(visible_to(reader)).one()
    open_as_platform(session, notice, by=reader)  # an opening like any other: it proves the receipt
    session.flush()
    assert session.query(Access).filter_by(actor=reader.signature, what="opened").count() == 1
    for deed in (
        lambda: acknowledge(session, notice, "TL-1", by=reader),
        lambda: answer(session, notice, [removed(notice.items[0])], by=reader),
        lambda: ask(session, notice, "？", by=reader),
        lambda: object_to(session, notice, "不服", by=reader),
    ):
        with pytest.raises(NotPermitted):
            deed()


def test_an_engineer_keeps_endpoints_and_reads_no_notice(
    session: Session, team: dict[Role, Actor], settings: Settings
) -> None:
    engineer = team[Role.PLATFORM_ENGINEER]
    assert session.scalars(visible_to(engineer)).all() == []
    told, url = replace(settings, webhook_allow_private=True), "http://127.0.0.1:9/notices"
    endpoint, _secret = endpoints.add(session, told, url, by=engineer)
    assert endpoint.platform_id == engineer.organisation_id
    with pytest.raises(NotPermitted):
        endpoints.add(session, told, url, by=team[Role.PLATFORM_READER])


def test_a_key_carries_no_more_than_its_maker_may(session: Session, team: dict[Role, Actor]) -> None:
    for role, may in (
        (Role.PLATFORM_READER, {Can.NOTICE_READ, Can.STANDING_READ, Can.TOLD_READ}),
        (Role.PLATFORM_ENGINEER, {Can.ENDPOINT_SET}),
    ):
        actor = team[role]
        with pytest.raises(Invalid, match="item:answer"):
            keys.make(session, membership_of(actor), name="x", scope={Can.ITEM_ANSWER}, by=actor)
        _key, secret = keys.make(session, membership_of(actor), name="x", by=actor)
        found = keys.holder_of(session, secret)
        assert found
        assert {deed for deed in Can if found[1].can(deed)} == may


def test_the_administrator_of_a_platform_invites_its_team(session: Session, team: dict[Role, Actor]) -> None:
    house = team[Role.PLATFORM].organisation
    assert house
    admin = hire(session, house, Role.ADMIN)
    for role in (Role.PLATFORM_READER, Role.PLATFORM_ENGINEER):
        made = invite_person(session, email=f"{role}@new.example", organisation=house, role=role, by=admin)
        assert (made.role, made.organisation_id) == (role, house.id)
    with pytest.raises(Invalid, match="role"):
        invite_person(session, email="x@new.example", organisation=house, role=Role.COORDINATOR, by=admin)
