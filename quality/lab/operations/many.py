"""Many reports at once: the same rules as for one, asked of what was read in a few statements, and written in bulk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.items import items_meant, names_of
from quality.campaigns.models import CampaignItem, Drawn
from quality.campaigns.sources import sources_of
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import Base, canonical
from quality.core.errors import FieldProblem, Invalid
from quality.core.many import Deed, add_many, batches, begin_many, record_many, take_many
from quality.core.words import Reason, _
from quality.lab.entries import ResultEntry, matched, report_number, wrong_number, wrong_texts
from quality.lab.judging import judged, written
from quality.lab.models import Report, ReportDraft, ReportStatus, TestOrder
from quality.lab.operations.reports import as_typed, who_works_in
from quality.lab.operations.rules import (
    doubled,
    mistyped,
    of_itself,
    typed_day,
    unknown,
    who_tested,
    why_not_here,
    why_not_tested_by,
    wrong_change,
    wrong_day,
    wrong_lineage,
)
from quality.lab.queries import portions_visible_to, why_not_now
from quality.people.actor import Actor
from quality.people.models import Person
from quality.purchases.blind import as_written, is_blind_number
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task
from quality.purchases.workflow import TEST
from quality.standards.judgement import Judgement
from quality.standards.names import item_key

CHANGED = _("Something changed since the table was looked at; look at it again. Nothing was recorded")


class Typed(NamedTuple):
    """A report as it was typed."""

    blind_no: str
    report_no: str
    analyst: str
    results: Sequence[ResultEntry]
    supersedes: str = ""
    tested_on: str = ""
    change_reason: str = ""


class Ordered(NamedTuple):
    """An item of the plan."""

    id: int
    item: str
    product: str
    limit: str
    rule: str
    method: str
    standard_limit_id: int | None


ITEM = [getattr(CampaignItem, name) for name in Ordered._fields]


class Here(NamedTuple):
    """A portion that was sent to this laboratory, with what a report on it is asked."""

    id: int
    kind: PortionKind
    status: Any
    sample_id: int
    sample_version: int
    sample_status: SampleStatus
    buyer_id: int
    agency_id: int
    laboratory_id: int
    items: tuple[Ordered, ...]


@lru_cache(maxsize=1024)
def by_name(items: tuple[Ordered, ...]) -> dict[str, Ordered]:
    return {item.item: item for item in items}


class Checked(NamedTuple):
    """A report that may be entered, or why not."""

    typed: Typed
    here: Here | None
    person: Person | None
    supersedes_id: int | None
    tested_on: date | None
    results: Sequence[tuple[Ordered, ResultEntry, Judgement]]
    problems: Sequence[FieldProblem]
    refused: Reason | None


class Ready(NamedTuple):
    """A report that was found right, as it will be entered. It can be kept as JSON."""

    report_no: str
    portion_id: int
    portion_kind: str
    sample_id: int
    agency_id: int
    laboratory_id: int
    supersedes_id: int | None
    change_reason: str
    analyst: str
    analyst_id: int
    tested_on: str  # the last day of testing, as 2026-10-09; empty: the day on which it is entered
    results: Sequence[Sequence[str]]  # of RESULT


RESULT = ("item", "value", "unit", "uncertainty", "lod", "loq", "method", "limit", "rule", "verdict", "judgement")


class Known:
    """What the database says of all that some reports name. It learns each report that it finds right.

    `named` are blind number and report number of each, as they were typed.
    """

    def __init__(self, session: Session, named: Sequence[tuple[str, str]], *, by: Actor) -> None:
        self.by = by
        self.here = _here(session, by, {as_written(blind_no) for blind_no, _report_no in named})
        self.people = session.scalars(who_works_in(by.organisation_id)).all()
        self.taken: set[str] = set()
        self.waiting: dict[int, str] = {}  # by portion: the report that waits for a signatory
        self.in_force: dict[int, tuple[int, str]] = {}
        numbers = sorted({report_number(report_no) for _blind_no, report_no in named} - {""})
        own = Report.laboratory_id == by.organisation_id
        for some in batches(numbers):
            self.taken |= set(session.scalars(sa.select(Report.report_no).where(own, Report.report_no.in_(some))))
        standing = Report.status.in_([ReportStatus.ENTERED, ReportStatus.AUTHORISED])
        for some in batches([portion.id for portion in self.here.values()]):
            asked = sa.select(Report.id, Report.portion_id, Report.report_no, Report.status)
            for key, portion, number, status in session.execute(asked.where(Report.portion_id.in_(some), standing)):
                if status == ReportStatus.ENTERED:
                    self.waiting[portion] = number
                else:
                    self.in_force[portion] = key, number
        self._day = cache(day_or_problems)
        self._tested_by = cache(lambda name: who_tested(name, self.people))

    def facts(self) -> str:
        """A digest over all of it, before it learns: while that is the same, the same is right."""
        told = [
            [(each.id, each.name, each.email) for each in self.people],
            sorted(self.taken),
            sorted(self.waiting.items()),
            sorted(self.in_force.items()),
            {item.id: tuple(item) for here in self.here.values() for item in here.items},
            [(*here[:-1], [item.id for item in here.items]) for here in self.here.values()],
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def check(self, typed: Typed) -> Checked:
        """All that is wrong with a report, as the form would say it."""
        blind_no = as_written(typed.blind_no)
        here = self.here.get(blind_no)
        if here is None:
            return Checked(typed, None, None, None, None, (), [mistyped(blind_no) or unknown(blind_no)], None)
        number, replaced = report_number(typed.report_no), report_number(typed.supersedes)
        ordered = by_name(here.items)
        entries, problems = matched(typed.results, ordered)
        person, nobody = self._tested_by(typed.analyst)
        tested_on, no_day = self._day(typed.tested_on)
        problems = wrong_number(number) + of_itself(number, replaced) + nobody + problems + wrong_texts(typed.results)
        problems += no_day
        if number in self.taken:
            problems.append(doubled(number))
        results = [
            (ordered[name], entry, judged(entry, limit=ordered[name].limit, rule=ordered[name].rule))
            for name, entry in entries
        ]
        lineage = None
        if not problems:
            lineage = self._why_not(here, replaced)
        if isinstance(lineage, Invalid):
            problems = list(lineage.problems)
        elif not problems and lineage is None:
            problems = wrong_change(replaced, typed.change_reason)
        refused = lineage if isinstance(lineage, Reason) else None
        old = self.in_force.get(here.id)
        return Checked(typed, here, person, old[0] if old else None, tested_on, results, problems, refused)

    def learn(self, right: Checked) -> None:
        """It will be entered: no other of them may have its number, or its sample."""
        assert right.here, "it was found right"
        self.taken.add(report_number(right.typed.report_no))
        self.waiting[right.here.id] = report_number(right.typed.report_no)

    def _why_not(self, here: Here, replaced: str) -> Reason | Invalid | None:
        reason = (
            why_not_tested_by(self.by.id, here.buyer_id)
            or why_not_here(here.status)
            or why_not_now(here.kind, here.sample_status, self.waiting.get(here.id))
        )
        if reason:
            return reason
        wrong = wrong_lineage(self.in_force.get(here.id, (0, None))[1], replaced)
        return Reason(wrong.code, wrong.reason) if wrong is not None and not isinstance(wrong, Invalid) else wrong


def day_or_problems(said: str) -> tuple[date | None, list[FieldProblem]]:
    day, problems = typed_day(said)
    return day, problems + wrong_day(day)


def _here(session: Session, by: Actor, numbers: Iterable[str]) -> dict[str, Here]:
    """The portions of this laboratory by blind number, with their items."""
    found: dict[str, Any] = {}
    asked = (
        portions_visible_to(by)
        .join(Sample, Sample.id == Portion.sample_id)
        .outerjoin(Task, Task.id == Sample.task_id)  # a control has none, and a test order of its own
        .outerjoin(Drawn, Drawn.id == Task.drawn_id)
        .order_by(None)
        .with_only_columns(
            Portion.blind_no, Portion.id, Portion.kind, Portion.status,
            Sample.id, Sample.version, Sample.status, Sample.buyer_id, Sample.agency_id, Portion.laboratory_id,
            Sample.product_name, sa.func.coalesce(Task.campaign_id, Sample.campaign_id).label("campaign_id"),
            Drawn.listing_id, Drawn.listing,
        )
    )  # fmt: skip
    for some in batches([number for number in sorted(numbers) if is_blind_number(number)]):
        found |= {row.blind_no: row for row in session.execute(asked.where(Portion.blind_no.in_(some)))}
    ordered: dict[int, tuple[Ordered, ...]] = {}
    for some in batches([row.id for row in found.values()]):
        orders = sa.select(TestOrder.portion_id, *ITEM).where(CampaignItem.id == TestOrder.campaign_item_id)
        orders = orders.where(TestOrder.portion_id.in_(some)).order_by(TestOrder.campaign_item_id)
        for portion, *item in session.execute(orders):
            ordered[portion] = (*ordered.get(portion, ()), Ordered(*item))
    plans: dict[int, list[Ordered]] = {}
    for some in batches(sorted({row.campaign_id for row in found.values()})):
        items = sa.select(CampaignItem.campaign_id, *ITEM).order_by(CampaignItem.id)
        for campaign, *item in session.execute(items.where(CampaignItem.campaign_id.in_(some))):
            plans.setdefault(campaign, []).append(Ordered(*item))

    products = {key: {item_key(each.product) for each in items} for key, items in plans.items()}

    @cache
    def meant(campaign: int, names: Set[str]) -> tuple[Ordered, ...]:
        return tuple(items_meant(names, plans.get(campaign, [])))

    def items_of(row: Any) -> tuple[Ordered, ...]:
        if row.id in ordered or row.kind != PortionKind.TEST:
            return ordered.get(row.id, ())
        names = names_of(row.product_name, row.listing_id, row.listing)
        return meant(row.campaign_id, frozenset(names & products.get(row.campaign_id, set())))

    return {number: Here._make((*row[1:-4], items_of(row))) for number, row in found.items()}


def standards_of(session: Session, known: Known) -> dict[int, str]:
    """What the sources of all items tell, as JSON, by the id of the limit."""
    items = {item.id: item for here in known.here.values() for item in here.items}
    return {key: canonical(source.told()) for key, source in sources_of(session, items.values()).items()}


def made_ready(right: Checked, standards: Mapping[int, str]) -> Ready:
    """A report that was found right, as it will be entered."""
    here, person = right.here, right.person
    assert here, "it was found right"
    assert person, "it was found right"
    why = right.typed.change_reason.strip()
    results = [
        (
            *as_typed(item, entry).values(),
            judgement.verdict.value,
            written(judgement, standards.get(item.standard_limit_id or 0, "")),
        )
        for item, entry, judgement in right.results
    ]
    return Ready(
        report_number(right.typed.report_no), here.id, here.kind, here.sample_id, here.agency_id, here.laboratory_id,
        right.supersedes_id, why if right.supersedes_id else "", person.name, person.id,
        right.tested_on.isoformat() if right.tested_on else "", results,
    )  # fmt: skip


def enter_many(session: Session, ready: Sequence[Ready], known: Known, *, by: Actor) -> None:
    """Enter reports that were found right by what is `known`. `Invalid` if a sample was moved since that was read."""
    if not ready:
        return
    samples = take_many(session, Sample, [each.sample_id for each in ready])
    seen = {here.sample_id: here.sample_version for here in known.here.values()}
    if any(sample.version != seen[key] + 1 for key, sample in samples.items()):
        raise Invalid(FieldProblem("file", "changed_meanwhile", CHANGED))
    deeds, rows, details, today = [], [], [], day_of(clock.now())
    for each in ready:
        sample = samples[each.sample_id]
        if each.portion_kind == PortionKind.TEST and sample.status == SampleStatus.AT_LAB:
            if refusal := TEST.refusal(sample, by):
                raise refusal
            deeds.append(Deed(sample, TEST.name, {}, None, TEST.target, sample.status))
        else:
            deeds.append(Deed(sample, "enter_report", {}, f"{Portion.__tablename__}:{each.portion_id}"))
        details.append({"sample": each.sample_id, "portion": each.portion_id, "supersedes": each.supersedes_id})
        rows.append(
            {
                "report_no": each.report_no,
                "agency_id": each.agency_id,
                "laboratory_id": each.laboratory_id,
                "sample_id": each.sample_id,
                "portion_id": each.portion_id,
                "supersedes_id": each.supersedes_id,
                "change_reason": each.change_reason or None,
                "analyst": each.analyst,
                "analyst_id": each.analyst_id,
                "method_note": "",
                "entered_by_id": by.id,
                "tested_on": date.fromisoformat(each.tested_on) if each.tested_on else today,
                "status": ReportStatus.ENTERED,
            }
        )
    record_many(session, Sample, deeds, by=by)
    keys = begin_many(session, Report, rows, by=by, details=details, named="report_no")
    results = [(key, *result) for key, each in zip(keys, ready, strict=True) for result in each.results]
    add_many(session, Base.metadata.tables["test_result"], ("report_id", *RESULT), results)
    for some in batches([each.portion_id for each in ready]):
        session.execute(sa.delete(ReportDraft).where(ReportDraft.portion_id.in_(some)))
    session.expire_all()
