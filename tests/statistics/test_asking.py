"""What stands out is asked about by itself: once a month, only for something new, and the reply stands beside it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock as time
from quality.evidence.models import EvidenceKind
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer, answer_to, send_back
from quality.notices.queries import visible_to
from quality.notices.thread import Side, ThreadEntry
from quality.pages.scorecards import question_of
from quality.statistics import jobs
from quality.statistics.jobs import ask_about_what_stands_out, ask_one, what_to_ask
from quality.statistics.models import Inquiry
from quality.statistics.period import period_of
from quality.statistics.queries import questions
from quality.statistics.suspicions import Sign
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import desk_of, notice_at, removed, seen, taken_back
from tests.harness.purchases import picture


@pytest.fixture
def notice(session, concluded, clock) -> Notice:
    """Two listings proved by one file."""
    notice = notice_at(session, concluded.cast, NoticeStatus.ACKNOWLEDGED, *concluded.bad)
    clock.advance(hours=30)
    by = desk_of(concluded.cast, notice)
    proof = picture(session, by, EvidenceKind.PLATFORM_PROOF).sha256
    answer(session, notice, [removed(item, evidence=[proof]) for item in notice.items], by=by)
    return notice


def run(session) -> int:
    session.commit()
    asked = ask_about_what_stands_out(sessionmaker(session.get_bind()), time.now(), question_of)
    session.expire_all()
    return asked


def contradict(session, cast, item) -> None:
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)


def entries(session) -> list[ThreadEntry]:
    return list(session.scalars(sa.select(ThreadEntry).order_by(ThreadEntry.id)))


def test_it_is_asked_once_in_words_of_both_languages_on_the_notice_itself(session, cast, notice):
    assert run(session) == 1
    assert run(session) == 0
    [entry] = entries(session)
    assert (entry.notice_id, entry.side, entry.by_id) == (notice.id, Side.AGENCY, None)
    [inquiry] = session.scalars(sa.select(Inquiry))
    assert (inquiry.sign, inquiry.month, inquiry.cases) == (Sign.SAME_FILE, "2026-09", 2)
    [found] = questions(session, visible_to(cast.coordinator), notice.platform_id)[Sign.SAME_FILE]
    assert (found.number, found.is_settled, found.replies) == (notice.number, False, [])


def test_another_sign_is_another_question_and_the_same_one_waits_for_a_new_case_and_a_new_month(
    session, cast, notice, clock
):
    assert run(session) == 1
    contradict(session, cast, notice.items[0])
    assert run(session) == 1
    clock.advance(days=2)
    contradict(session, cast, notice.items[1])
    assert run(session) == 0  # a new case, but the month was asked about
    clock.advance(days=30)
    assert run(session) == 1  # the file is no news
    assert [each.sign for each in session.scalars(sa.select(Inquiry).order_by(Inquiry.id))] == [
        Sign.SAME_FILE,
        Sign.CONTRADICTED,
        Sign.CONTRADICTED,
    ]
    clock.advance(days=30)
    assert run(session) == 0


def test_who_asks_second_asks_nothing(session, cast, notice, clock):
    session.commit()
    now = time.now()
    period, _none = period_of(None, None, now.date())
    [due] = what_to_ask(session, cast.agency.id, period, now)
    session.rollback()
    sessions = sessionmaker(session.get_bind())
    assert ask_one(sessions, due, now, question_of)
    assert not ask_one(sessions, due, now, question_of)
    assert len(entries(session)) == 1


@on_sqlite
def test_nothing_is_asked_about_a_notice_that_was_withdrawn_meanwhile(session, cast, notice, monkeypatch):
    before = jobs.what_to_ask

    def and_then_it_is_withdrawn(*asked):
        due = before(*asked)
        taken_back(session, cast, notice, "链接有误")
        session.commit()
        return due

    monkeypatch.setattr(jobs, "what_to_ask", and_then_it_is_withdrawn)
    assert run(session) == 0
    assert entries(session) == []


@on_sqlite
def test_the_reply_of_the_platform_stands_beside_it_for_both_sides(app, session, cast, notice):
    run(session)
    desk = desk_of(cast, notice)
    answer_to(session, entries(session)[0], "一张后台记录同时列出两个链接", by=desk)
    for actor in (cast.coordinator, desk):
        give_password(session, actor.person)
    session.commit()
    for actor, address in ((cast.coordinator, f"/desk/platforms/{notice.platform.code}"), (desk, "/desk/standing/")):
        page = sign_in(app, actor).get(address).text
        assert "Asked automatically" in page
        assert "一张后台记录同时列出两个链接" in page
        assert "waits for the platform" not in page
    told = program_of(app, session, desk).get("/platform/standing").get_json()
    [question] = next(sign["questions"] for sign in told["signs"] if sign["sign"] == "same_file")
    assert (question["notice"], question["settled"]) == (notice.number, True)
    assert [reply["text"] for reply in question["replies"]] == ["一张后台记录同时列出两个链接"]


@on_sqlite
def test_a_question_names_its_cases_and_no_more_than_can_be_read(app, session, cast, notice, monkeypatch):
    session.commit()
    now = time.now()
    [due] = what_to_ask(session, cast.agency.id, period_of(None, None, now.date())[0], now)
    text = question_of(due.found)
    chinese, english = text.split("\n\n")
    assert "凭证重复使用" in chinese
    assert "The same file twice" in english
    assert all(item.listing_id in part for item in notice.items for part in (chinese, english))
    many = due.found._replace(cases=due.found.cases * 40)
    assert "68 more" in question_of(many)
    assert len(question_of(many)) < 4_000
