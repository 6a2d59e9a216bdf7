"""`mingcha walk`: a whole campaign from a file of announced cases, through the operations that pages and API use.

Laboratories and platforms take part by HTTP, with keys of their own and a listener for webhooks (doors.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.documents.jobs import make_at_once
from quality.documents.press import Press
from quality.lab.models import Finding, FindingStatus
from quality.notices.models import Notice, NoticeItem
from quality.permissions import Role
from quality.publication.jobs import close_finished_samples
from quality.publication.operations import close_campaign
from quality.purchases.models import Sample, Task
from quality.walk import disposal, report, steps
from quality.walk.campaign import prepare
from quality.walk.doors import Doors
from quality.walk.hearing import hear
from quality.walk.kit import Kit, carry, repeat
from quality.walk.reading import SamplePlan, read

Thing = TypeVar("Thing")
Stuck = dict[str, list[FieldProblem]]  # by listing id: what kept this sample from going on


class Progress:
    """Told of every case that came to the end of a stage; a command line draws it as a bar."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self._tell = tell

    def over(self, stage: str, things: list[Thing]) -> Iterable[Thing]:
        for done, thing in enumerate(things):
            self._tell(stage, done, len(things))
            yield thing
        self._tell(stage, len(things), len(things))


def walk(
    source: Path,
    sessions: sessionmaker[Session],
    settings: Settings,
    *,
    into: bool = False,
    progress: Progress,
    doors: Doors,
) -> report.Walked:
    """Drive every readable row of `source` to its proper end; the same file again goes on where it stood.

    `Refused` if the database holds other cases and `into` is not given; `Invalid` if `source` is no such file.
    """
    reading = read(source)
    with sessions() as session:
        strangers = sa.select(Campaign.id).where(Campaign.walk_of.is_distinct_from(reading.sha256)).limit(1)
        if not into and session.scalars(strangers).first() is not None:
            raise Refused("holds_cases", _("The database holds other cases; with --into the walk is added to them"))
    if not reading.samples:
        with sessions() as session:
            return report.of(session, None, reading, {}, settings.public_url)
    kit, stuck = Kit.of(sessions, settings, doors), Stuck()
    campaign = prepare(kit, reading)
    buy_and_test(kit, campaign, {plan.listing_id: plan for plan in reading.samples}, stuck, progress)
    dispose(kit, campaign, stuck, progress)
    publish(kit, campaign, stuck, progress)
    while close_finished_samples(sessions, clock.now()):
        """It closes so many at once."""
    disposal.run_jobs(kit)
    close(kit, campaign)
    while make_at_once(sessions, Press.of(settings)):
        """The announcement comes with the end; it prints so many at once."""
    with sessions() as session:
        return report.of(session, campaign, reading, stuck, settings.public_url)


def buy_and_test(kit: Kit, campaign: int, plans: dict[str, SamplePlan], stuck: Stuck, progress: Progress) -> None:
    """Each task to a concluded sample, and through the objections that the file tells of."""
    with kit.sessions() as session:
        wanted = sa.select(Task.id, Drawn.listing_id).join(Task.drawn).where(Task.campaign_id == campaign)
        tasks = [(row[0], row[1]) for row in session.execute(wanted.order_by(Task.id))]
    for task, listing_id in progress.over("buy and test", tasks):
        plan = plans[listing_id]
        with noted(stuck, [listing_id]):
            carry(kit, Task, task, steps.TASK_STEPS, plan)
            with kit.sessions() as session:
                sample = session.scalars(sa.select(Sample.id).where(Sample.task_id == task)).one_or_none()
            if sample is not None:  # people can end a task by another exit
                carry(kit, Sample, sample, steps.SAMPLE_STEPS, plan)
                repeat(kit, partial(hear, kit, plan, sample))


def dispose(kit: Kit, campaign: int, stuck: Stuck, progress: Progress) -> None:
    """A notice a platform, carried until it is closed."""
    with kit.sessions() as session:
        samples = list(session.scalars(sa.select(Sample.id).join(Sample.task).where(Task.campaign_id == campaign)))
        free = [finding.sample.purchase.drawn.listing_id for finding in disposal.free_findings(session, samples)]
    if free:
        with noted(stuck, free), kit.sessions.begin() as session:
            disposal.draft(kit, session, disposal.free_findings(session, samples))
    about: dict[int, list[str]] = {}
    with kit.sessions() as session:
        on = sa.select(NoticeItem.notice_id, NoticeItem.listing_id).join(NoticeItem.notice).join(NoticeItem.finding)
        for notice, listing_id in session.execute(on.where(Finding.sample_id.in_(samples)).order_by(Notice.id)):
            about.setdefault(notice, []).append(listing_id)
    for notice, listing_ids in progress.over("dispose", list(about.items())):
        with noted(stuck, listing_ids):
            disposal.carry_notice(kit, notice)


def publish(kit: Kit, campaign: int, stuck: Stuck, progress: Progress) -> None:
    with kit.sessions() as session:
        wanted = sa.select(Finding.id, Drawn.listing_id).join(Finding.sample).join(Sample.task).join(Task.drawn)
        of_this = wanted.where(Task.campaign_id == campaign, Finding.status == FindingStatus.CONFIRMED)
        found = [(row[0], row[1]) for row in session.execute(of_this.order_by(Finding.id))]
    for finding, listing_id in progress.over("publish", found):
        with noted(stuck, [listing_id]):
            disposal.publish(kit, finding)


@contextmanager
def noted(stuck: Stuck, listing_ids: list[str]) -> Iterator[None]:
    """What the rules refuse is written down for the samples that it holds up, and the others go on."""
    try:
        yield
    except Invalid as no:
        problems = list(no.problems)
    except Refused as no:
        problems = [FieldProblem("", no.code, no.reason)]
    else:
        return
    for listing_id in listing_ids:
        stuck.setdefault(listing_id, []).extend(problems)


def close(kit: Kit, campaign: int) -> None:
    """Close the campaign when everything in it has ended; where something has not, it stays in the field."""
    with kit.sessions() as session:
        try:
            case = session.get_one(Campaign, campaign)
            if case.status == CampaignStatus.IN_FIELD:
                close_campaign(session, case, by=kit.agency(session, Role.COORDINATOR))
                session.commit()
        except Refused:
            session.rollback()
