"""Whom a letter was sent to and nothing proves that it came: by campaign, since when, what was tried, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.lab.models import Finding
from quality.objections.models import Letter, Party
from quality.purchases.models import Sample, Task

MOST = 1000  # lines of one list


class Unreached(NamedTuple):
    """One party of one finding. `state`: open (its last link still opens), expired, or taken_back."""

    finding: str
    party: Party
    addressee: str
    first_sent_at: datetime
    last_sent_at: datetime
    letters: int
    state: str

    def told(self) -> dict[str, Any]:
        return self._asdict()


def of_the_campaign(campaign: Campaign) -> sa.Select[Letter]:
    return (
        sa.select(Letter)
        .join(Letter.finding)
        .join(Sample, Sample.id == Finding.sample_id)
        .join(Task, Task.id == Sample.task_id)
        .where(Task.campaign_id == campaign.id)
    )


def has_letters(session: Session, campaign: Campaign) -> bool:
    return session.scalars(of_the_campaign(campaign).limit(1)).first() is not None


def unreached_in(session: Session, campaign: Campaign) -> list[Unreached]:
    """By finding and party; who received one letter about a finding was reached. Who waits longest stands first."""
    asked = of_the_campaign(campaign).options(contains_eager(Letter.finding)).order_by(Letter.id).limit(MOST)
    found: dict[tuple[int, Party], list[Letter]] = {}
    for letter in session.scalars(asked):
        found.setdefault((letter.finding_id, letter.party), []).append(letter)
    now = clock.now()
    rows = [row_of(letters, now) for letters in found.values() if not any(each.received_at for each in letters)]
    return sorted(rows, key=lambda row: (row.first_sent_at, row.finding))


def row_of(letters: Sequence[Letter], now: datetime) -> Unreached:
    first, last = letters[0], letters[-1]
    return Unreached(
        first.finding.number,
        first.party,
        last.addressee,
        first.sent_at,
        last.sent_at,
        len(letters),
        "taken_back" if last.taken_back_at else "expired" if last.expires_at <= now else "open",
    )
