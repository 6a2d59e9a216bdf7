"""The first page: what waits for me by its clock, what waits for others, and never more than the eye can take in."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.lab.models import Finding, FindingStatus
from quality.lab.operations import withdraw_report
from quality.notices.models import NoticeStatus
from quality.pages.dossier import court
from quality.pages.kinds import KINDS
from quality.pages.progress import SHOWN, under_way
from quality.pages.words import Party
from quality.pages.worklist import MOST, Group, bounded, with_others, worklist
from quality.people.actor import Actor
from quality.purchases.models import TaskStatus
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import BAD, enter, portion_to_test, reported_sample, sample_at_lab
from tests.harness.notices import notice_at
from tests.harness.people import Cast, hire
from tests.harness.purchases import task_at

pytestmark = pytest.mark.usefixtures("in_field")


@pytest.fixture(autouse=True)
def speaking(app: Flask) -> Any:
    with app.test_request_context("/desk/?lang=en"):
        yield


def lines(session: Session, me: Actor) -> dict[str, Group]:
    """The number of each case that waits, with its group."""
    return {line.number: line.group for _group, found in worklist(session, me).groups for line in found}


def test_a_claim_waits_for_the_coordinator_and_is_overdue_after_its_last_day(session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    assert notice.number

    assert lines(session, cast.coordinator)[notice.number] is Group.LATER
    cast.clock.advance(days=30)
    assert lines(session, cast.coordinator)[notice.number] is Group.OVERDUE
    assert notice.number not in lines(session, cast.desk)


def test_a_served_notice_waits_for_its_platform_and_for_no_other(session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    assert notice.number
    theirs = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    stranger = cast.other_desk if theirs is cast.desk else cast.desk

    assert notice.number in lines(session, theirs)
    assert lines(session, stranger) == {}
    assert Party.PLATFORM in {each.party for each in with_others(session, cast.coordinator)}


@on_sqlite
def test_notices_to_one_platform_are_told_apart_by_their_goods(session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    session.expire_all()

    [line] = [
        line
        for _group, those in worklist(
            session, cast.desk if notice.platform is cast.platform else cast.other_desk
        ).groups
        for line in those
        if line.number == notice.number
    ]

    said = str(line.kind.heading(line.case))
    assert notice.platform.name in said and notice.items[0].snapshot["product"]["name"] in said
    assert ("more" in said) == (len(notice.items) > 1)


@on_sqlite
def test_a_line_that_is_called_by_its_number_says_it_once(app: Flask, session: Session, cast: Cast) -> None:
    blind = portion_to_test(sample_at_lab(session, cast)).blind_no
    assert cast.analyst.person
    give_password(session, cast.analyst.person)
    session.commit()
    page = sign_in(app, cast.analyst).get("/desk/").text
    [line] = [part for part in page.split('class="mc-item-main"')[1:] if blind in part]
    assert line.partition("</p>")[0].partition("<p>")[2].count(blind) == 1


def test_a_buyer_sees_the_own_tasks_and_the_coordinator_only_counts_them(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)

    assert lines(session, cast.buyer)[task.number] is Group.UNDATED
    assert task.number not in lines(session, cast.coordinator)
    assert Party.BUYER in {each.party for each in with_others(session, cast.coordinator)}


def test_what_an_agency_below_has_to_do_is_not_on_the_list_of_the_one_above(session: Session, cast: Cast) -> None:
    reported_sample(session, cast, BAD)

    assert lines(session, hire(session, cast.above, cast.coordinator.role)) == {}
    assert lines(session, hire(session, cast.below, cast.coordinator.role)) == {}


def test_a_report_waits_for_a_signatory_and_not_for_its_analyst(session: Session, cast: Cast) -> None:
    report = enter(session, portion_to_test(sample_at_lab(session, cast)), cast)
    theirs = report.laboratory_id == cast.laboratory.id
    signatory, analyst = (cast.signatory, cast.analyst) if theirs else (cast.second_signatory, cast.second_analyst)

    assert lines(session, signatory) == {report.report_no: Group.LATER}, "by the clock of its portion"
    assert lines(session, analyst) == {}
    assert court(session, KINDS["report"], report, signatory, []).is_mine
    assert not court(session, KINDS["report"], report, analyst, []).is_mine, "though it lies with the laboratory"
    withdraw_report(session, report, "抄错样品", by=signatory)
    assert (lines(session, signatory), list(lines(session, analyst))) == ({}, [report.portion.blind_no])


def test_the_first_page_is_narrowed_to_a_campaign_and_shows_how_far_each_is(
    app: Flask, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    campaign = notice.items[0].finding.sample.task.campaign
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    client = sign_in(app, cast.coordinator)

    page, mine, other = (client.get(f"/desk/?campaign={each}").text for each in ("", campaign.number, "C-XX-2026-0001"))
    assert notice.number in page
    assert f'value="{campaign.number}" selected' in mine
    assert notice.number in mine
    assert notice.number in other
    confirmed = sa.select(sa.func.count(Finding.id)).where(Finding.status == FindingStatus.CONFIRMED)
    assert f"<td>{session.scalar(confirmed)} / " in page.partition("Campaigns under way")[2]
    assert '<span class="mc-count">' in page
    assert worklist(session, cast.coordinator, campaign="C-XX-2026-0001").many == 0


@on_sqlite
def test_a_campaign_in_the_field_stands_before_however_many_newer_plans(
    app: Flask, session: Session, cast: Cast
) -> None:
    in_field = task_at(session, cast, TaskStatus.ASSIGNED).campaign
    newer = [planned(session, cast) for _each in range(SHOWN)]

    with app.test_request_context("/desk/"):
        shown = [each.number for each in under_way(session, cast.coordinator)]
    assert shown == [in_field.number, *(each.number for each in reversed(newer[1:]))]


@on_sqlite
def test_statements_do_not_grow_with_the_rows(app: Flask, session: Session, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    counted, shown = [], []
    for more in (2, 3):
        for _again in range(more):
            reported_sample(session, cast, BAD)
            notice_at(session, cast, NoticeStatus.ANSWERED)
        session.commit()
        client = sign_in(app, cast.coordinator)
        counted.append(statements(client, "/desk/"))
        shown.append(client.get("/desk/").text.count('class="mc-item"'))

    assert counted[0] == counted[1]
    assert shown[0] + 6 <= shown[1]


def statements(client: Any, address: str, shown: list[Any] | None = None) -> int:
    """How many it takes; `shown` gets the page."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        answer = client.get(address)
        assert answer.status_code == 200
        if shown is not None:
            shown.append(answer)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return len(said)


def test_counts_end_where_nobody_counts_on() -> None:
    assert [bounded(count) for count in (0, 99, MOST, MOST + 50)] == ["0", "99", "99+", "99+"]
