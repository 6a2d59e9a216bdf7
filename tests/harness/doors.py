"""A world in which every form is open: a case for each, in the state that it takes, and what fits into it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.competence.operations import suspend
from quality.core import clock
from quality.informing.operations import tell as tell_of_sample
from quality.lab.operations import refuse, stop_testing
from quality.lab.queries import following
from quality.notices.models import NoticeStatus
from quality.objections.models import Decision, Party
from quality.objections.operations import decide, draw_laboratory, send_letter
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import PortionKind, TaskStatus, Untested
from quality.purchases.operations import pass_on
from quality.purchases.operations.storage import add_place, propose_disposal
from quality.standards.queries import one_edition
from quality.targeting.risk.scores import Part
from tests.harness.answer_books import of_listings
from tests.harness.certificates import SCOPE, certified, proposed_certificate, today
from tests.harness.clock import HeldClock, minute
from tests.harness.clock_doors import of_clocks
from tests.harness.control_doors import of_controls, of_new_controls
from tests.harness.correction_doors import of_corrections, picture
from tests.harness.desk import NAMES, give_password
from tests.harness.endpoint_doors import of_endpoints
from tests.harness.lab import (
    GOOD,
    confirmed_finding,
    enter,
    portion_to_test,
    reported_sample,
    sample_at_lab,
    stopped_sample,
    take_in,
)
from tests.harness.likeness import confirmed_for
from tests.harness.notices import desk_of, drafted, notice_at, of_one_platform
from tests.harness.objections import admitted_objection, backup, reinspected_objection, sent_objection
from tests.harness.papers_of_labs import report_pdf
from tests.harness.people import Cast, founded, hire, membership_of
from tests.harness.planning_doors import of_campaigns, of_plans, of_tasks
from tests.harness.publishing_doors import of_results
from tests.harness.purchases import (
    dispatched_sample,
    plan_many,
    sealed_sample,
    settings,
    task_at,
)
from tests.harness.snapshots import walked_once
from tests.harness.standards import ROW, a_library, a_standard, workbook
from tests.harness.talk_doors import of_talk

Fits = dict[str, Any]


class Door(NamedTuple):
    """A form: who opens it where, where it goes, and what fits beside what it proposes itself."""

    name: str  # task/order; for a part of a case notice/item/claim
    membership: int  # of who opens it
    page: str
    address: str
    fits: Fits
    files: dict[str, tuple[str, bytes]]

    def body(self, proposed: dict[str, list[str]], **changed: Any) -> dict[str, Any]:
        """As a browser sends it; files are made anew each time, for a request reads them."""
        files = {name: (io.BytesIO(content), file) for name, (file, content) in self.files.items()}
        return proposed | self.fits | files | changed


@walked_once
def doors(session: Session, held: HeldClock) -> list[Door]:
    """The road: what is open stays open, for nobody walks on from here."""
    cast = founded(session, held)
    for role, name in NAMES.items():
        give_password(session, getattr(cast, role).person, name)
    admin = hire(session, cast.agency, Role.ADMIN)
    assert admin.person
    give_password(session, admin.person)
    made: list[Callable[[Session, Cast], Iterator[tuple[str, Actor, Any, Fits]]]] = [
        of_campaigns, lambda session, cast: of_tasks(session, cast, NOW), of_samples, of_findings, of_notices,
        lambda session, cast: of_results(session, cast, NOW),
        lambda session, cast: of_controls(session, cast, NOW), of_certificates,
    ]  # fmt: skip
    began = held.moment
    plan_many(session, cast, 12)
    found = [door(*row) for row in of_corrections(session, cast)]  # over months: what others leave here would end
    held.moment = max(held.moment, began + timedelta(weeks=14))  # a weekday like the first: none is overdue
    plan_many(session, cast, 72)
    found += [case_door(*row) for rows in made for row in rows(session, cast)]
    found += [*elsewhere(session, cast, admin), of_the_store(cast)]
    found += [door(*row) for rows in (of_new_controls, of_clocks, of_talk) for row in rows(session, cast)]
    found += [door(*row) for row in of_endpoints(session, cast, NOW)]
    found += of_the_library(session, cast)  # last: its table is kept for a day, and a new campaign takes one
    session.commit()
    held.advance(hours=13)  # a form knows minutes only, and the public number is out
    now = minute(clock.now())
    return [each._replace(fits={k: now if v is NOW else v for k, v in each.fits.items()}) for each in found]


def case_door(name: str, actor: Actor, case: Any, fits: Fits) -> Door:
    from quality.pages.kinds import KINDS

    kind, *part, sheet = name.split("/")
    whole = case.notice if part else case
    number = KINDS[kind].number(whole)
    address = f"/desk/{kind}/{number}/{case.id}/{sheet}" if part else f"/desk/{kind}/{number}/{sheet}"
    return door(name, actor, address, fits)


def door(name: str, actor: Actor, address: str, fits: Fits, page: str = "") -> Door:
    files = {key: value for key, value in fits.items() if isinstance(value, tuple)}
    typed = {key: value for key, value in fits.items() if key not in files}
    return Door(name, membership_of(actor).id, page or address, address, typed, files)


NOW = object()  # the minute at the end of the road
UNSEEN = {"no_photo": "未带相机"}  # of a hand-over
SENT = UNSEEN | {"no_scan": "标签已湿"}  # of what goes to a laboratory


Rows = Iterator[tuple[str, Actor, Any, Fits]]


def of_samples(session: Session, cast: Cast) -> Rows:
    laboratory = {"laboratory": str(cast.laboratory.id), "courier": "顺达快递 1", "parcel_no": "SD-1"} | SENT
    yield "sample/dispatch", cast.coordinator, sealed_sample(session, cast), laboratory
    gone = {"reason": "counterfeit", "authority": "云州市市场监督管理局"} | UNSEEN
    yield "sample/transfer", cast.coordinator, sealed_sample(session, cast), gone
    handed = {"portion": "backup", "taker": "store", "name": "B-12", "seal_no": "1", "seal_state": "another", "at": NOW}
    yield "sample/hand_over", cast.buyer, sealed_sample(session, cast), handed | UNSEEN
    read = {"seal_no": "1", "seal_state": "another"} | UNSEEN
    yield "sample/give", cast.buyer, sealed_sample(session, cast), {"portion": "test"} | read
    yield "sample/confirm_hand_over", cast.coordinator, given_to(session, cast, cast.coordinator), read
    yield "sample/explain_gap", cast.coordinator, given_to(session, cast, cast.buyer), {"reason": "当面交接，监控可查"}
    refused_one, proposed_one, kept_one = (refused_sample(session, cast) for _three in range(3))
    yield "sample/propose_disposal", cast.coordinator, refused_one, {"reason": "封条破损，按废弃物处理"}
    for each in (proposed_one, kept_one):
        propose_disposal(session, each, PortionKind.BACKUP, "按废弃物处理", by=cast.coordinator)
    yield "sample/confirm_disposal", cast.reviewer, proposed_one, {}
    yield "sample/withdraw_disposal", cast.coordinator, kept_one, {}
    for untold in ("tell_platform", "tell_seller"):
        yield f"sample/{untold}", cast.coordinator, sealed_sample(session, cast), {}
    notice = tell_of_sample(session, sealed_sample(session, cast), Party.SELLER, by=cast.coordinator).notice
    tried = {"way": "telephone", "outcome": "unreachable", "at": NOW}
    yield "sample/note_try", cast.coordinator, notice.sample, {"whom": str(notice.id)} | tried
    coming, refused = (portion_to_test(dispatched_sample(session, cast)) for _two in range(2))
    seen = {"seal_no": coming.seal_no, "seal_state": "intact", "condition": "完好", "received_at": NOW}
    seen["photo"] = picture("arrival")
    yield "portion/take_in", cast.analyst, coming, seen
    broken = {"cause": "seal_broken", "reason": "封条撕裂", "received_at": NOW}
    yield "portion/turn_away", cast.analyst, refused, broken | UNSEEN
    results = {"value_1": "12.4", "value_2": "8.5", "lod_2": "0.5", "uncertainty_2": "1.2"}
    here = portion_to_test(sample_at_lab(session, cast))
    untestable = reported_sample(session, cast)
    yield "sample/impossible", cast.coordinator, untestable, {"cause": "spent", "reason": "样品用尽"}
    suspect = {"kind": "counterfeit", "reason": "商标印刷与正品不符", "files": picture("suspicion")}
    yield "portion/stop", cast.analyst, portion_to_test(sample_at_lab(session, cast)), suspect
    yield "sample/go_on", cast.coordinator, stopped_sample(session, cast), {"reason": "已核实许可证"}
    away = {"authority": "云州市知识产权局", "reason": "权利人确认系假冒"} | UNSEEN
    yield "sample/end_untested", cast.coordinator, stopped_sample(session, cast), away
    doubted = backup(sent_objection(session, cast).finding)
    take_in(session, doubted, cast)
    stop_testing(session, doubted, Untested.COUNTERFEIT, "商标印刷与正品不符", by=cast.second_analyst)
    yield "sample/hand_on_backup", cast.coordinator, doubted.sample, away
    entered = enter(session, portion_to_test(sample_at_lab(session, cast)), cast)
    signed = {"file": ("report.pdf", report_pdf(entered.report_no, entered.portion.blind_no))}
    yield "report/file", cast.analyst, entered, signed
    yield "portion/report", cast.analyst, here, {"report_no": "WT-2026-90001"} | results


def refused_sample(session: Session, cast: Cast) -> Any:
    sample = dispatched_sample(session, cast)
    refuse(session, portion_to_test(sample), "封条断裂", by=cast.analyst, seal_intact=False)
    return sample


def given_to(session: Session, cast: Cast, taker: Actor) -> Any:
    """A sample whose test portion the other of the two, coordinator or buyer, gave to `taker`: not confirmed yet."""
    sample, giver = sealed_sample(session, cast), cast.buyer if taker is cast.coordinator else cast.coordinator
    how: dict[str, Any] = {"at": clock.now(), "seal_no": portion_to_test(sample).seal_no, "seal_intact": True}
    pass_on(session, sample, PortionKind.TEST, by=giver, taken_by=f"person:{taker.id}", **how)
    return sample


def of_findings(session: Session, cast: Cast) -> Rows:
    told, objected, noticed, published = (confirmed_finding(session, cast) for _four in range(4))
    by_post = {"party": "producer", "received_at": NOW, "proof": "post", "receipt_no": "EMS-1", "receipt": picture("r")}
    yield "finding/tell", cast.coordinator, told, by_post
    written, held = (confirmed_finding(session, cast) for _two in range(2))
    yield "finding/letter", cast.coordinator, written, {"party": "seller"}
    letter = send_letter(session, held, Party.SELLER, by=cast.coordinator).letter
    yield "finding/take_back_letter", cast.coordinator, held, {"letter": str(letter.id)}
    silent = confirmed_finding(session, cast)
    letter = send_letter(session, silent, Party.SELLER, by=cast.coordinator).letter
    tried = {"whom": str(letter.id), "way": "telephone", "outcome": "unreachable", "at": NOW}
    yield "finding/note_try", cast.coordinator, silent, tried
    last, conclusion = concluded_again(session, cast)
    by_post = {"letter": str(conclusion.id), "received_at": NOW, "receipt_no": "EMS-2", "receipt": picture("r2")}
    yield "finding/prove_receipt", cast.coordinator, last, by_post
    moments = {"result_received_at": NOW, "received_at": NOW}
    yield "finding/object", cast.coordinator, objected, {"party": "producer", "ground": "result"} | moments
    yield "finding/draft_notice", cast.coordinator, noticed, {}
    yield "finding/propose_result", cast.coordinator, published, {"remark": "磁力棒"}
    decided, sent = reinspected_objection(session, cast), admitted_objection(session, cast)
    yield "objection/decide", cast.reviewer, decided, {"decision": "dismissed"}
    draw_laboratory(session, sent, by=cast.coordinator)
    yield "objection/reinspect", cast.coordinator, sent, {"courier": "顺达快递", "parcel_no": "SD-2"} | SENT


def concluded_again(session: Session, cast: Cast) -> tuple[Any, Any]:
    """What a re-inspection left in place of what it overturned, and the letter that tells a party so."""
    objection = reinspected_objection(session, cast, GOOD[:1])
    decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    last = following(session, objection.finding)
    assert last
    return last, send_letter(session, last, Party.PRODUCER, by=cast.coordinator).letter


def of_notices(session: Session, cast: Cast) -> Rows:
    def item(status: NoticeStatus) -> Any:
        return notice_at(session, cast, status).items[0]

    draft, served = (notice_at(session, cast, status) for status in (NoticeStatus.DRAFT, NoticeStatus.SERVED))
    two = drafted(session, cast, *of_one_platform(session, cast, 2))
    yield "notice/take_off", cast.coordinator, two, {"listings": [str(two.items[0].id)], "why": "误列"}
    yield "notice/put_on", cast.coordinator, two, {"alike": [str(confirmed_for(session, cast, two).id)]}
    yield "notice/amend", cast.coordinator, served, {"measures": ["delist"], "reason": "更正措施"}
    yield "notice/acknowledge", desk_of(cast, served), served, {"reference": "TL-REG-8"}
    posted = {"received_at": NOW, "receipt_no": "XA31", "receipt": picture("receipt")}
    yield "notice/posted", cast.coordinator, notice_at(session, cast, NoticeStatus.ISSUED), posted
    yield "notice/revise", cast.coordinator, draft, {"reasons": "磁通量指数不合格"}
    said = {"outcome": "removed", "acted_at": NOW, "units_sold": "214", "evidence": picture("claim")}
    claimed = item(NoticeStatus.SERVED)
    yield "notice/item/claim", desk_of(cast, claimed), claimed, said
    seen = {"seen": "gone", "seen_at": NOW, "evidence": picture("look")}
    yield "notice/item/look", cast.coordinator, item(NoticeStatus.SERVED), seen
    yield "notice/item/excuse", cast.reviewer, item(NoticeStatus.SERVED), {"why": "not_this_product"}


def of_certificates(session: Session, cast: Cast) -> Rows:
    """Of the second laboratory, which has tested all else that it is to test here."""
    other, by = cast.second_laboratory, cast.second_signatory

    def kept(number: str, known: Any = certified) -> Any:
        return known(session, cast, SCOPE[:1], laboratory=other, certificate_no=number)

    portion = portion_to_test(dispatched_sample(session, cast, other))
    take_in(session, portion, cast)
    days = {"valid_from": "2026-01-01", "valid_until": "2031-12-31"}
    proposed, stopped = kept("D1", proposed_certificate), kept("D2")
    suspend(session, stopped, today(), "公告", by=cast.coordinator)
    yield "certificate/scope", by, proposed, {"table": "铅\tGB 1-2020"}
    yield "certificate/evidence", by, proposed, {"kind": "certificate", "file": picture("certificate")}
    yield "certificate/resume", cast.coordinator, stopped, {"reason": "公告"}
    yield "certificate/suspend", cast.coordinator, kept("D3"), {"reason": "公告"}
    yield "certificate/withdraw", cast.coordinator, kept("D4"), {"reason": "公告"}
    yield "certificate/renew", by, kept("D5"), days
    yield "report/mark_outside", cast.second_analyst, enter(session, portion, cast), {"reason": "全省无机构有此资质"}


def elsewhere(session: Session, cast: Cast, admin: Actor) -> Iterator[Door]:
    """The forms that are no move of one case."""
    for row in of_plans(session, cast):
        yield door(*row)
    days = {"valid_from": "2026-01-01", "valid_until": "2031-12-31"}
    paper = {"laboratory": cast.second_laboratory.code, "certificate_no": "D9", "issuer": "云省局"} | days
    yield door("certificate", cast.coordinator, "/desk/certificate/new", paper)
    here = f"/desk/competence/{cast.laboratory.code}"
    yield door("capacity", cast.signatory, f"{here}/capacity", {"per_week": "40"}, page=here)
    shelf = add_place(session, by=cast.coordinator, code="C-7", room="冷库", least_tenths=20, most_tenths=80)
    here, measured = "/desk/storage/lying?place=C-7", {"temperature": "9.5", "at": NOW, "note": "已调低，样品移至C-8"}
    named = {"place": str(shelf.id)}
    yield door("reading", cast.coordinator, "/desk/storage/read", measured | named, page=here)
    yield door("practice", cast.reviewer, "/desk/practice/", {"capture_hosts": "item.example.com"})
    waiting = sealed_sample(session, cast)
    yield door("labels", cast.coordinator, "/desk/labels/", {"samples": [waiting.number]})
    free = confirmed_finding(session, cast)
    yield door("draft", cast.coordinator, "/desk/notice/new", {"findings": [free.number]})
    said = {"outcome": "removed", "acted_at": NOW, "units_sold": "214", "evidence": picture("answer")}
    for row in of_listings(session, cast, said):
        yield door(*row)
    begun = portion_to_test(sample_at_lab(session, cast)).blind_no
    grid = f"/desk/portion/{begun}/report"
    yield door("results", cast.analyst, f"{grid}/draft", {"value_1": "12.4"}, page=grid)
    table = {"file": ("results.csv", "blind_no,report_no,item,value,analyst\nMY-1,1,铅,1,秦若川\n".encode())}
    yield door("workbook", cast.analyst, "/desk/workbook/", table)
    bought = task_at(session, cast, TaskStatus.ORDERED)
    yield door(
        "identity", cast.coordinator, f"/desk/task/{bought.number}/identity", {"reason": "order", "why": "平台核对订单"}
    )
    made = f"/desk/sample/{waiting.number}/capsules/"
    yield door("capsule", cast.coordinator, made, {"variant": "whole", "why": "云州市中级人民法院"})
    yield door("account", cast.coordinator, "/account/", {"name": "周予安"})
    yield door("invite", admin, "/desk/people/invite", {"email": "new@yz.example", "name": "新人", "role": "buyer"})
    key = {"name": "接口", "days": "90", "scope": ["report:read"]}
    yield door("own_key", cast.analyst, "/account/keys/new", key)
    yield door("program_key", admin, "/desk/people/keys/new", key, page="/desk/people/keys/new?role=reviewer")
    person = f"/desk/people/{cast.buyer.id}"
    yield door("role", admin, f"{person}/roles", {"role": "coordinator"}, page=person)


def of_the_library(session: Session, cast: Cast) -> Iterator[Door]:
    kept = a_standard(session, cast.coordinator)
    here, why = f"/desk/standards/{kept.id}", {"reason": "按现行文本录入"}
    head = {"number": "GB 6675.2-2014", "title": "玩具安全 第2部分"}
    yield door("standard", cast.coordinator, "/desk/standards/new", head | why)
    yield door("standard_head", cast.coordinator, f"{here}/amend", {"title": "改后的名称"} | why)
    weights = dict.fromkeys(Part, "10") | {"edges": "10, 30", "floor": "1", "edition": "0"} | why
    yield door("weights", cast.coordinator, "/desk/targeting/weights/", weights)
    told = {"file": ("complaints.csv", b"reference,received_on,platform,shop_id,kind\nT1,2026-01-05,TL,S1,safety\n")}
    yield door("complaints", cast.coordinator, "/desk/targeting/complaints/workbook", told)
    table = {"file": ("library.xlsx", workbook(ROW))}
    yield door("library", cast.coordinator, "/desk/standards/workbook", table)
    waiting = f"/desk/standards/workbook/{a_library(session, cast.coordinator, settings().frames_folder)}"
    yield door("take_library", cast.coordinator, f"{waiting}/take", why, page=waiting)
    item = {"item": "可迁移元素：钡", "limit_1": "≤ 1000 mg/kg"}
    yield door("standard_item", cast.coordinator, f"{here}/item", item | why)
    other = a_standard(session, cast.coordinator, "GB 6675.1-2014")
    entry = one_edition(session, other).items[0].id
    there = f"/desk/standards/{other.id}/item/{entry}"
    yield door("standard_change", cast.coordinator, there, {"limit_1": "≤ 75"} | why)


def of_the_store(cast: Cast) -> Door:
    return door("storage", cast.coordinator, "/desk/storage/", {"code": "D-1", "room": "留样室"})
