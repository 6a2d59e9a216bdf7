"""What became of a walk: counts, the public results, and every row that did not reach its proper end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.lab.models import Finding, FindingStatus, Report
from quality.notices.models import ItemStatus, Notice, NoticeItem
from quality.objections.models import Objection
from quality.publication.models import Result, ResultStatus
from quality.purchases.models import Sample, Task
from quality.walk.reading import Reading, where


@dataclass(frozen=True)
class Walked:
    """`answer` is what `--json` prints. `problems` name each row that did not reach its proper end."""

    answer: dict[str, Any]
    problems: list[FieldProblem]


def of(session: Session, campaign: int, reading: Reading, stuck: list[FieldProblem], public_url: str) -> Walked:
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
        Finding.sample_id.in_(samples), Finding.status == FindingStatus.CONFIRMED, Finding.verdict == "nonconforming"
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
    ended = {result.finding.sample.task.drawn.listing_id for result in results if is_settled(session, result.finding)}
    problems = [*reading.problems, *stuck]
    problems += [
        FieldProblem(where(plan.rows[0]), "not_at_its_end", _("The sample did not reach its proper end; walk again"))
        for plan in reading.samples
        if plan.listing_id not in ended and not any(p.field.startswith(where(plan.rows[0])) for p in stuck)
    ]
    return Walked(answer, problems)


def is_settled(session: Session, finding: Finding) -> bool:
    """A conforming sample asks for no more than its result; every listing of a nonconforming one was seen gone."""
    if finding.verdict == "conforming":
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
