"""Results that walked the real road, and what must be true before a sample closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.lab.models import Finding
from quality.notices.models import Notice, NoticeStatus
from quality.publication.jobs import close_finished_samples
from quality.publication.models import Result
from quality.publication.operations import close_campaign, propose, publish
from tests.harness.notices import notice_at, run
from tests.harness.people import Cast

if TYPE_CHECKING:
    from tests.harness.beginnings import Concluded


def proposed(session: Session, cast: Cast, finding: Finding, reason: str = "") -> Result:
    return propose(session, finding, by=cast.coordinator, reason=reason)


def published(session: Session, cast: Cast, finding: Finding, reason: str = "") -> Result:
    result = proposed(session, cast, finding, reason)
    publish(session, result, by=cast.reviewer)
    return result


def taken_down(session: Session, cast: Cast, *findings: Finding) -> Notice:
    """A closed notice: every listing seen gone."""
    return notice_at(session, cast, NoticeStatus.CLOSED, *findings)


def closed_campaign(session: Session, concluded: Concluded) -> Campaign:
    """Everything published, every listing seen gone, every sample closed."""
    cast, campaign = concluded.cast, concluded.good.sample.task.campaign
    for finding in (*concluded.bad, concluded.elsewhere, concluded.good):
        published(session, cast, finding)
    taken_down(session, cast, *concluded.bad)
    taken_down(session, cast, concluded.elsewhere)
    run(session, close_finished_samples)
    close_campaign(session, campaign, by=cast.coordinator, version=campaign.version)
    return campaign
