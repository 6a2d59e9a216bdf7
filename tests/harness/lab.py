"""Samples that walked the real road through a laboratory: received, tested, reported, concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.lab.models import Finding, Report
from quality.lab.operations import (
    ResultEntry,
    authorise,
    confirm_finding,
    enter_report,
    propose_finding,
    receive,
    stop_testing,
)
from quality.purchases.models import Portion, PortionKind, Sample, Untested
from tests.harness.campaigns import LEAD
from tests.harness.people import Cast
from tests.harness.purchases import dispatched_sample
from tests.harness.workers import numbers

NUMBERS = numbers()
# what the campaign of tests/harness/campaigns.py asks: 磁通量指数 ＜50 kG²mm², 可迁移元素：铅 ≤90 mg/kg (non_binary)
GOOD = (
    ResultEntry("磁通量指数", "12.4", "kG²mm²"),
    ResultEntry("可迁移元素：铅", "8.5", "mg/kg", uncertainty="1.2", lod="0.5"),
)
BAD = (GOOD[0]._replace(value="386"), GOOD[1])
OPEN = (GOOD[0]._replace(value="见附件"), GOOD[1])  # nobody can read it: undecided

# the same item, asked of one product more strictly
LEAD_OF_STICKS = LEAD._replace(product="磁力棒", limit="≤60 mg/kg")


def portion_to_test(sample: Sample) -> Portion:
    return sample.portion(PortionKind.TEST)


def take_in(session: Session, portion: Portion, cast: Cast, **changed: Any) -> None:
    """The portion arrives as it was sent."""
    seen: dict[str, Any] = {
        "seal_no": portion.seal_no,
        "seal_intact": True,
        "condition": "完好",
        "received_at": clock.now(),
    } | changed
    by = cast.analyst if portion.laboratory_id == cast.laboratory.id else cast.second_analyst
    receive(session, portion, by=by, **seen)


def enter(
    session: Session, portion: Portion, cast: Cast, results: Sequence[ResultEntry] = GOOD, **changed: Any
) -> Report:
    by = changed.pop("by", cast.analyst if portion.laboratory_id == cast.laboratory.id else cast.second_analyst)
    facts: dict[str, Any] = {
        "blind_no": portion.blind_no,
        "report_no": f"WT-2026-{next(NUMBERS):05d}",
        "analyst": by.person.name,
        "results": results,
    }
    return enter_report(session, by=by, **(facts | changed))


def sign(session: Session, report: Report, cast: Cast) -> None:
    authorise(
        session, report, by=cast.signatory if report.laboratory_id == cast.laboratory.id else cast.second_signatory
    )


def sent_sample(session: Session, cast: Cast) -> Sample:
    """One that is under way: of those that were sent beforehand (tests/harness/sent.py), else a new one."""
    ready: list[Sample] = session.info.get("sent", [])
    return ready.pop(0) if ready else dispatched_sample(session, cast)


def sample_at_lab(session: Session, cast: Cast) -> Sample:
    sample = sent_sample(session, cast)
    take_in(session, portion_to_test(sample), cast)
    return sample


def stopped_sample(session: Session, cast: Cast) -> Sample:
    """Its laboratory suspects the goods, and has tested nothing."""
    sample = sample_at_lab(session, cast)
    stop_testing(session, portion_to_test(sample), Untested.COUNTERFEIT, "商标印刷与正品不符", by=cast.analyst)
    return sample


def reported_sample(session: Session, cast: Cast, results: Sequence[ResultEntry] = GOOD) -> Sample:
    """With an authorised report."""
    sample = sample_at_lab(session, cast)
    sign(session, enter(session, portion_to_test(sample), cast, results), cast)
    return sample


def proposed_finding(session: Session, cast: Cast, nonconforming: bool = True) -> Finding:
    sample = reported_sample(session, cast, BAD if nonconforming else GOOD)
    return propose_finding(session, sample, by=cast.coordinator)


def confirmed_finding(session: Session, cast: Cast, nonconforming: bool = True) -> Finding:
    finding = proposed_finding(session, cast, nonconforming)
    confirm_finding(session, finding, by=cast.reviewer)
    return finding
