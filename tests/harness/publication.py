"""Results that walked the real road, and what must be true before a sample closes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.lab.models import Finding
from quality.notices.models import Notice, NoticeStatus
from quality.publication.models import Result
from quality.publication.operations import propose, publish
from tests.harness.notices import notice_at
from tests.harness.people import Cast


def proposed(session: Session, cast: Cast, finding: Finding, reason: str = "") -> Result:
    return propose(session, finding, by=cast.coordinator, reason=reason)


def published(session: Session, cast: Cast, finding: Finding, reason: str = "") -> Result:
    result = proposed(session, cast, finding, reason)
    publish(session, result, by=cast.reviewer)
    return result


def taken_down(session: Session, cast: Cast, *findings: Finding) -> Notice:
    """A closed notice: every listing seen gone."""
    return notice_at(session, cast, NoticeStatus.CLOSED, *findings)
