"""What goes on which notice: the tested listings and those that are like them, each to the platform that sells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Refused
from quality.core.events import append
from quality.core.workflow import record
from quality.lab.models import Finding
from quality.likeness.matching import Sure
from quality.likeness.models import Alike
from quality.notices.operations.alike import cannot_be_put_on
from quality.people.actor import Actor
from quality.people.models import Organisation

SURENESS = list(Sure)


class Grouping(StrEnum):
    """One notice for all that a platform must take down, or one for each finding."""

    PLATFORM = "platform"
    FINDING = "finding"


class Entry(NamedTuple):
    """A listing that goes on a notice because of a finding: the tested one, or one that is `alike`."""

    finding: Finding
    alike: Alike | None = None

    @property
    def platform_id(self) -> int:
        return self.alike.platform_id if self.alike else self.finding.sample.purchase.drawn.platform_id

    @property
    def listing_id(self) -> str:
        return self.alike.listing_id if self.alike else self.finding.sample.purchase.drawn.listing_id


def grouped(findings: Sequence[Finding], alike: Sequence[Alike], grouping: Grouping) -> list[list[Entry]]:
    """The listings of each notice, tested ones first. No listing is named twice to a platform for being alike:
    not beside its own test, and of several that it is like because of the surest."""
    notices: dict[tuple[int, int], list[Entry]] = {}
    for entry in once(findings, alike):
        about = entry.finding.id if grouping == Grouping.FINDING else 0
        notices.setdefault((entry.platform_id, about), []).append(entry)
    return [entries for _key, entries in sorted(notices.items())]


def once(findings: Sequence[Finding], alike: Sequence[Alike]) -> Iterator[Entry]:
    named = set()
    for _id, finding in sorted({finding.id: finding for finding in findings}.items()):
        entry = Entry(finding)
        named.add((entry.platform_id, entry.listing_id))
        yield entry
    for each in sorted(alike, key=lambda each: (SURENESS.index(each.sure), each.finding_id, each.id)):
        if (each.platform_id, each.listing_id) not in named:
            named.add((each.platform_id, each.listing_id))
            yield Entry(each.finding, each)


def refuse_what_is_on_a_notice(session: Session, groups: Sequence[Sequence[Entry]], *, agency_id: int) -> None:
    """Or was not confirmed, or is not any more.

    Of two people who put one listing on two notices, because of two findings that it is like, the second waits here
    for the first, and is told: the findings alone would not keep them apart.
    """
    session.execute(sa.select(Organisation.id).where(Organisation.id == agency_id).with_for_update())
    for each in (entry.alike for group in groups for entry in group if entry.alike):
        if reason := cannot_be_put_on(session, each):
            raise Refused.because(reason)


def tell_the_findings(session: Session, group: Sequence[Entry], notice: str, told: set[int], *, by: Actor) -> None:
    """In the record of each finding, what of it went on this notice. They were taken; `told` are those whose first
    event was written: each further one takes its finding again."""
    for finding in {entry.finding.id: entry.finding for entry in group}.values():
        entries = [entry for entry in group if entry.finding is finding]
        others = [entry.listing_id for entry in entries if entry.alike]
        action = "put_on_notice" if len(others) < len(entries) else "put_alike_on_notice"
        details = {"notice": notice} | ({"alike": others} if others else {})
        if finding.id in told:
            record(session, finding, action, by=by, details=details)
        else:
            append(session, finding, action, actor=by.signature, details=details)
        told.add(finding.id)
