"""What laboratories do with a sample, blind, and what the agency finds."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import clock
from quality.demonstration.certificates import answer_flags
from quality.demonstration.days import spread
from quality.demonstration.life import Deed, Life
from quality.demonstration.measures import Measured, measured, measured_again
from quality.demonstration.stage import Stage
from quality.evidence.models import EvidenceKind as K
from quality.lab import operations as lab
from quality.lab.models import Impossible, Report, ReportStatus
from quality.lab.queries import report_in_force
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import Portion, PortionKind, Untested
from quality.purchases.operations import Seen

BROKEN = "封条断裂，包装一角破开，无法确认样品未被调换。"
SPENT = "复测时样品已用尽，剩余量不足以完成其余项目。"
SUSPECT = "认证标志印刷模糊，证书编号经查属于另一企业的产品，厂名与证书不符。"
SUSPECT_MARKS = ("认证标志模糊", "证书编号属于另一企业")
TAKEN_THERE = "由执法人员在检验机构当场取走，见移交清单"
AUTHORITY, FALSE = "云州市市场监管综合行政执法支队", "权利人书面确认系假冒，移交立案查处，不再检验。"
AGAIN = "单位与委托不一致，请以委托的单位重新出具报告。"
NOT_YET = "报告附图与样品编号不符，请核对后再提交。"
MISTAKEN = "检验员录入的是另一件样品的结果。"


def accept(life: Life) -> None:
    take_in(life, life.sample.portion(PortionKind.TEST))


def hold(life: Life) -> None:
    """It comes as another parcel than it was sent as, and stands at the door."""
    take_in(life, life.sample.portion(PortionKind.TEST), f"{spread(f'{life.number}, other parcel', 10**12):012}")


def take_in(life: Life, portion: Portion, parcel_no: str = "") -> None:
    by = life.stage.at(portion.laboratory, Role.ANALYST)
    lab.receive(
        life.stage.session,
        portion,
        by=by,
        seal_no=portion.seal_no,
        seal_intact=True,
        condition="外箱无压痕，封条完好",
        received_at=clock.now(),
        parcel_no=parcel_no,
        seen=as_it_came(life.stage, portion, by),
    )


def as_it_came(stage: Stage, portion: Portion, by: Actor) -> Seen:
    return Seen([stage.proof(K.LAB_RECEIPT, by, portion.seal_no, category=portion.sample.campaign.category)])


def refuse(life: Life) -> None:
    portion = life.sample.portion(PortionKind.TEST)
    by = life.stage.at(portion.laboratory, Role.ANALYST)
    lab.refuse(
        life.stage.session,
        portion,
        BROKEN,
        by=by,
        seal_no=portion.seal_no,
        seal_intact=False,
        condition="封条断裂",
        received_at=clock.now(),
        seen=as_it_came(life.stage, portion, by),
    )


def enter(life: Life) -> None:
    report_on(life, life.sample.portion(PortionKind.TEST), measured(life.category, life.fate.found, life.number))


def report_on(life: Life, portion: Portion, results: Measured) -> None:
    by, in_force = life.stage.at(portion.laboratory, Role.ANALYST), report_in_force(life.stage.session, portion)
    assert by.person is not None and by.organisation is not None
    number = f"{by.organisation.code}{clock.now():%Y}-{life.sample_id:05}"
    edition = sum(1 for each in life.reports if each.startswith(number))
    number += f"-{edition + 1}" if edition else ""
    life.reports.append(number)
    lab.enter_report(
        life.stage.session,
        by=by,
        blind_no=portion.blind_no,
        report_no=number,
        analyst=by.person.email,
        results=list(results),
        supersedes=in_force.report_no if in_force else None,
        change_reason="按委托方意见复核原始记录后更正" if in_force else None,
    )


def entered(life: Life, kind: PortionKind) -> Report:
    portion = life.sample.portion(kind)
    wanted = sa.select(Report).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    return life.stage.session.scalars(wanted).one()


def authorise(life: Life) -> None:
    report = entered(life, PortionKind.TEST)
    answer_flags(life.stage, report)
    lab.authorise(life.stage.session, report, by=life.stage.at(report.laboratory, Role.SIGNATORY))


def withdraw_report(life: Life) -> None:
    report = entered(life, PortionKind.TEST)
    by = life.stage.at(report.laboratory, Role.SIGNATORY)
    lab.withdraw_report(life.stage.session, report, MISTAKEN, by=by)


def impossible(life: Life) -> None:
    by = life.stage.coordinator
    lab.end_as_impossible(life.stage.session, life.sample, Impossible.SPENT, by=by, reason=SPENT)


def stop(life: Life) -> None:
    portion = life.sample.portion(PortionKind.TEST)
    by = life.stage.at(portion.laboratory, Role.ANALYST)
    marks = life.stage.proof(K.SUSPICION, by, life.sample.product_name, *SUSPECT_MARKS, category=life.category)
    lab.stop_testing(life.stage.session, portion, Untested.COUNTERFEIT, SUSPECT, by=by, evidence=[marks])


def end_untested(life: Life) -> None:
    told, by = (Untested.COUNTERFEIT, AUTHORITY, FALSE), life.stage.coordinator
    lab.hand_on_untested(life.stage.session, life.sample, *told, by=by, seen=Seen(no_photo=TAKEN_THERE))


def send_back(life: Life) -> None:
    lab.send_back(life.stage.session, life.sample, AGAIN, by=life.stage.coordinator)


def propose(life: Life) -> None:
    life.finding_id = lab.propose_finding(life.stage.session, life.sample, by=life.stage.coordinator).id


def reject(life: Life) -> None:
    lab.reject_finding(life.stage.session, life.finding, NOT_YET, by=life.stage.reviewer)


def confirm(life: Life) -> None:
    lab.confirm_finding(life.stage.session, life.finding, by=life.stage.reviewer)
    if life.fate.notice:
        life.stage.lives.setdefault(life.fate.notice, []).append(life)


def accept_backup(life: Life) -> None:
    take_in(life, life.sample.portion(PortionKind.BACKUP))
    life.stage.after("follow")


def enter_backup(life: Life) -> None:
    results = measured_again(life.category, life.number, list(life.objection.items), confirms=not life.fate.overturns)
    report_on(life, life.sample.portion(PortionKind.BACKUP), results)


def authorise_backup(life: Life) -> None:
    report = entered(life, PortionKind.BACKUP)
    answer_flags(life.stage, report)
    lab.authorise(life.stage.session, report, by=life.stage.at(report.laboratory, Role.SIGNATORY))
    life.stage.after("follow")


DEEDS: dict[str, Deed] = {
    "accept": accept,
    "refuse": refuse,
    "enter": enter,
    "enter_again": enter,
    "authorise": authorise,
    "authorise_again": authorise,
    "withdraw_report": withdraw_report,
    "impossible": impossible,
    "stop": stop,
    "hold": hold,
    "end_untested": end_untested,
    "send_back": send_back,
    "propose": propose,
    "propose_again": propose,
    "reject": reject,
    "confirm": confirm,
    "accept_backup": accept_backup,
    "enter_backup": enter_backup,
    "authorise_backup": authorise_backup,
}
