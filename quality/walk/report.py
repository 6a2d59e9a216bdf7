"""What became of a walk: counts, the public results, and every row that did not reach its proper end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.lab.models import Finding, FindingStatus, Report, Verdict
from quality.notices.models import ItemStatus, Notice, NoticeItem
from quality.objections.models import Objection
from quality.publication.models import Result, ResultStatus
from quality.purchases.models import Sample, Task
from quality.walk.reading import Reading
from quality.walk.rows import where


@dataclass(frozen=True)
class Walked:
    """`answer` is what `--json` prints. `problems` name each row that did not reach its proper end; `notes` tell what
    a reader should know about one that did."""

    answer: dict[str, Any]
    problems: list[FieldProblem]
    notes: list[FieldProblem]


def of(
    session: Session,
    campaign: int | None,
    reading: Reading,
    stuck: Mapping[str, Sequence[FieldProblem]],
    public_url: str,
) -> Walked:
    """`campaign` is None where no row could be used; `stuck` says by listing id what held a sample up."""
    samples = sa.select(Sample.id).join(Sample.task).where(Task.campaign_id == campaign).scalar_subquery()
    findings = sa.select(Finding.id).where(Finding.sample_id.in_(samples)).scalar_subquery()
    items = sa.select(NoticeItem).where(NoticeItem.finding_id.in_(findings))
    published = sa.select(Result).where(Result.finding_id.in_(findings), Result.status == ResultStatus.PUBLISHED)
    results = session.scalars(published.order_by(Result.number)).all()
    counted = {
        "campaigns": sa.select(Campaign.status).where(Campaign.id == campaign),
        "tasks": sa.select(Task.status).where(Task.campaign_id == campaign),
        "samples": sa.select(Sample.status).where(Sample.id.in_(samples)),
        "reports": sa.select(Report.status).where(Report.sample_id.in_(samples)),
        "findings": sa.select(Finding.status).where(Finding.sample_id.in_(samples)),
        "objections": sa.select(Objection.status).where(Objection.finding_id.in_(findings)),
        "notices": sa.select(Notice.status).where(Notice.id.in_(items.with_only_columns(NoticeItem.notice_id))),
        "items": items.with_only_columns(NoticeItem.status),
        "results": sa.select(Result.status).where(Result.finding_id.in_(findings)),
    }
    by_status = {kind: dict(sorted(Counter(session.scalars(query)).items())) for kind, query in counted.items()}
    nonconforming = sa.select(sa.func.count(Finding.id)).where(
        Finding.sample_id.in_(samples),
        Finding.status == FindingStatus.CONFIRMED,
        Finding.verdict == Verdict.NONCONFORMING,
    )
    answer = {
        "rows": reading.rows,
        "samples": sum(by_status["samples"].values()),
        "nonconforming": session.scalars(nonconforming).one(),
        "notices": sum(by_status["notices"].values()),
        "items_verified": by_status["items"].get(ItemStatus.VERIFIED, 0),
        "by_status": by_status,
        "results": [as_answer(result, public_url) for result in results],
    }
    shown = {result.finding.sample.purchase.drawn.listing_id: result for result in results}
    ended = {listing_id for listing_id, result in shown.items() if is_settled(session, result.finding)}
    return Walked(answer, [*reading.problems, *left_behind(reading, ended, stuck)], withheld(reading, shown))


def left_behind(reading: Reading, ended: set[str], stuck: Mapping[str, Sequence[FieldProblem]]) -> list[FieldProblem]:
    """Each row of each sample that did not reach its end, with what held it up."""
    text = _("The sample did not reach its proper end; walk again")
    unknown = [FieldProblem("", "not_at_its_end", text)]
    return [
        FieldProblem(where(row, problem.field), problem.code, problem.text)
        for plan in reading.samples
        if plan.listing_id not in ended
        for row in plan.rows
        for problem in stuck.get(plan.listing_id, unknown)
    ]


def withheld(reading: Reading, shown: Mapping[str, Result]) -> list[FieldProblem]:
    """Which fields the public does not read, as the frozen copies say themselves."""
    text = _("Withheld from the public result: it held personal data")
    return [
        FieldProblem(where(plan.rows[0], path), "withheld", text)
        for plan in reading.samples
        if plan.listing_id in shown
        for path in shown[plan.listing_id].copy["withheld"]
    ]


def is_settled(session: Session, finding: Finding) -> bool:
    """A conforming sample asks for no more than its result; every listing of a nonconforming one was seen gone."""
    if finding.verdict == Verdict.CONFORMING:
        return True
    items = session.scalars(sa.select(NoticeItem.status).where(NoticeItem.finding_id == finding.id)).all()
    return bool(items) and set(items) == {ItemStatus.VERIFIED}


def as_answer(result: Result, public_url: str) -> dict[str, Any]:
    """A published result, from its frozen copy: what the public reads, and nothing of the live rows."""
    copy = result.copy
    return {
        "number": result.number,
        "status": result.status,
        "verdict": copy["verdict"],
        "platform": copy["platform"]["name"],
        "product_name": copy["product"]["name"],
        "items": [
            {
                "item": line["item"],
                "value": line["value"] + line["unit"],
                "limit": line["limit"],
                "verdict": line["verdict"],
            }
            for line in copy["items"]
        ],
        "address": f"{public_url}/results/{result.number}",
    }
