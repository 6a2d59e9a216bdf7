"""Many reports at once: the same rules as for one, asked of what was read in a few statements, and written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem, Drawn
from quality.campaigns.sources import sources_of
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import Base
from quality.core.errors import FieldProblem, Invalid
from quality.core.many import Deed, batches, begin_many, record_many, take_many
from quality.core.words import Reason
from quality.lab.entries import ResultEntry, matched, report_number, wrong_number, wrong_texts
from quality.lab.judging import judged
from quality.lab.models import Report, ReportDraft, ReportStatus, TestOrder
from quality.lab.operations.reports import as_kept, who_works_in
from quality.lab.operations.rules import (
    doubled,
    mistyped,
    of_itself,
    unknown,
    who_tested,
    why_not_here,
    why_not_tested_by,
    wrong_lineage,
)
from quality.lab.queries import portions_visible_to, why_not_now
from quality.people.actor import Actor
from quality.people.models import Person
from quality.purchases.blind import as_written, is_blind_number
from quality.purchases.items import items_meant, names_of
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task
from quality.purchases.workflow import TEST
from quality.standards.judgement import Judgement


class Typed(NamedTuple):
    """A report as it was typed."""

    blind_no: str
    report_no: str
    analyst: str
    results: Sequence[ResultEntry]
    supersedes: str = ""


class Here(NamedTuple):
    """A portion that was sent to this laboratory, with what a report on it is asked."""

    id: int
    kind: PortionKind
    status: Any
    sample_id: int
    sample_status: SampleStatus
    buyer_id: int
    agency_id: int
    laboratory_id: int
    items: tuple[CampaignItem, ...]

    @property
    def name(self) -> str:
        """As events name it."""
        return f"{Portion.__tablename__}:{self.id}"


class Checked(NamedTuple):
    """A report that may be entered, or why not."""

    typed: Typed
    here: Here | None
    person: Person | None
    supersedes_id: int | None
    results: Sequence[tuple[CampaignItem, ResultEntry, Judgement]]
    problems: Sequence[FieldProblem]
    refused: Reason | None


class Known:
    """What the database says of all that some reports name. It learns each report that it finds right."""

    def __init__(self, session: Session, typed: Sequence[Typed], *, by: Actor) -> None:
        self.by = by
        self.here = _here(session, by, {as_written(each.blind_no) for each in typed})
        self.people = session.scalars(who_works_in(by.organisation_id)).all()
        self.taken: set[str] = set()
        self.waiting: dict[int, str] = {}  # by portion: the report that waits for a signatory
        self.in_force: dict[int, tuple[int, str]] = {}
        numbers = sorted({report_number(each.report_no) for each in typed} - {""})
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

    def check(self, typed: Typed) -> Checked:
        """All that is wrong with a report, as the form would say it."""
        blind_no = as_written(typed.blind_no)
        here = self.here.get(blind_no)
        if here is None:
            return Checked(typed, None, None, None, (), [mistyped(blind_no) or unknown(blind_no)], None)
        number, replaced = report_number(typed.report_no), report_number(typed.supersedes)
        ordered = {item.item: item for item in here.items}
        entries, problems = matched(typed.results, ordered)
        person, nobody = who_tested(typed.analyst, self.people)
        problems = wrong_number(number) + of_itself(number, replaced) + nobody + problems + wrong_texts(typed.results)
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
        refused = lineage if isinstance(lineage, Reason) else None
        old = self.in_force.get(here.id)
        return Checked(typed, here, person, old[0] if old else None, results, problems, refused)

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
            Portion.blind_no, Portion.id, Portion.kind, Portion.status, Portion.laboratory_id,
            Sample.id.label("sample_id"), Sample.status.label("sample_status"), Sample.buyer_id, Sample.agency_id,
            Sample.product_name, sa.func.coalesce(Task.campaign_id, Sample.campaign_id).label("campaign_id"),
            Drawn.listing_id, Drawn.listing,
        )
    )  # fmt: skip
    for some in batches([number for number in sorted(numbers) if is_blind_number(number)]):
        found |= {row.blind_no: row for row in session.execute(asked.where(Portion.blind_no.in_(some)))}
    ordered: dict[int, list[CampaignItem]] = {}
    for some in batches([row.id for row in found.values()]):
        orders = sa.select(TestOrder.portion_id, CampaignItem).join(
            CampaignItem, CampaignItem.id == TestOrder.campaign_item_id
        )
        for portion, item in session.execute(
            orders.where(TestOrder.portion_id.in_(some)).order_by(TestOrder.campaign_item_id)
        ):
            ordered.setdefault(portion, []).append(item)
    plans: dict[int, list[CampaignItem]] = {}
    for some in batches(sorted({row.campaign_id for row in found.values()})):
        for item in session.scalars(
            sa.select(CampaignItem).where(CampaignItem.campaign_id.in_(some)).order_by(CampaignItem.id)
        ):
            plans.setdefault(item.campaign_id, []).append(item)
    return {number: _one_here(row, ordered, plans) for number, row in found.items()}


def _one_here(row: Any, ordered: Mapping[int, list[CampaignItem]], plans: Mapping[int, list[CampaignItem]]) -> Here:
    items = ordered.get(row.id, [])
    if not items and row.kind == PortionKind.TEST:
        items = items_meant(names_of(row.product_name, row.listing_id, row.listing), plans.get(row.campaign_id, []))
    return Here(
        row.id, row.kind, row.status, row.sample_id, row.sample_status, row.buyer_id, row.agency_id,
        row.laboratory_id, tuple(items),
    )  # fmt: skip


def take_samples(session: Session, numbers: Iterable[str], *, by: Actor) -> dict[int, Any]:
    """Of these blind numbers. Nobody else moves the samples until it is done; their rows by id."""
    keys: list[int] = []
    asked = portions_visible_to(by).order_by(None).with_only_columns(Portion.sample_id)
    for some in batches(sorted({as_written(number) for number in numbers})):
        keys += session.scalars(asked.where(Portion.blind_no.in_(some)))
    return take_many(session, Sample, keys)


def enter_many(session: Session, checked: Sequence[Checked], samples: Mapping[int, Any], *, by: Actor) -> None:
    """Enter reports that were found right, on samples that were taken before they were checked."""
    if not checked:
        return
    right = [(each, each.here, each.person) for each in checked]
    deeds, rows, details, today = [], [], [], day_of(clock.now())
    for each, here, person in right:
        assert here, "it was found right"
        assert person, "it was found right"
        sample = samples[here.sample_id]
        if here.kind == PortionKind.TEST and sample.status == SampleStatus.AT_LAB:
            if refusal := TEST.refusal(sample, by):
                raise refusal
            deeds.append(Deed(sample, TEST.name, {}, None, TEST.target, sample.status))
        else:
            deeds.append(Deed(sample, "enter_report", {}, here.name))
        details.append({"sample": here.sample_id, "portion": here.id, "supersedes": each.supersedes_id})
        rows.append(
            {
                "report_no": report_number(each.typed.report_no),
                "agency_id": here.agency_id,
                "laboratory_id": here.laboratory_id,
                "sample_id": here.sample_id,
                "portion_id": here.id,
                "supersedes_id": each.supersedes_id,
                "analyst": person.name,
                "analyst_id": person.id,
                "method_note": "",
                "entered_by_id": by.id,
                "tested_on": today,
                "status": ReportStatus.ENTERED,
            }
        )
    record_many(session, Sample, deeds, by=by)
    keys = begin_many(session, Report, rows, by=by, details=details, named="report_no")
    taken_from = sources_of(session, {item.id: item for each in checked for item, *_rest in each.results}.values())
    results = [
        {"report_id": key, **as_kept(item, entry, judgement, taken_from)}
        for key, each in zip(keys, checked, strict=True)
        for item, entry, judgement in each.results
    ]
    session.connection().execute(sa.insert(Base.metadata.tables["test_result"]), results)
    for some in batches([each.here.id for each in checked if each.here]):
        session.execute(sa.delete(ReportDraft).where(ReportDraft.portion_id.in_(some)))
    session.expire_all()
