"""Certificates of the laboratories: in order, but for one about to run out and one that was renewed for less."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from quality.campaigns.operations import ItemPlan
from quality.clocks.days import day_of
from quality.competence.contents import Head, LineText
from quality.competence.models import Accreditation, Certificate
from quality.competence.operations import (
    confirm,
    propose,
    reject,
    renew,
    set_scope,
    state_capacity,
    suspend,
    withdraw,
)
from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.library import EVERY_ITEM
from quality.demonstration.life import Life
from quality.demonstration.measures import FASTNESS
from quality.demonstration.people import AGENCY, LABORATORY, SECOND_LABORATORY, THIRD_LABORATORY, organisation
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.lab.accreditation import flags_of
from quality.lab.models import Report, ReportStatus
from quality.lab.operations import agree_outside, decline_outside, mark_outside
from quality.permissions import Role
from quality.purchases.fitness import outside, standings_for

SINCE, ENDS_SOON = date(2021, 3, 1), timedelta(days=45)
RENEWED = -2  # working days: since then the first laboratory does without one item
ISSUER, CNAS = "云省市场监督管理局", "中国合格评定国家认可委员会"
WRONG_NUMBER, GIVEN_UP = "编号与证书原件不符", "机构主动注销，公告见认可委网站"
PAUSED = "监督评审不符合项未按期整改，公告见认可委网站"
NOT_ENOUGH = "请说明为何不另送有资质的机构"
DESPITE = "本市其他机构不承担该品类检验；该项目按非资质认定项目处理"
REASON = "换证时暂未续报该项目，方法与设备均未变；数据仅供参考"


class Paper(NamedTuple):
    kind: Accreditation
    certificate_no: str
    issuer: str = ISSUER


PAPERS = {
    LABORATORY: [
        Paper(Accreditation.CMA, "210020340101"),
        Paper(Accreditation.CNAS, "CNAS L0117", CNAS),
    ],
    SECOND_LABORATORY: [
        Paper(Accreditation.CMA, "210020340102"),
        Paper(Accreditation.CNAS, "CNAS L0218", CNAS),  # suspended
        Paper(Accreditation.CMA, "210020340120"),  # rejected
    ],
    THIRD_LABORATORY: [
        Paper(Accreditation.CMA, "210020340103"),
        Paper(Accreditation.CNAS, "CNAS L0319", CNAS),  # withdrawn
    ],
}
ANEW = Paper(Accreditation.CNAS, "CNAS L0420", CNAS)  # of the third, proposed at the end
CAPACITIES = {LABORATORY: (40, 12), SECOND_LABORATORY: (30, 12), THIRD_LABORATORY: (15, 9)}  # a week; days


def scope(items: Iterable[ItemPlan]) -> list[LineText]:
    """By the whole standard, whichever clause a plan names; for every product."""
    return [LineText(*each) for each in dict.fromkeys((item.item, item.method.partition("，")[0]) for item in items)]


def record(stage: Stage) -> None:
    """Proposed by each laboratory's signatory and confirmed by the agency, before anything is bought."""
    until = date(stage.almanac.today.year + 3, 12, 31)
    agency = organisation(stage.session, AGENCY)
    for code, papers in PAPERS.items():
        laboratory = organisation(stage.session, code)
        by = stage.at(laboratory, Role.SIGNATORY)
        ends = stage.almanac.today + ENDS_SOON if code == SECOND_LABORATORY else until
        for paper in papers:
            head = Head(paper.certificate_no, paper.issuer, SINCE, ends)
            made = propose(stage.session, by=by, agency=agency, laboratory=laboratory, kind=paper.kind, head=head)
            set_scope(stage.session, made, scope(EVERY_ITEM), by=by)
            decide(stage, made)
        week, days = CAPACITIES[code]
        state_capacity(stage.session, laboratory.id, by=by, per_week=week, days=days)


def decide(stage: Stage, made: Certificate) -> None:
    today, by = day_of(clock.now()), stage.coordinator
    match made.certificate_no:
        case "210020340120":
            reject(stage.session, made, WRONG_NUMBER, by=by)
        case "CNAS L0218":
            confirm(stage.session, made, by=by)
            suspend(stage.session, made, today, PAUSED, by=by)
        case "CNAS L0319":
            confirm(stage.session, made, by=by)
            withdraw(stage.session, made, today, GIVEN_UP, by=by)
        case _:
            confirm(stage.session, made, by=by)


def waiting(stage: Stage) -> Story:
    """What waits on the last day: a certificate to be confirmed, an item to be agreed, and one that was not."""
    yield moment(stage.almanac.working(-1), 17, "certificates that wait")
    agency, third = (organisation(stage.session, code) for code in (AGENCY, THIRD_LABORATORY))
    by = stage.at(third, Role.SIGNATORY)
    head = Head(ANEW.certificate_no, ANEW.issuer, day_of(clock.now()), date(stage.almanac.today.year + 6, 12, 31))
    made = propose(stage.session, by=by, agency=agency, laboratory=third, kind=ANEW.kind, head=head)
    set_scope(stage.session, made, scope(EVERY_ITEM), by=by)
    entered = stage.session.scalars(
        sa.select(Report).where(Report.status == ReportStatus.ENTERED).order_by(Report.id)
    ).all()
    flagged = [each for each in entered if any(flag.may_be_marked for flag in flags_of(stage.session, each))]
    for report, is_declined in zip(flagged, (False, True), strict=False):
        item = next(flag.result.item for flag in flags_of(stage.session, report) if flag.may_be_marked)
        by = stage.at(report.laboratory, Role.ANALYST)
        marked = mark_outside(stage.session, report, item, REASON, by=by)
        if is_declined:
            decline_outside(stage.session, marked, NOT_ENOUGH, by=stage.coordinator)


def renewal(stage: Stage) -> Story:
    """The first laboratory's certificate is renewed, and one item is left out."""
    yield moment(stage.almanac.working(RENEWED), 8, "renewal")
    [paper] = [each for each in PAPERS[LABORATORY] if each.kind is Accreditation.CMA]
    old = stage.session.query(Certificate).filter_by(certificate_no=paper.certificate_no).one()
    by = stage.at(old.laboratory, Role.SIGNATORY)
    head = Head(old.certificate_no, old.issuer, day_of(clock.now()), old.valid_until)
    new = renew(stage.session, old, head, by=by)
    set_scope(stage.session, new, scope(each for each in EVERY_ITEM if each.item != FASTNESS), by=by)
    confirm(stage.session, new, by=stage.coordinator)


def why_there(life: Life) -> str:
    """What is said where a sample goes to a laboratory that lacks an item."""
    there = life.laboratory().id
    return DESPITE if outside(standings_for(life.stage.session, life.sample, [there])[there]) else ""


def answer_flags(stage: Stage, report: Report) -> None:
    """The laboratory marks what its certificates do not cover any more, and the agency agrees."""
    for flag in flags_of(stage.session, report):
        if flag.may_be_marked:
            by = stage.at(report.laboratory, Role.ANALYST)
            marked = mark_outside(stage.session, report, flag.result.item, REASON, by=by)
            agree_outside(stage.session, marked, by=stage.coordinator)
