"""What must be true of the cases, whatever happened to the program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from quality.campaigns.models import Campaign
from quality.clocks.jobs import has_run_out
from quality.clocks.models import Clock
from quality.competence.models import Certificate
from quality.controls.models import Control
from quality.core.db import Numbered
from quality.core.events import Event
from quality.corrections.models import Correction, Transfer
from quality.evidence.models import Exhibit, Holding
from quality.expenses.models import Expense
from quality.lab.models import Finding, Report
from quality.notices.models import REMOVAL_RULES, Claim, ItemStatus, Look, Notice, NoticeItem, NoticeStatus
from quality.notices.second import BOTH, is_drawn
from quality.objections.models import Objection
from quality.publication.models import Result, ResultStatus
from quality.purchases.custody import gaps
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus, Task, TaskStatus
from quality.search.jobs import INDEXED
from quality.search.models import SearchEntry
from quality.workflows import WORKFLOWS
from tests.storm.invariants.ground import Check, Place


def stands_elsewhere(place: Place) -> list[str]:
    """Replayed from the record alone: where each case and part must stand."""
    last: dict[str, str] = {}
    for event in place.events:
        if event.new_status is not None:
            last[event.part or f"{event.subject_type}:{event.subject_id}"] = event.new_status
    return [
        f"{table}:{key} is {status}, its record ends with {last.get(f'{table}:{key}')}"
        for table, key, status in place.statuses
        if last.get(f"{table}:{key}") != status
    ]


def made_a_forbidden_step(place: Place) -> list[str]:
    """Every move of the record is a line of the tables, and begins where the one before it ended."""
    allowed = {
        (name, move.name, source, move.target)
        for name, life in WORKFLOWS.items()
        for move in life.transitions
        for source in move.sources
    }
    last: dict[str, str] = {}
    wrong = []
    for event in place.events:
        subject = event.part or f"{event.subject_type}:{event.subject_id}"
        kind = subject.split(":")[0]
        if event.new_status is None or kind not in WORKFLOWS:
            continue
        if event.old_status is not None:
            if (kind, event.action, event.old_status, event.new_status) not in allowed:
                wrong.append(f"{subject}: {event.action} from {event.old_status} to {event.new_status}")
            if last.get(subject) != event.old_status:
                wrong.append(f"{subject}: {event.action} began at {event.old_status}, it was {last.get(subject)}")
        last[subject] = event.new_status
    return wrong


def is_verified_unseen(place: Place) -> list[str]:
    """A look by the agency, before it, that found the listing gone, with files of its own that are still there."""
    when = {e.part: e.at for e in place.events if e.action == "verify" and e.new_status == ItemStatus.VERIFIED}
    wanted = (
        sa.select(NoticeItem).where(NoticeItem.status == ItemStatus.VERIFIED).options(selectinload(NoticeItem.looks))
    )
    return [
        f"item {item.id} of {item.notice.number}: {why}"
        for item in place.session.scalars(wanted.options(selectinload(NoticeItem.looks)))
        if (why := why_unseen(place, item, when.get(f"notice_item:{item.id}")))
    ]


def why_unseen(place: Place, item: NoticeItem, verified_at: Any) -> str:
    if verified_at is None:
        return "no event says that it was verified"
    looks = [look for look in item.looks if look.gone]
    if not looks:
        return "nobody saw it gone"
    if not any(look.evidence for look in looks):
        return "no look brought evidence"
    own = set(place.session.scalars(sa.select(Holding.sha256).join(Exhibit).where(
        Holding.organisation_id == item.notice.agency_id, Exhibit.kind == "look",
        Exhibit.subject_type == "notice", Exhibit.subject_id == item.notice_id,
        Exhibit.part == f"notice_item:{item.id}",
    )))  # fmt: skip
    shown = {sha256 for look in looks for sha256 in look.evidence}
    if not shown <= own:
        return "its evidence is not the agency's own exhibit"
    lost = [sha256 for sha256 in shown if place.vault.size(sha256) is None]
    return f"its evidence {lost[0]} is not in the vault" if lost else ""


def was_seen_by_one(place: Place) -> list[str]:
    """A listing whose claim was drawn was seen gone by two persons when it was verified, whatever was seen since."""
    looked: dict[str, int] = defaultdict(int)
    before: dict[str, int] = {}  # of how many looks there were when a listing was last verified
    for event in place.events:
        if event.action == "look":
            looked[event.part] += 1
        elif event.action == "verify":
            before[event.part] = looked[event.part]
    wanted = (
        sa.select(NoticeItem)
        .join(NoticeItem.claims)
        .where(NoticeItem.status == ItemStatus.VERIFIED, Claim.is_drawn)
        .options(selectinload(NoticeItem.looks).joinedload(Look.by), selectinload(NoticeItem.claims))
    )
    return [
        f"item {item.id} of {item.notice.number} was drawn for two, and one looked"
        for item in place.session.scalars(wanted.distinct())
        if item.claims[-1].is_drawn and len(saw_it_gone(item, before.get(f"notice_item:{item.id}", 0))) < BOTH
    ]


def saw_it_gone(item: NoticeItem, looks: int) -> set[int]:
    """Persons among the first `looks`, since the last claim and since anybody found it there."""
    found: set[int] = set()
    for look in item.looks[:looks]:
        if look.seen_at >= item.claims[-1].received_at and not look.by.is_program:
            found = found | {look.by_id} if look.gone else set()
    return found


def was_chosen(place: Place) -> list[str]:
    """Which claims two look at is what their events in the record say, and nobody's choice."""
    claimed: dict[str, list[str]] = defaultdict(list)
    said = sa.select(Event.part, Event.digest).where(Event.action == "claim", Event.part.is_not(None))
    for part, digest in place.session.execute(said.order_by(Event.id)):
        claimed[str(part)].append(digest)
    wrong = []
    for item in place.session.scalars(sa.select(NoticeItem).options(selectinload(NoticeItem.claims))):
        for claim, digest in zip(item.claims, claimed[f"notice_item:{item.id}"], strict=False):
            if claim.is_drawn != is_drawn(digest, claim.id, claim.second_look_percent):
                wrong.append(f"claim {claim.id} of item {item.id} is not as its event drew it")
    return wrong


def is_closed_with_an_open_item(place: Place) -> list[str]:
    done = (ItemStatus.VERIFIED, ItemStatus.EXCUSED)
    wanted = (
        sa.select(Notice.number, NoticeItem.id, NoticeItem.status)
        .join(NoticeItem.notice)
        .where(Notice.status == NoticeStatus.CLOSED, NoticeItem.status.not_in(done))
    )
    return [f"{number} is closed, its item {key} is {status}" for number, key, status in place.session.execute(wanted)]


def is_in_two_places(place: Place) -> list[str]:
    """Each portion's chain is unbroken, from who sealed it to one holder, who is the one its status speaks of."""
    wrong = []
    wanted = sa.select(Sample).options(selectinload(Sample.portions), selectinload(Sample.hand_overs))
    for sample in place.session.scalars(wanted):
        kinds = sorted(portion.kind for portion in sample.portions)
        if kinds != sorted(PortionKind):
            wrong.append(f"{sample.number} has the portions {kinds}")
        for portion in sample.portions:
            steps = [step for step in sample.hand_overs if step.portion_id == portion.id]
            for gap in gaps(steps, seal_no=portion.seal_no, sealed_by=portion.sealed_by):
                if gap.reason.code == "holder_differs":  # that a seal was read otherwise is what somebody saw
                    wrong.append(f"{sample.number} {portion.kind}: {gap.reason.text}")
            holder = steps[-1].taken_by if steps else portion.sealed_by
            if not fits(portion, holder):
                wrong.append(f"{sample.number} {portion.kind} is {portion.status}, and is held by {holder}")
    return wrong


def fits(portion: Portion, holder: str) -> bool:
    who = holder.split(":", maxsplit=1)[0]
    match portion.status:
        case PortionStatus.DISPATCHED:
            return who in {"courier", "person", "door"}
        case PortionStatus.HELD:
            return holder == f"door:{portion.laboratory_id}"
        case PortionStatus.AT_LAB | PortionStatus.STOPPED | PortionStatus.TESTED:
            return holder == f"laboratory:{portion.laboratory_id}"
        case PortionStatus.HANDED_ON:
            return who == "authority"
        case PortionStatus.SEALED:
            return who in {"person", "store", "courier", "authority"}
        case _:
            return True


NUMBERED: dict[str, Any] = {
    "C": Campaign.number, "T": Task.number, "S": Sample.number, "F": Finding.number, "O": Objection.number,
    "ND": Notice.reference, "N": Notice.number, "R": Result.number, "Q": Control.number,
    "A": Certificate.number, "G": Correction.number, "Y": Transfer.number, "E": Expense.number,
}  # fmt: skip


def numbers_have_a_gap(place: Place) -> list[str]:
    """Per kind, agency and year from 1 to the counter, each once."""
    counters = {(c.kind, c.agency_code, c.year): c.n for c in place.session.scalars(sa.select(Numbered))}
    found: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    for kind, column in NUMBERED.items():
        for number in place.session.scalars(sa.select(column).where(column.is_not(None)).distinct()):
            read, agency, year, n, *_portion = number.split("-")
            if read == kind:
                found[kind, agency, int(year)].add(int(n))
    wrong = []
    for which in counters.keys() | found.keys():
        last, given = counters.get(which, 0), found.get(which, set())
        if given != set(range(1, last + 1)):
            missing, beyond = sorted(set(range(1, last + 1)) - given)[:5], sorted(given - set(range(1, last + 1)))[:5]
            wrong.append(f"{which}: the counter is at {last}, missing {missing}, beyond it {beyond}")
    return wrong


# rule: of which tables, in which statuses it may run
# fmt: off
ASKED_AGAIN = {"returned", "reopened"}
OUT = {"issued", "served", "acknowledged", "answered", "reopened", "closed"}
REMOVAL = {"notice": {"served", "acknowledged", "reopened", "answered"}, "notice_item": ASKED_AGAIN}
MAY_RUN: dict[str, dict[str, set[str]]] = {
    "shipment":                 {"task": {"ordered"}},
    "parcel":                   {"task": {"shipped"}},
    "to_lab":                   {"sample": {"sealed", "dispatched"}},
    "lab_report":               {"portion": {"at_lab", "stopped", "tested"}},
    "result_told":              {"sample": {"reported", "concluded", "closed"}},
    "objection":                {"telling": {"told"}},
    "objection_admission":      {"objection": {"received"}},
    "reinspection_lab":         {"objection": {"admitted"}},
    "reinspection_formalities": {"objection": {"admitted"}},
    "acknowledge":              {"notice": {"served"}},
    "remove_by_order":          REMOVAL,
    "remove_by_notice":         REMOVAL,
    "platform_objection":       {"notice": OUT, "notice_item": set(ItemStatus)},
    "verify_claim":             {"notice_item": {"claimed"}},
    "recheck_1":                {"notice_item": {"verified"}},
    "recheck_7":                {"notice_item": {"verified"}},
    "recheck_30":               {"notice_item": {"verified"}},
    "keep_backup":              {"sample": {"concluded", "closed"}},
    "keep_backup_failed":       {"sample": {"concluded", "closed"}},
    "records":                  {"sample": {"closed"}},
    "correction":               {"correction": {"ordered"}},
    "correction_recheck":       {"correction": {"ordered", "reported"}},
    "second_recheck":           {"correction": {"announced"}},
    "transfer_receipt":         {"transfer": {"sent"}},
}
# fmt: on


def runs_for_nobody(place: Place) -> list[str]:
    """A running clock belongs to a case that has something to do by then."""
    status = {(table, key): status for table, key, status in place.statuses}
    running = place.session.scalars(sa.select(Clock).where(Clock.stopped_at.is_(None)))
    wrong = []
    for clock in running:
        stands = status.get((clock.subject_type, clock.subject_id))
        if stands not in MAY_RUN.get(clock.rule, {}).get(clock.subject_type, set()):
            wrong.append(f"{clock.rule} runs for {clock.subject_type}:{clock.subject_id}, which is {stands}")
    return wrong


def waits_without_time(place: Place) -> list[str]:
    """A listing that went back, or is there again, is still to be heard of by its platform, or has its own time."""
    own = sa.select(Clock.id).where(
        Clock.subject_type == "notice_item", Clock.subject_id == NoticeItem.id, Clock.rule.in_(REMOVAL_RULES)
    )
    asked = (
        sa.select(Notice.number, NoticeItem.id, NoticeItem.status)
        .join(NoticeItem.notice)
        .where(NoticeItem.status.in_(ASKED_AGAIN), Notice.status != NoticeStatus.WITHDRAWN)
        .where((NoticeItem.asked_again_in.is_not(None)) == own.where(Clock.stopped_at.is_(None)).exists())
    )
    found = place.session.execute(asked)
    return [f"item {key} of {number} is {stands} and has no time, or two" for number, key, stands in found]


def runs_backward(place: Place) -> list[str]:
    """No clock ends before it begins, is due before it begins, or rang before it was due."""
    wanted = sa.select(Clock).where(
        sa.or_(
            Clock.stopped_at < Clock.started_at,
            Clock.due_at <= Clock.started_at,
            sa.and_(Clock.overdue_recorded_at < Clock.due_at, Clock.stopped_at.is_(None)),
        )
    )
    return [f"{c.rule} of {c.subject_type}:{c.subject_id} from {c.started_at}" for c in place.session.scalars(wanted)]


def ran_out_unheard(place: Place) -> list[str]:
    late = place.session.scalars(sa.select(Clock).where(has_run_out(place.now)))
    rung = {(e.subject_type, e.subject_id, e.part) for e in place.events if e.action == "overdue"}
    said = place.session.scalars(sa.select(Clock).where(Clock.overdue_recorded_at.is_not(None))).all()
    silent = [c for c in said if not is_rung(c, rung)]
    return [f"{c.rule} of {c.subject_type}:{c.subject_id} ran out at {c.due_at}" for c in [*late, *silent]]


def is_rung(clock: Clock, rung: set[Any]) -> bool:
    own = (clock.subject_type, clock.subject_id)
    return any((kind, key) == own or part == f"{own[0]}:{own[1]}" for kind, key, part in rung)


def is_not_found(place: Place) -> list[str]:
    """Every case that the index is for stands in it."""
    wrong = []
    for model in INDEXED:
        table = model.__tablename__
        there = sa.select(SearchEntry.subject_id).where(SearchEntry.subject_type == table)
        wrong += [f"{table}:{key}" for key in place.session.scalars(sa.select(model.id).where(model.id.not_in(there)))]
    return wrong


def is_half(place: Place) -> list[str]:
    """What one transaction does together is there together."""
    s, wrong = place.session, []
    asked: dict[str, sa.Select[Any]] = {
        "{} is sealed and has no sample": sa.select(Task.number).where(
            Task.status == TaskStatus.SEALED, ~sa.exists().where(Sample.task_id == Task.id)
        ),
        "{} has a sample and is not sealed": sa.select(Task.number).where(
            Task.status != TaskStatus.SEALED, sa.exists().where(Sample.task_id == Task.id)
        ),
        "{} is reported without a report in force": sa.select(Sample.number).where(
            Sample.status == SampleStatus.REPORTED,
            ~sa.exists().where(Report.sample_id == Sample.id, Report.status == "authorised"),
        ),
        "{} is concluded without a finding": sa.select(Sample.number).where(
            Sample.status.in_([SampleStatus.CONCLUDED, SampleStatus.CLOSED]),
            Sample.task_id.is_not(None),  # a control ends without a finding
            ~sa.exists().where(Finding.sample_id == Sample.id, Finding.status.in_(["confirmed", "overturned"])),
        ),
        "{} is confirmed, its sample is not concluded": sa.select(Finding.number)
        .join(Finding.sample)
        .where(Finding.status == "confirmed", Sample.status.not_in([SampleStatus.CONCLUDED, SampleStatus.CLOSED])),
        "{} has no listing": sa.select(Notice.reference).where(~sa.exists().where(NoticeItem.notice_id == Notice.id)),
        "{} is in force twice": sa.select(Result.number)
        .where(Result.status == ResultStatus.PUBLISHED)
        .group_by(Result.number)
        .having(sa.func.count() > 1),
    }
    for says, query in asked.items():
        wrong += [says.format(number) for number in s.scalars(query)]
    return wrong


CHECKS: dict[str, tuple[str, Callable[[Place], list[str]]]] = {
    "status": ("every case stands where its record says", stands_elsewhere),
    "steps": ("every move in the record is one that the tables allow", made_a_forbidden_step),
    "verified": ("no listing is verified without the regulator's own evidence from before", is_verified_unseen),
    "second": ("a listing whose claim was drawn is verified once two persons saw it gone", was_seen_by_one),
    "drawn": ("which claims two look at can be reckoned from the record", was_chosen),
    "closed": ("no closed notice has an open listing", is_closed_with_an_open_item),
    "places": ("no sample is in two places: each portion's custody is one unbroken chain", is_in_two_places),
    "numbers": ("numbers have no gap", numbers_have_a_gap),
    "clocks": ("every running clock belongs to a case that waits for it", runs_for_nobody),
    "time": (
        "every listing that went back has its own time, or is still to be heard of",
        waits_without_time,
    ),
    "onward": ("no clock runs backward", runs_backward),
    "rung": ("every clock that ran out has rung", ran_out_unheard),
    "index": ("every case can be found by its words", is_not_found),
    "halves": ("nothing was done by half", is_half),
}
OF_CASES = {name: Check(*said) for name, said in CHECKS.items()}
