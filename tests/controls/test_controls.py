"""A control is registered with what is known of it, goes out like any sample, and is scored by what comes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from quality.clocks.models import Clock
from quality.controls import operations
from quality.controls.models import Control, ControlKind, ControlStatus
from quality.controls.operations import ContentText
from quality.controls.queries import one_control, visible_controls
from quality.controls.standing import standings
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused
from quality.documents.models import Language
from quality.figures.proficiency import Grade
from quality.figures.rates import Rate
from quality.lab.accreditation import flags_of
from quality.lab.models import OutsideStatus, Verdict
from quality.lab.operations import ResultEntry, enter_report, hand_on_untested, mark_outside, stop_testing
from quality.objections.operations import draw_laboratory
from quality.objections.queries import reversals
from quality.pages.forms.control_storage import STORAGE_SHEETS
from quality.pages.forms.controls import CONTROL_SHEETS
from quality.pages.kinds.control import CONTROL, control_custody
from quality.pages.kinds.report import ANSWER_OUTSIDE
from quality.pages.papers import ASKS, subjects_of
from quality.pages.tracing import case_of
from quality.pages.words import Party
from quality.permissions import Role
from quality.purchases.models import PortionKind, PortionStatus, SampleStatus, Untested
from quality.purchases.operations import SealedPortion, Way
from quality.purchases.operations.storage import propose_disposal
from quality.standards.judgement import Verdict as ItemVerdict
from tests.harness.certificates import SCOPE, certified
from tests.harness.controls import CLEAN, SPIKED, closed_unit, registered, reported_unit, sent_unit, split
from tests.harness.databases import on_sqlite
from tests.harness.lab import BAD, GOOD, enter, portion_to_test, reported_sample, sent_sample, take_in
from tests.harness.objections import admitted_objection
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid

LEAD = "可迁移元素：铅"


def test_a_control_goes_the_way_of_a_sample_and_ends_with_its_books_closed(session: Session, sent: Cast) -> None:
    like = sent_sample(session, sent)
    control = registered(session, sent, like)
    assert control.number.startswith("Q-YZ-2026-")
    assert [content.expected for content in control.contents] == [Verdict.NONCONFORMING, Verdict.CONFORMING]
    unit = reported_unit(session, sent, control)
    operations.settle(session, unit, by=sent.coordinator)
    assert unit.sample.status == SampleStatus.CLOSED
    portion = portion_to_test(unit.sample)
    with pytest.raises(Refused, match="concluded"):  # what a laboratory hears of a concluded sample too
        enter(session, portion, sent, BAD, supersedes=None)
    own = sa.select(Clock.rule).filter_by(subject_type="sample", subject_id=unit.sample_id)
    assert session.scalars(own).all() == [], "no time of the agency's own runs for it"


@on_sqlite
def test_what_is_known_is_read_and_held_against_the_limit(session: Session, sent: Cast) -> None:
    like = sent_sample(session, sent)

    def wrong(*contents: ContentText, **changed: Any) -> set[tuple[str, str]]:
        with pytest.raises(Invalid) as refused:
            registered(session, sent, like, contents, **changed)
        return {(problem.field, problem.code) for problem in refused.value.problems}

    assert wrong() == {("contents", "nothing_known")}
    assert wrong(ContentText("酸价", expected="conforming")) == {
        ("contents 1, item", "unknown_item"), ("contents", "nothing_known"),
    }  # fmt: skip
    said = ContentText(LEAD, expected="conforming", assigned="95")
    assert wrong(said) == {("contents 1, expected", "contradicts"), ("contents", "nothing_known")}
    typed = ContentText(LEAD, assigned="8.4 mg/kg", sigma="0", uncertainty="-1")
    assert {field for field, _code in wrong(typed)} == {
        "contents 1, assigned", "contents 1, sigma", "contents 1, uncertainty", "contents",
    }  # fmt: skip
    assert ("contents 1, sigma", "of_no_value") in wrong(ContentText(LEAD, expected="conforming", sigma="1"))
    assert ("contents 1, expected", "contradicts") in wrong(ContentText(LEAD, assigned="8", unit="mm"))  # undecided
    assert ("material", "missing") in wrong(*SPIKED, material=" ")
    kept = registered(session, sent, like, [ContentText(LEAD, assigned="８.40", unit="")])
    lead = kept.contents[1]
    assert (lead.assigned, lead.unit, lead.expected) == ("8.40", "mg/kg", Verdict.CONFORMING)
    assert kept.contents[0].expected is None


@on_sqlite
def test_who_may_not_and_what_cannot_be_sent(session: Session, sent: Cast) -> None:
    like = sent_sample(session, sent)
    control = registered(session, sent, like)
    for actor in (sent.reviewer, sent.buyer, sent.analyst, sent.desk):
        assert session.scalars(visible_controls(actor)).all() == []
    for actor in (hire(session, sent.above, Role.COORDINATOR), hire(session, sent.below, Role.COORDINATOR)):
        with pytest.raises(NotFound):  # an agency's own, not of the one above
            one_control(session, actor, control.number)
        with pytest.raises(NotPermitted):
            operations.withdraw(session, control, "混了", by=actor)
    sealed: dict[str, Any] = {
        "test": SealedPortion("YZ-1-A", "2 件"),
        "backup": SealedPortion("YZ-1-A", "1 件"),
        "way": Way("courier:顺达", "SD-1"),
    }
    with pytest.raises(NotPermitted):
        operations.send(session, control, sent.laboratory, by=sent.reviewer, **sealed)
    with invalid(("backup.seal_no", "same_seal")):
        operations.send(session, control, sent.laboratory, by=sent.coordinator, **sealed)
    with invalid(("laboratory", "no_laboratory")):
        operations.send(session, control, sent.platform, by=sent.coordinator, **sealed)
    operations.withdraw(session, control, "不均匀", by=sent.coordinator)
    assert control.status == ControlStatus.WITHDRAWN
    with pytest.raises(Refused, match="withdrawn"):
        sent_unit(session, sent, control)
    another = registered(session, sent, like)
    session.execute(sa.update(type(like.campaign)).values(status=CampaignStatus.CLOSED))
    session.expire_all()
    with pytest.raises(Refused, match="not_in_field"):
        sent_unit(session, sent, another)


@on_sqlite
def test_whoever_sealed_a_control_does_not_test_it(session: Session, sent: Cast) -> None:
    """As with what was bought: there is nothing to tell it by in the refusal either."""
    control = registered(session, sent, sent_sample(session, sent))
    unit = sent_unit(session, sent, control)
    take_in(session, portion_to_test(unit.sample), sent)
    with pytest.raises(Refused, match="sampler_tests"):
        tester = type(sent.analyst)(sent.coordinator.person, sent.laboratory, Role.ANALYST)
        enter_report(
            session, by=tester, blind_no=portion_to_test(unit.sample).blind_no, report_no="WT-9",
            analyst=str(sent.analyst.person.name), results=BAD,
        )  # fmt: skip


@on_sqlite
def test_rates_and_scores_come_of_the_reports_in_force(session: Session, sent: Cast) -> None:
    like = sent_sample(session, sent)
    spiked, clean = registered(session, sent, like), registered(session, sent, like, CLEAN)
    found = [BAD[0]._replace(value="381"), BAD[1]._replace(value="9.1")]
    reported_unit(session, sent, spiked, found)  # right
    reported_unit(session, sent, spiked, GOOD)  # missed it
    reported_unit(session, sent, clean, BAD)  # a false alarm
    reported_unit(session, sent, clean, GOOD)
    reported_unit(session, sent, clean, [GOOD[0]._replace(value="见附件"), GOOD[1]])  # undecided
    sent_unit(session, sent, clean)  # not reported yet
    session.commit()
    [standing] = standings(session, sent.coordinator).values()
    assert standing.laboratory_id == sent.laboratory.id
    assert (standing.sent, len(standing.outcomes), standing.undecided) == (6, 5, 1)
    assert standing.detection == Rate(1, 2)
    assert standing.false_alarms == Rate(1, 2)
    first = next(
        each for each in standing.outcomes if each.unit.control_id == spiked.id and each.said == "nonconforming"
    )
    magnet, lead = (item.score for item in first.items)
    assert magnet.z == Decimal("0.25")
    assert magnet.zeta is None  # the laboratory gave no uncertainty for it
    assert lead.z == Decimal("3.5")
    assert lead.zeta == Decimal("0.7") / (Decimal("0.6") ** 2 + Decimal("0.05") ** 2).sqrt()
    assert standing.grades[Grade.UNSATISFACTORY] >= 1
    open_item = next(item for each in standing.outcomes if each.said is None for item in each.items)
    assert open_item.result.verdict == ItemVerdict.UNDECIDED
    assert open_item.is_right is None
    assert open_item.score.why is not None
    assert standings(session, sent.reviewer) == {}
    operations.withdraw(session, clean, "瓶签混了", by=sent.coordinator)
    [after] = standings(session, sent.coordinator).values()
    assert (after.sent, after.false_alarms) == (2, Rate(0, 0))


@on_sqlite
@pytest.mark.parametrize(
    ("reported", "code"),
    [
        (ResultEntry(LEAD, "<0.5", "mg/kg", loq="0.5"), "bound"),
        (ResultEntry(LEAD, "未检出", "mg/kg", lod="0.5"), "bound"),
        (ResultEntry(LEAD, "未检出", "mg/kg"), "no_bound"),
        (ResultEntry(LEAD, "见附件", "mg/kg"), "unreadable_value"),
    ],
)
def test_what_is_no_value_gets_no_score_and_the_reason(
    session: Session, sent: Cast, reported: ResultEntry, code: str
) -> None:
    control = registered(session, sent, sent_sample(session, sent))
    reported_unit(session, sent, control, [BAD[0], reported])
    [standing] = standings(session, sent.coordinator).values()
    score = standing.outcomes[0].items[1].score
    assert (score.z, score.zeta, score.grade) == (None, None, None)
    assert score.why
    assert score.why.code == code


@on_sqlite
def test_a_value_in_another_unit_has_the_same_score(session: Session, sent: Cast) -> None:
    control = registered(session, sent, sent_sample(session, sent))
    for value, unit, spread in (("9.0", "mg/kg", "1.2"), ("9000", "μg/kg", "1200"), ("0.0009", "%", "0.00012")):
        reported_unit(session, sent, control, [BAD[0], ResultEntry(LEAD, value, unit, uncertainty=spread)])
    [standing] = standings(session, sent.coordinator).values()
    scores = {each.items[1].score[1:4] for each in standing.outcomes}
    assert scores == {(Decimal(3), False, Decimal("0.6") / (Decimal("0.36") + Decimal("0.0025")).sqrt())}


def test_the_same_sample_in_two_laboratories_keeps_both_reports_and_one_finding(session: Session, sent: Cast) -> None:
    sample = reported_sample(session, sent, BAD)
    control = split(session, sent, sample)
    assert control.kind == ControlKind.SPLIT
    with pytest.raises(Refused, match="same_laboratory"):
        sent_unit(session, sent, control, sent.laboratory)
    second = [BAD[0]._replace(value="380", uncertainty="10"), BAD[1]._replace(value="10.1", uncertainty="0.9")]
    unit = reported_unit(session, sent, control, second, sent.second_laboratory)
    assert unit.sample.portions[0].blind_no != sample.portions[0].blind_no
    found = standings(session, sent.coordinator)
    assert set(found) == {sent.laboratory.id, sent.second_laboratory.id}
    [pair] = found[sent.laboratory.id].pairs
    magnet, lead = pair.items
    assert (magnet.difference, magnet.en, magnet.agrees) == (Decimal(6), None, None)
    assert magnet.why
    assert magnet.why.code == "no_uncertainty"
    assert lead.difference == Decimal("-1.6")
    assert lead.en == Decimal("-1.6") / Decimal("1.5")  # U 1.2 and 0.9: 1.5 together
    assert lead.agrees is False
    assert found[sent.second_laboratory.id].agreement == Rate(0, 1)
    assert found[sent.laboratory.id].detection == Rate(0, 0)  # nobody knows what it contains


@on_sqlite
def test_a_laboratory_that_tested_more_of_a_sample_does_not_re_inspect_it(session: Session, cast: Cast) -> None:
    objection = admitted_objection(session, cast)
    reported_unit(session, cast, split(session, cast, objection.finding.sample), BAD, cast.second_laboratory)
    with pytest.raises(Refused, match="none_eligible"):
        draw_laboratory(session, objection, by=cast.coordinator)
    assert reversals(session, cast.agency.id) == {}


@on_sqlite
def test_a_split_is_of_what_was_bought_and_sent(session: Session, sent: Cast) -> None:
    like = sent_sample(session, sent)
    unit = sent_unit(session, sent, registered(session, sent, like))
    with pytest.raises(Refused, match="not_bought"):
        split(session, sent, unit.sample)


@on_sqlite
def test_of_two_who_send_the_last_portion_one_is_told(session: Session, sent: Cast) -> None:
    control = registered(session, sent, sent_sample(session, sent))
    session.commit()
    seen = control.version
    sent_unit(session, sent, control)
    sealed: dict[str, Any] = {
        "test": SealedPortion("YZ-7-A", "2 件"),
        "backup": SealedPortion("YZ-7-B", "1 件"),
        "way": Way("courier:顺达", "SD-1"),
    }
    with pytest.raises(Refused, match="stale"):
        operations.send(session, control, sent.laboratory, by=sent.coordinator, version=seen, **sealed)


def test_the_kinds_that_the_database_holds_apart(session: Session, sent: Cast) -> None:
    """A split says of what; a sample was bought, or made for a campaign."""
    control = registered(session, sent, sent_sample(session, sent))
    session.commit()
    for wrong in (
        sa.update(Control).where(Control.id == control.id).values(kind=ControlKind.SPLIT),
        sa.text("UPDATE sample SET campaign_id = (SELECT min(id) FROM campaign)"),
        sa.text("UPDATE sample SET task_id = NULL"),
    ):
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(wrong)
        session.rollback()


@on_sqlite
def test_the_papers_of_a_portion_are_had_on_the_page_of_its_control(session: Session, sent: Cast) -> None:
    """As of any sample; the code on one leads its coordinator there, and nobody else of the agency anywhere."""
    control = registered(session, sent, sent_sample(session, sent))
    unit = sent_unit(session, sent, control)
    there = subjects_of("control", control, sent.coordinator)
    assert [kind.value for kind, _subject in there] == ["label_sheet", "label", "custody_sheet", "test_order"]
    for kind, subject in there:
        document = ASKS[kind].ask(session, subject, Language.ZH, by=sent.coordinator)
        assert [case for _name, case in case_of(session, document, sent.coordinator)] == [control]
        assert list(case_of(session, document, sent.reviewer)) == []
        assert list(case_of(session, document, sent.second_analyst)) == []
    session.execute(sa.update(type(unit.sample)).where(type(unit.sample).id == unit.sample_id).values(status="closed"))
    session.expire_all()
    assert subjects_of("control", control, sent.coordinator) == []


@on_sqlite
def test_the_portion_that_is_kept_goes_to_a_shelf_and_is_disposed_of_by_two(session: Session, sent: Cast) -> None:
    """By the forms of its control; whoever proposes does not confirm."""
    unit = closed_unit(session, sent, registered(session, sent, sent_sample(session, sent)))
    propose_disposal(session, unit.sample, PortionKind.BACKUP, "检毕", by=sent.coordinator)
    sheet = STORAGE_SHEETS["confirm_disposal"]
    assert sheet.is_due(unit.control)
    [why] = [condition(unit.control, sent.coordinator) for condition in sheet.also]
    assert why.code == "same_person"
    second = hire(session, sent.agency, Role.COORDINATOR)
    assert [condition(unit.control, second) for condition in sheet.also] == [None]
    form = sheet.form(session, unit.control, second)
    sheet.act(session, unit.control, form, second, unit.control.version)
    assert unit.sample.portion(PortionKind.BACKUP).status == PortionStatus.DISPOSED


def stopped_unit(session: Session, sent: Cast) -> Any:
    unit = sent_unit(session, sent, registered(session, sent, sent_sample(session, sent)))
    take_in(session, portion_to_test(unit.sample), sent)
    stop_testing(session, portion_to_test(unit.sample), Untested.COUNTERFEIT, "商标不符", by=sent.analyst)
    return unit


@on_sqlite
def test_a_control_that_is_suspected_ends_untested_and_counts_nowhere(session: Session, sent: Cast) -> None:
    """Its laboratory reads what it would read of any sample."""
    unit = stopped_unit(session, sent)
    form: Any = CONTROL_SHEETS["end_untested"].form(session, unit.control, sent.coordinator)
    assert list(form.unit.offered) == [form.unit.data] == [str(unit.id)]
    assert CONTROL.turn(unit.control, session)
    hand_on_untested(session, unit.sample, Untested.COUNTERFEIT, "云州市知识产权局", "已移交", by=sent.coordinator)
    assert unit.sample.status == SampleStatus.TRANSFERRED_UNTESTED
    assert portion_to_test(unit.sample).status == PortionStatus.HANDED_ON
    assert CONTROL.turn(unit.control, session) is None
    assert not CONTROL_SHEETS["end_untested"].is_due(unit.control)
    assert standings(session, sent.coordinator)[sent.laboratory.id].outcomes == []


@on_sqlite
def test_a_gap_of_a_control_is_explained_on_its_page(session: Session, sent: Cast) -> None:
    control = registered(session, sent, sent_sample(session, sent))
    unit = sent_unit(session, sent, control)
    unit.sample.hand_overs[-1].parcel_no = "SD-1"
    sent.clock.advance(hours=2)
    take_in(session, portion_to_test(unit.sample), sent, parcel_no="SD-2")
    sheet, rows = STORAGE_SHEETS["explain_gap"], control_custody(session, control, sent.coordinator)
    assert [gap.is_explained for row in rows for gap in row.gaps] == [False]
    assert sheet.is_due(control)
    form: Any = sheet.form(session, control, sent.coordinator)
    form.reason.data = "快递换了箱，封条完好"
    sheet.act(session, control, form, sent.coordinator, control.version)
    assert not sheet.is_due(control)
    assert unit.sample.hand_overs[-1].explanation == "快递换了箱，封条完好"


@on_sqlite
def test_an_item_of_a_control_outside_the_accreditation_is_answered_on_its_page(session: Session, sent: Cast) -> None:
    """A certificate that stopped once the control went out flags its report, as it would any."""
    control = registered(session, sent, sent_sample(session, sent))
    unit = sent_unit(session, sent, control)
    certified(session, sent, SCOPE[:1])
    take_in(session, portion_to_test(unit.sample), sent)
    report = enter(session, portion_to_test(unit.sample), sent)
    flag = next(each for each in flags_of(session, report) if each.may_be_marked)
    outside = mark_outside(session, report, flag.result.item, "全省无机构有此资质", by=sent.analyst)
    session.expire_all()
    turned = session.scalars(sa.select(Control.id).where(CONTROL.turned_to[Party.COORDINATOR])).all()
    assert turned == [control.id]
    assert CONTROL.turn(control, session).to_do == ANSWER_OUTSIDE
    assert list(CONTROL.parts(control)) == [outside]
    CONTROL.part_makes["agree"].act(session, outside, sent.coordinator, outside.version, "")
    assert outside.status == OutsideStatus.AGREED
    assert CONTROL.turn(control, session) is None
