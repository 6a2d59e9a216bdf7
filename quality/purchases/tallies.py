"""What became of all that a campaign drew: counted by stratum, and which unit stood in for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.campaigns.sampling import DrawRole
from quality.campaigns.strata import in_order
from quality.figures.rates import Rate
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.dispositions import (
    IS_NO_END,
    SAMPLES_WITHOUT_END,
    TASKS_WITHOUT_END,
    WAS_BOUGHT,
    Disposition,
    disposition_of,
)
from quality.purchases.models import Cancelled, Sample, SampleStatus, Task, TaskStatus

STRATA = 20  # without a reserve, on the worklist

stand_in = aliased(Drawn)
# an exit that another unit was to take the place of; what was cancelled before reasons were asked had no stand-in
IS_TO_BE_REPLACED = sa.or_(
    Task.status == TaskStatus.UNOBTAINABLE,
    sa.and_(Task.status == TaskStatus.CANCELLED, Task.exit_reason != Cancelled.NOT_NEEDED),
)


class Some(NamedTuple):
    """Units of one stratum that are alike: how many were drawn as what, where they stand, and why they ended."""

    stratum: str
    role: str
    task: TaskStatus | None
    reason: str | None
    sample: SampleStatus | None
    is_replaced: bool
    many: int
    is_label_only: bool = False


class Tally(NamedTuple):
    """Of one stratum, or of all. `missing` left the sample and nothing took their place: the reserve was used up."""

    stratum: str
    main: int
    reserve: int
    came_of: Counter[Disposition]  # of the main sample and of the reserves that were used
    why: Counter[str]  # the reasons of those that were unobtainable
    missing: int
    out_of_scope: int = 0  # of those cancelled: they do not belong to what is sampled

    @property
    def drawn(self) -> int:
        return self.main + self.reserve

    @property
    def reserves_used(self) -> int:
        return self.reserve - self.came_of[Disposition.RESERVE_UNUSED]

    @property
    def bought(self) -> int:
        return sum(self.came_of[each] for each in WAS_BOUGHT)

    @property
    def open(self) -> int:
        return sum(self.came_of[each] for each in IS_NO_END)

    @property
    def obtainable(self) -> Rate:
        """Of the listings that somebody tried to buy, and of which it is known. A cancelled one was not tried."""
        return Rate(self.bought, self.bought + self.came_of[Disposition.UNOBTAINABLE])


def tallies(session: Session, campaign: Campaign) -> list[Tally]:
    """By stratum, in one statement."""
    counted = (
        Drawn.stratum,
        Drawn.role,
        Task.status,
        Task.exit_reason,
        Sample.status,
        stand_in.id.is_not(None).label("is_replaced"),
    )
    on_its_label = sa.func.coalesce(Sample.laboratory_id == Sample.agency_id, sa.false()).label("is_label_only")
    asked = (
        sa.select(*counted, sa.func.count(), on_its_label)
        .select_from(Drawn)
        .outerjoin(Task, Task.drawn_id == Drawn.id)
        .outerjoin(Sample, Sample.task_id == Task.id)
        .outerjoin(stand_in, stand_in.replaces_id == Drawn.id)
        .where(Drawn.campaign_id == campaign.id)
        .group_by(*counted, on_its_label)
    )
    found = {each.stratum: each for each in tallied(Some(*row) for row in session.execute(asked))}
    return [found[stratum] for stratum in in_order(found, campaign.design)]


def tallied(rows: Iterable[Some]) -> list[Tally]:
    found: dict[str, Tally] = {}
    for some in rows:
        before = found.get(some.stratum, Tally(some.stratum, 0, 0, Counter(), Counter(), 0))
        came = disposition_of(some.role, some.task, some.sample, bool(some.is_label_only))
        is_main, is_lost = some.role == DrawRole.MAIN, came == Disposition.UNOBTAINABLE
        found[some.stratum] = before._replace(
            main=before.main + some.many * is_main,
            reserve=before.reserve + some.many * (not is_main),
            came_of=before.came_of + Counter({came: some.many}),
            why=before.why + Counter({some.reason: some.many} if is_lost and some.reason else {}),
            missing=before.missing + some.many * (was_to_be_replaced(some) and not some.is_replaced),
            out_of_scope=before.out_of_scope
            + some.many * (came == Disposition.CANCELLED and some.reason == Cancelled.OUT_OF_SCOPE),
        )
    return [found[stratum] for stratum in sorted(found)]


def was_to_be_replaced(some: Some) -> bool:
    """As `IS_TO_BE_REPLACED` asks it of the database."""
    if some.task == TaskStatus.CANCELLED:
        return some.reason not in {None, Cancelled.NOT_NEEDED}
    return some.task == TaskStatus.UNOBTAINABLE


def in_all(found: Sequence[Tally]) -> Tally:
    came_of, why = Counter[Disposition](), Counter[str]()
    for each in found:
        came_of, why = came_of + each.came_of, why + each.why
    counted = ("main", "reserve", "missing", "out_of_scope")
    sums = {name: sum(getattr(each, name) for each in found) for name in counted}
    return Tally("", came_of=came_of, why=why, **sums)


class Substitution(NamedTuple):
    """`unit` stands in for `lost`, which left the sample by `exit`, a task's status, and its reason."""

    unit: Drawn
    task: Task
    lost: Drawn
    lost_task: Task


def substitutions(session: Session, campaign: Campaign, *, after: int, most: int) -> list[Substitution]:
    """In the order in which the reserves were drawn, behind the unit of the id `after`; one more than `most`."""
    lost, lost_task = aliased(Drawn), aliased(Task)
    asked = (
        sa.select(Drawn, Task, lost, lost_task)
        .join(Task, Task.drawn_id == Drawn.id)
        .join(lost, lost.id == Drawn.replaces_id)
        .join(lost_task, lost_task.drawn_id == lost.id)
        .where(Drawn.campaign_id == campaign.id, Drawn.id > after)
        .options(joinedload(Drawn.platform))
        .order_by(Drawn.id)
        .limit(most + 1)
    )
    return [Substitution(*row) for row in session.execute(asked)]


class Short(NamedTuple):
    """A stratum of a campaign in the field in which nothing took the place of `missing` units."""

    number: str
    title: str
    stratum: str
    missing: int
    design: str  # as JSON: it says what the stratum is made of


def short_of_reserve(session: Session, me: Actor) -> list[Short]:
    """The strata of the own agency's campaigns that lack units, for whoever gives out tasks."""
    if not me.can(Can.TASK_ASSIGN):
        return []
    asked = (
        sa.select(Campaign.number, Campaign.title, Drawn.stratum, sa.func.count(), Campaign.design)
        .select_from(Task)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .join(Campaign, Campaign.id == Task.campaign_id)
        .outerjoin(stand_in, stand_in.replaces_id == Drawn.id)
        .where(Task.agency_id == me.organisation_id, Campaign.status == CampaignStatus.IN_FIELD)
        .where(Task.status.in_((TaskStatus.UNOBTAINABLE, TaskStatus.CANCELLED)))  # by the index of the list
        .where(IS_TO_BE_REPLACED, stand_in.id.is_(None))
        .group_by(Campaign.id, Campaign.number, Campaign.title, Campaign.design, Drawn.stratum)
        .order_by(Campaign.id.desc(), Drawn.stratum)
        .limit(STRATA)
    )
    return [Short(*row) for row in session.execute(asked)]


def without_disposition(campaign: Campaign) -> sa.Select[str]:
    """The units that have not ended, each by the number of its task, or by its listing if it has none."""
    is_open = sa.or_(
        sa.and_(Task.id.is_(None), Drawn.role == DrawRole.MAIN),
        Task.status.in_(TASKS_WITHOUT_END),
        sa.and_(Task.status == TaskStatus.SEALED, sa.or_(Sample.id.is_(None), Sample.status.in_(SAMPLES_WITHOUT_END))),
    )
    return (
        sa.select(sa.func.coalesce(Task.number, Drawn.listing_id))
        .select_from(Drawn)
        .outerjoin(Task, Task.drawn_id == Drawn.id)
        .outerjoin(Sample, Sample.task_id == Task.id)
        .where(Drawn.campaign_id == campaign.id, is_open)
        .order_by(Drawn.id)
    )
