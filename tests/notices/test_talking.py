"""Questions and objections about a notice, and what a reviewer decides of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.clocks.queries import clocks_of
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event, Note
from quality.evidence.models import EvidenceKind, Exhibit
from quality.notices.models import ItemStatus, NoticeStatus
from quality.notices.operations import answer_to, ask, close, decide_objection, object_to
from quality.notices.operations.talking import LONGEST
from quality.notices.thread import EntryKind, Side, open_objections
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, taken_back, verified
from tests.harness.people import hire
from tests.harness.purchases import picture

SERVED, ANSWERED, CLOSED = NoticeStatus.SERVED, NoticeStatus.ANSWERED, NoticeStatus.CLOSED


def text_of(session, entry):
    said = sa.select(Note.text).join(Event, Event.note_digest == Note.digest)
    said = said.where(Event.subject_type == "notice", Event.subject_id == entry.notice_id, Event.seq == entry.seq)
    return session.scalars(said).one()


def hearing(session, subject):
    return [shown for shown in clocks_of(session, subject) if shown.rule == "platform_objection"]


def test_a_job_asks_a_platform_and_the_platform_answers(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, *concluded.bad)
    item = notice.items[1]

    asked = ask(session, notice, "五条商品的下架时间完全相同，请说明。", item, by=SYSTEM)
    session.commit()
    assert (asked.kind, asked.side, asked.by_id, asked.item) == (EntryKind.QUESTION, Side.AGENCY, None, item)
    assert asked.waits_for is Side.PLATFORM
    assert text_of(session, asked) == "五条商品的下架时间完全相同，请说明。"

    said = answer_to(session, asked, "系统批量下架。", by=desk_of(cast, notice))
    session.commit()
    assert (said.root, said.item, said.side) == (asked, item, Side.PLATFORM)
    assert asked.waits_for is None


@on_sqlite
def test_who_asked_does_not_answer_and_an_answered_question_is_over(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    asked = ask(session, notice, "哪个批次？", by=desk_of(cast, notice))
    with pytest.raises(Refused, match="own_question"):
        answer_to(session, asked, "？", by=desk_of(cast, notice))
    said = answer_to(session, asked, "2026年3月批次。", by=cast.reviewer)

    with pytest.raises(Refused, match="settled"):
        answer_to(session, asked, "再说一次", by=cast.coordinator)
    with pytest.raises(Refused, match="not_a_question"):
        answer_to(session, said, "谢谢", by=desk_of(cast, notice))


def test_an_upheld_objection_excuses_its_listing(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, *concluded.bad)
    desk, item = desk_of(cast, notice), notice.items[0]
    proof = picture(session, desk, EvidenceKind.MESSAGE).sha256

    objection = object_to(session, notice, "条码不同，不是该产品。", item, by=desk, evidence=[proof])
    session.commit()
    [clock] = hearing(session, item)
    assert (clock.stopped_at, clock.started_at) == (None, objection.at)
    shows = session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.MESSAGE)).one()
    assert (shows.part, shows.holding.sha256) == (f"notice_item:{item.id}", proof)

    answer_to(session, objection, "请提供检验报告。", by=cast.coordinator)
    answer_to(session, objection, "已附。", by=desk)
    decided = decide_objection(
        session, objection, "条码确不一致。", upheld=True, why="not_this_product", by=cast.reviewer
    )
    session.commit()

    assert (item.status, item.excuse) == (ItemStatus.EXCUSED, "not_this_product")
    assert notice.items[1].status == ItemStatus.OPEN
    assert hearing(session, item)[0].outcome == "done"
    assert (decided.upheld, objection.settled_at) == (True, decided.at)


@on_sqlite
def test_a_refused_objection_leaves_the_listing_as_it_is(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    objection = object_to(session, notice, "不服。", by=desk_of(cast, notice))
    assert hearing(session, notice)[0].stopped_at is None

    decide_objection(session, objection, "理由不成立。", upheld=False, by=cast.reviewer)

    assert notice.items[0].status == ItemStatus.OPEN
    assert hearing(session, notice)[0].outcome == "done"
    assert open_objections(session, notice) == []


@on_sqlite
def test_an_objection_to_the_whole_notice_excuses_what_is_left_and_ends_the_looks(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, *concluded.bad)
    gone, claimed = notice.items
    verified(session, cast, gone)
    objection = object_to(session, notice, "并非我平台商品。", by=desk_of(cast, notice))

    decide_objection(session, objection, "属实。", upheld=True, why="never_existed", by=cast.reviewer)

    assert (gone.status, claimed.status) == (ItemStatus.VERIFIED, ItemStatus.EXCUSED)
    again = [shown.outcome for shown in clocks_of(session, gone) if shown.rule.startswith("recheck")]
    assert again == ["excused"] * 3


@on_sqlite
def test_a_reviewer_who_did_not_draft_the_notice_decides(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    objection = object_to(session, notice, "不服。", by=desk_of(cast, notice))
    for actor in (cast.coordinator, desk_of(cast, notice), hire(session, cast.below, Role.REVIEWER)):
        with pytest.raises(NotPermitted):
            decide_objection(session, objection, "是", upheld=False, by=actor)
    person = cast.coordinator.person
    both = type(cast.reviewer)(person, cast.agency, Role.REVIEWER)  # the drafter, now working as a reviewer
    with pytest.raises(Refused, match="same_person"):
        decide_objection(session, objection, "是", upheld=False, by=both)
    with pytest.raises(Invalid, match="why"):
        decide_objection(session, objection, "是", upheld=True, by=cast.reviewer)
    question = ask(session, notice, "？", by=cast.coordinator)
    with pytest.raises(Refused, match="not_an_objection"):
        decide_objection(session, question, "是", upheld=False, by=cast.reviewer)


@on_sqlite
def test_a_notice_does_not_close_over_an_objection_that_nobody_decided(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, concluded.bad[0])
    verified(session, cast, notice.items[0])
    objection = object_to(session, notice, "不服。", notice.items[0], by=desk_of(cast, notice))
    session.commit()
    with pytest.raises(Refused, match="objections_open"):
        close(session, notice, by=cast.coordinator)
    session.rollback()

    decide_objection(session, objection, "理由不成立。", upheld=False, by=cast.reviewer)
    close(session, notice, by=cast.coordinator)

    assert notice.status == CLOSED
    later = object_to(session, notice, "补充证据。", notice.items[0], by=desk_of(cast, notice))
    assert later.is_open


@on_sqlite
def test_one_objection_at_a_time_to_the_same_listing(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, *concluded.bad)
    desk, item = desk_of(cast, notice), notice.items[0]
    object_to(session, notice, "不服。", item, by=desk)

    with pytest.raises(Refused, match="objected_already"):
        object_to(session, notice, "仍不服。", item, by=desk)
    assert object_to(session, notice, "不服。", item, by=desk).is_open  # sent twice, said once
    object_to(session, notice, "不服。", notice.items[1], by=desk)
    object_to(session, notice, "整体不服。", by=desk)

    assert len(open_objections(session, notice)) == 3


@on_sqlite
def test_with_the_notice_ends_what_was_asked_about_it(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, *concluded.bad)
    desk, item = desk_of(cast, notice), notice.items[0]
    objection, question = object_to(session, notice, "不服。", item, by=desk), ask(session, notice, "？", by=desk)

    taken_back(session, cast, notice, "链接有误")

    session.expire_all()
    assert (objection.is_open, question.is_open) == (False, False)
    assert hearing(session, item)[0].outcome == "withdrawn"
    with pytest.raises(Refused, match="not_in_force"):
        ask(session, notice, "为什么？", by=desk)


@on_sqlite
def test_what_cannot_be_said_is_named_by_its_field(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    other = notice_at(session, cast, SERVED, concluded.elsewhere)
    wrong = {
        "text": {"text": "  "},
        "evidence 1": {"text": "？", "evidence": ["x"]},
        "listing_id": {"text": "？", "item": other.items[0]},
    }
    for field, given in wrong.items():
        with pytest.raises(Invalid) as refused:
            ask(session, notice, by=cast.coordinator, **given)
        assert [problem.field for problem in refused.value.problems] == [field]
    with pytest.raises(Invalid) as refused:
        ask(session, notice, "长" * (LONGEST + 1), by=cast.coordinator)
    assert [problem.code for problem in refused.value.problems] == ["too_long"]
    with pytest.raises(Invalid) as refused:
        ask(session, notice, "？", by=cast.coordinator, evidence=["0" * 64])
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("evidence 1", "unknown_evidence")]


@on_sqlite
def test_nobody_asks_before_the_issue_and_no_stranger_ever(session, concluded):
    cast = concluded.cast
    draft = notice_at(session, cast, NoticeStatus.APPROVED, concluded.bad[0])
    with pytest.raises(Refused, match="not_in_force"):
        ask(session, draft, "？", by=cast.coordinator)
    session.rollback()
    notice = notice_at(session, cast, SERVED, concluded.elsewhere)
    others = cast.other_desk if desk_of(cast, notice) is cast.desk else cast.desk
    for stranger in (others, cast.buyer, cast.analyst, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            ask(session, notice, "？", by=stranger)
    with pytest.raises(NotPermitted):
        object_to(session, notice, "？", by=cast.coordinator)
