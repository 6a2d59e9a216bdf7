"""A report outside scope or date is flagged before it can be authorised; the flag is answered, or the report goes."""

from __future__ import annotations

from datetime import date, timedelta

from quality.clocks.days import day_of
from quality.competence.contents import LineText
from quality.competence.matching import Code
from quality.competence.operations import suspend
from quality.core import clock
from quality.lab.accreditation import flags_of
from quality.lab.models import OutsideStatus, ReportStatus
from quality.lab.operations import agree_outside, authorise, decline_outside, mark_outside, withdraw_report
from quality.lab.workflow import AUTHORISE
from tests.harness.certificates import SCOPE, ago, certified, today
from tests.harness.databases import on_sqlite
from tests.harness.lab import enter, portion_to_test, sample_at_lab, sign
from tests.harness.problems import invalid
from tests.harness.refusals import assert_refused

MAGNETS, LEAD = "磁通量指数", "可迁移元素：铅"
OUTSIDE = "outside_accreditation"


def entered(session, cast, **changed):
    return enter(session, portion_to_test(sample_at_lab(session, cast)), cast, **changed)


def codes(session, report):
    return [each.standing.code for each in flags_of(session, report)]


@on_sqlite
def test_within_scope_and_date_it_is_authorised_and_the_answer_stays_with_it(session, sent):
    made = certified(session, sent)
    report = entered(session, sent)
    sign(session, report, sent)
    suspend(session, made, today(), "省局公告", by=sent.coordinator)
    session.commit()
    assert codes(session, report) == [Code.IN_SCOPE, Code.IN_SCOPE]
    assert report.competence["items"][0]["facts"]["certificate"] == made.certificate_no


@on_sqlite
def test_where_nothing_is_recorded_it_says_so_for_good(session, sent):
    report = entered(session, sent)
    sign(session, report, sent)
    certified(session, sent)
    session.commit()
    assert codes(session, report) == [Code.NOT_RECORDED, Code.NOT_RECORDED]
    assert not any(each.standing.is_covered for each in flags_of(session, report))


def test_an_item_out_of_scope_is_marked_agreed_and_then_signed(session, sent):
    certified(session, sent, SCOPE[:1])
    report = entered(session, sent)
    assert codes(session, report) == [Code.IN_SCOPE, Code.ITEM_NOT_IN_SCOPE]
    assert_refused(session, OUTSIDE, authorise, report, by=sent.signatory)
    with invalid(("reason", "missing")):
        mark_outside(session, report, LEAD, " ", by=sent.analyst)
    with invalid(("item", "unknown_item")):
        mark_outside(session, report, "镉", "x", by=sent.analyst)
    assert_refused(session, "nothing_to_mark", mark_outside, report, MAGNETS, "x", by=sent.analyst)
    assert_refused(session, "role_may_not", mark_outside, report, LEAD, "x", by=sent.coordinator)

    outside = mark_outside(session, report, "可迁移元素:铅", "委托方同意按参考数据出具", by=sent.analyst)
    assert_refused(session, OUTSIDE, authorise, report, by=sent.signatory)  # not by its own word
    assert "已标为非资质认定项目" in AUTHORISE.refusal(report, sent.signatory).reason
    assert_refused(session, "role_may_not", agree_outside, outside, by=sent.signatory)
    agree_outside(session, outside, by=sent.coordinator)
    authorise(session, report, by=sent.signatory)
    session.commit()
    assert (report.status, outside.status) == (ReportStatus.AUTHORISED, OutsideStatus.AGREED)
    assert codes(session, report) == [Code.IN_SCOPE, Code.ITEM_NOT_IN_SCOPE]


@on_sqlite
def test_what_is_not_agreed_is_marked_with_a_better_reason_or_the_report_is_withdrawn(session, sent):
    certified(session, sent, SCOPE[:1])
    report = entered(session, sent)
    outside = mark_outside(session, report, LEAD, "来不及", by=sent.signatory)
    decline_outside(session, outside, "另送有资质的机构", by=sent.coordinator)
    assert outside.answer == "另送有资质的机构"
    assert_refused(session, OUTSIDE, authorise, report, by=sent.signatory)
    assert mark_outside(session, report, LEAD, "全省无机构有此资质", by=sent.signatory) is outside
    withdraw_report(session, report, "另送", by=sent.signatory)
    assert_refused(session, "report_not_waiting", agree_outside, outside, by=sent.coordinator)
    assert_refused(session, "report_not_waiting", mark_outside, report, LEAD, "x", by=sent.signatory)


@on_sqlite
def test_the_days_of_testing_and_of_signing_both_count(session, sent):
    certified(session, sent, valid_until=today())
    report = entered(session, sent)
    assert codes(session, report) == [Code.IN_SCOPE] * 2
    sent.clock.advance(days=1)
    assert codes(session, report) == [Code.EXPIRED] * 2  # signed after its last day
    assert_refused(session, OUTSIDE, authorise, report, by=sent.signatory)


@on_sqlite
def test_what_was_tested_before_the_first_day_is_outside(session, sent):
    certified(session, sent, valid_from=today())
    report = entered(session, sent, tested_on=ago(1))
    assert codes(session, report) == [Code.NOT_YET_VALID] * 2
    with invalid(("tested_on", "in_the_future")):
        entered(session, sent, tested_on=day_of(clock.now()) + timedelta(days=1))


@on_sqlite
def test_another_method_and_another_product_are_outside_by_their_names(session, sent):
    lines = [LineText(MAGNETS, "GB 1-1999"), LineText(LEAD, category="学生文具")]
    certified(session, sent, lines, valid_from=date(2020, 1, 1))
    assert codes(session, entered(session, sent)) == [Code.METHOD_DIFFERS, Code.OTHER_CATEGORY]
