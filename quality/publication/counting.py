"""What is counted of a closed campaign: by stratum from the draw to the result in force, and where it was sold from.

Only a campaign that is closed is counted: while it goes on, what fails is published first, and a rate of what is public
by then would be too high. Counted in a few statements when it is closed, and again whenever one of its results is
published or taken back; whoever reads a page reads the counts that were kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, Drawn, DrawnStratum
from quality.lab.models import Finding, Verdict
from quality.notices.models import ItemStatus, Notice, NoticeItem, stands_on_a_notice
from quality.people.models import Organisation
from quality.publication.facets import region_of
from quality.publication.models import Result, ResultStatus
from quality.purchases.dispositions import Disposition
from quality.purchases.models import Sample, Task
from quality.purchases.tallies import Tally, tallies

D = Disposition
UNTESTED = (D.LABEL_ONLY, D.TRANSFERRED_UNTESTED, D.REFUSED_BY_LAB, D.TEST_IMPOSSIBLE)
NOT_IN_FORCE = "not_in_force"  # tested, and its result was taken back, or its finding overturned
I = ItemStatus  # noqa: E741
GONE = frozenset({I.VERIFIED, I.EXCUSED})


class StratumCount(NamedTuple):
    """`size` is how many listings it had, 0 where that is not known; `platform` the code of the one it lies in."""

    stratum: str
    platform: str
    size: int
    drawn: int  # the main sample, and the reserves that were used
    bought: int
    tested: int  # with a result in force
    nonconforming: int
    unobtainable: int
    cancelled: int
    untested: dict[str, int]  # bought without a result in force, by the reason
    out_of_scope: int = 0  # of those cancelled: they were looked at, and do not belong to what is sampled


class UnitCount(NamedTuple):
    """Tested units of one stratum that were as likely to be drawn, where chances differ: 3/8."""

    stratum: str
    inclusion: str
    tested: int
    nonconforming: int


class RegionCount(NamedTuple):
    """By where it was sold from, as the list of results is narrowed (facets.py); "" where nothing says it."""

    region: str
    stratum: str
    tested: int
    nonconforming: int


class Counted(NamedTuple):
    """One closed campaign. `told` are its nonconforming products of which a platform was told; of these `said` are
    gone by the platform's word at least, and `seen` as the agency saw for itself: all their listings but excused ones.
    """

    number: str
    title: str
    kind: str
    category: str
    agency: str
    ended_on: date
    strata: tuple[StratumCount, ...]
    units: tuple[UnitCount, ...]
    regions: tuple[RegionCount, ...]
    platforms: dict[str, str]  # names by code
    why: dict[str, int]  # reasons of what was unobtainable
    told: int
    said: int
    seen: int

    def sum(self, of: str) -> int:
        """Over all strata: `drawn`, `bought`, `tested` …"""
        return sum(getattr(stratum, of) for stratum in self.strata)

    @property
    def untested(self) -> dict[str, int]:
        """Bought without a result in force, by the reason."""
        whole = Counter[str]()
        for stratum in self.strata:
            whole.update(stratum.untested)
        return {reason: whole[reason] for reason in (*UNTESTED, NOT_IN_FORCE) if whole[reason]}


def count(session: Session, campaign: Campaign, ended_on: date) -> Counted:
    """As it stands now, in seven statements."""
    found, design = list(results_of(session, campaign)), parse_design(campaign.design)
    where, names = platforms_of(session, campaign)
    sizes = {
        name: size
        for name, size in session.execute(
            sa.select(DrawnStratum.stratum, DrawnStratum.size).where(DrawnStratum.campaign_id == campaign.id)
        )
    }
    came = {tally.stratum: tally for tally in tallies(session, campaign)}
    every, bad = tallied(found), tallied(row for row in found if row.is_bad)
    is_of_one = "platform" in design.strata
    told = [states for states in notified(session, campaign, [row.finding for row in found if row.is_bad]) if states]
    why = Counter[str]()
    for tally in came.values():
        why.update(tally.why)
    return Counted(
        number=campaign.number,
        title=campaign.title,
        kind=campaign.kind,
        category=campaign.category,
        agency=campaign.agency.name,
        ended_on=ended_on,
        strata=tuple(
            stratum_count(
                name,
                where.get(name, "") if is_of_one else "",
                sizes.get(name, 0),
                came.get(name),
                (every[name], bad[name]),
            )
            for name in sorted({*sizes, *came})
        ),
        units=units_of(found) if design.size else (),
        regions=regions_of(found),
        platforms=names,
        why=dict(why),
        told=len(told),
        said=sum(states <= GONE | {I.CLAIMED} and bool(states & {I.CLAIMED, I.VERIFIED}) for states in told),
        seen=sum(states <= GONE and I.VERIFIED in states for states in told),
    )


class Row(NamedTuple):
    """A result in force, or one whose time in public is over: what was tested stays tested."""

    stratum: str
    inclusion: str | None
    finding: int
    region: str
    is_bad: bool


def results_of(session: Session, campaign: Campaign) -> Iterable[Row]:
    """Also those whose time in public is over: how long a result stays depends on what it says, and a rate must not."""
    asked = (
        sa.select(Result.number, Drawn.stratum, Drawn.inclusion, Result.finding_id, Result.copy)
        .select_from(Result)
        .join(Finding, Finding.id == Result.finding_id)
        .join(Sample, Sample.id == Finding.sample_id)
        .join(Task, Task.id == Sample.task_id)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .where(Task.campaign_id == campaign.id, Result.status.in_([ResultStatus.PUBLISHED, ResultStatus.EXPIRED]))
        .order_by(Result.number, Result.edition)
    )
    found = {
        number: Row(stratum, inclusion, finding, region_of(copy["seller"]), copy["verdict"] == Verdict.NONCONFORMING)
        for number, stratum, inclusion, finding, copy in session.execute(asked)
        if not copy.get("label_only")  # nobody has tested it: it is in no rate
    }
    return found.values()


def platforms_of(session: Session, campaign: Campaign) -> tuple[dict[str, str], dict[str, str]]:
    """The platform of each stratum, and the names of all, by their codes."""
    asked = (
        sa.select(Drawn.stratum, Organisation.code, Organisation.name)
        .join(Organisation, Organisation.id == Drawn.platform_id)
        .where(Drawn.campaign_id == campaign.id)
        .distinct()
    )
    rows = session.execute(asked).all()
    return {stratum: code for stratum, code, _name in rows}, {code: name for _stratum, code, name in rows}


def tallied(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row.stratum for row in rows)


def stratum_count(name: str, platform: str, size: int, tally: Tally | None, of: tuple[int, int]) -> StratumCount:
    if tally is None:  # nothing was to be drawn from it
        return StratumCount(name, platform, size, 0, 0, 0, 0, 0, 0, {})
    tested, bad = of
    untested = {str(each): tally.came_of[each] for each in UNTESTED}
    untested[NOT_IN_FORCE] = tally.came_of[D.TESTED] + tally.came_of[D.SEALED] - tested
    return StratumCount(
        stratum=name,
        platform=platform,
        size=size,
        drawn=tally.main + tally.reserves_used,
        bought=tally.bought,
        tested=tested,
        nonconforming=bad,
        unobtainable=tally.came_of[D.UNOBTAINABLE],
        cancelled=tally.came_of[D.CANCELLED],
        untested={reason: many for reason, many in untested.items() if many > 0},
        out_of_scope=tally.out_of_scope,
    )


def units_of(rows: Sequence[Row]) -> tuple[UnitCount, ...]:
    every = Counter((row.stratum, row.inclusion or "1") for row in rows)
    bad = Counter((row.stratum, row.inclusion or "1") for row in rows if row.is_bad)
    return tuple(UnitCount(*key, every[key], bad[key]) for key in sorted(every))


def regions_of(rows: Sequence[Row]) -> tuple[RegionCount, ...]:
    every = Counter((row.region, row.stratum) for row in rows)
    bad = Counter((row.region, row.stratum) for row in rows if row.is_bad)
    return tuple(RegionCount(*key, every[key], bad[key]) for key in sorted(every))


def notified(session: Session, campaign: Campaign, bad: Sequence[int]) -> Iterable[set[ItemStatus]]:
    """Of each finding, how its listings stand on issued notices."""
    asked = (
        sa.select(NoticeItem.finding_id, NoticeItem.status)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .join(Finding, Finding.id == NoticeItem.finding_id)
        .join(Sample, Sample.id == Finding.sample_id)
        .join(Task, Task.id == Sample.task_id)
        .where(Task.campaign_id == campaign.id, Notice.issued_at.is_not(None), stands_on_a_notice())
    )
    of: dict[int, set[ItemStatus]] = {finding: set() for finding in bad}
    for finding, status in session.execute(asked):
        if finding in of:
            of[finding].add(ItemStatus(status))
    return of.values()


# --- as it is kept ---


def as_kept(counted: Counted) -> dict[str, Any]:
    """For a column of canonical JSON, in which numbers become texts."""
    said = counted._asdict()
    for name in ("strata", "units", "regions"):
        said[name] = [each._asdict() for each in said[name]]
    return said


def from_kept(said: Mapping[str, Any]) -> Counted:
    return Counted(
        **{name: said[name] for name in ("number", "title", "kind", "category", "agency", "platforms")},
        ended_on=date.fromisoformat(said["ended_on"]),
        strata=tuple(StratumCount(**in_numbers(each)) for each in said["strata"]),
        units=tuple(UnitCount(**in_numbers(each)) for each in said["units"]),
        regions=tuple(RegionCount(**in_numbers(each)) for each in said["regions"]),
        why={name: int(many) for name, many in said["why"].items()},
        told=int(said["told"]),
        said=int(said["said"]),
        seen=int(said["seen"]),
    )


TEXTS = frozenset({"stratum", "platform", "inclusion", "region"})


def in_numbers(said: Mapping[str, Any]) -> dict[str, Any]:
    def read(name: str, value: Any) -> Any:
        if name in TEXTS:
            return value
        return {of: int(many) for of, many in value.items()} if isinstance(value, dict) else int(value)

    return {name: read(name, value) for name, value in said.items()}
