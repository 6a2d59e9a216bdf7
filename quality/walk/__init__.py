"""`mingcha walk`: a whole campaign from a file of announced cases, through the operations that pages and API use."""

from __future__ import annotations

import csv
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.campaigns import operations as campaigns
from quality.campaigns.frame import import_frame
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus, Drawn
from quality.campaigns.workflow import APPROVE, SUBMIT
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.clock import BEIJING
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import perform
from quality.evidence.vault import vault_from
from quality.lab.models import Finding, FindingStatus
from quality.lab.queries import standing_finding
from quality.notices.models import Notice, NoticeItem
from quality.people.models import OrganisationKind
from quality.permissions import Role
from quality.publication import operations as publication
from quality.purchases import operations as purchases
from quality.purchases.models import Sample, Task
from quality.walk import crew, report, steps
from quality.walk.reading import Reading, SamplePlan, read, where
from quality.walk.steps import Kit

PUBLIC_NUMBER = "a random number of this machine, made after freezing"
WAIT = timedelta(seconds=2)  # from freezing to the public number


class Progress:
    """Told of every case that came to the end of a stage; a command line draws it as a bar."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self._tell = tell

    def over(self, stage: str, things: list[Any]) -> Iterable[Any]:
        for done, thing in enumerate(things):
            self._tell(stage, done, len(things))
            yield thing
        self._tell(stage, len(things), len(things))


def walk(
    source: Path, sessions: sessionmaker[Session], settings: Settings, *, into: bool = False, progress: Progress
) -> report.Walked:
    """Drive every readable row of `source` to its proper end; the same file again goes on where it stood.

    `Refused` if the database holds other cases and `into` is not given; `Invalid` if nothing in the file can be used.
    """
    reading = read(source)
    if not reading.samples:
        raise Invalid(*reading.problems)
    with sessions() as session:
        strangers = sa.select(Campaign.id).where(Campaign.walk_of.is_distinct_from(reading.sha256)).limit(1)
        if not into and session.scalars(strangers).first() is not None:
            raise Refused("holds_cases", _("The database holds other cases; with --into the walk is added to them"))
    kit = Kit(
        sessions, settings, vault_from(settings.evidence_url),
        Cipher(settings.identity_keys, settings.identity_index_key),
    )  # fmt: skip
    campaign = prepare(kit, reading)
    plans = {plan.listing_id: plan for plan in reading.samples}
    stuck = buy_and_test(kit, campaign, plans, progress)
    stuck += dispose_and_publish(kit, campaign, progress)
    jobs.run_now(sessions, settings)
    close(kit, campaign)
    with sessions() as session:
        return report.of(session, campaign, reading, stuck, settings.public_url)


def prepare(kit: Kit, reading: Reading) -> int:
    """The campaign of this file, planned, drawn and in the field. Each move is a transaction."""
    with kit.sessions.begin() as session:
        crew.ensure(session, OrganisationKind.AGENCY, "神秘买样演练局")
        for plan in reading.samples:
            crew.ensure(session, OrganisationKind.PLATFORM, plan["platform"])
            for column in ("first_lab", "reinspection_lab"):
                if plan[column]:
                    crew.ensure(session, OrganisationKind.LABORATORY, plan[column])
    with kit.sessions.begin() as session:
        found = session.scalars(sa.select(Campaign).where(Campaign.walk_of == reading.sha256)).one_or_none()
        campaign = found or plan_campaign(kit, session, reading)
        key = campaign.id
    moves: dict[CampaignStatus, Callable[[Session, Campaign], Any]] = {
        CampaignStatus.DRAFT: lambda s, c: frame_and_submit(kit, s, c, reading),
        CampaignStatus.IN_REVIEW: lambda s, c: perform(s, c, APPROVE, by=kit.agency(s, Role.REVIEWER)),
        CampaignStatus.APPROVED: lambda s, c: freeze(kit, s, c),
        CampaignStatus.FROZEN: lambda s, c: draw(kit, s, c),
        CampaignStatus.DRAWN: lambda s, c: purchases.open_field(s, c, by=kit.agency(s, Role.COORDINATOR)),
    }  # fmt: skip
    while True:
        with kit.sessions.begin() as session:
            campaign = session.get_one(Campaign, key)
            move = moves.get(campaign.status)
            if move is None:
                return key
            move(session, campaign)


def plan_campaign(kit: Kit, session: Session, reading: Reading) -> Campaign:
    strata: dict[str, int] = {}
    for plan in reading.samples:
        stratum = f"{plan['platform']}/{plan.category}"
        strata[stratum] = strata.get(stratum, 0) + 1
    items = {
        (row["product_name"], row["item"]): campaigns.ItemPlan(
            item=row["item"], limit=row["limit"], rule=row["rule"] or "simple", product=row["product_name"]
        )
        for plan in reading.samples
        for row in plan.rows
    }
    today = clock.now().astimezone(BEIJING).date()
    return campaigns.plan(
        session,
        by=kit.agency(session, Role.COORDINATOR),
        title=f"神秘买样演练 {reading.sha256[:8]}",
        kind=CampaignKind.RISK_TARGETED,  # announced cases are no sample of anything
        basis=steps.BASIS,
        category="网络销售商品",
        starts_on=today,
        ends_on=today + timedelta(days=365),
        design={"strata": ["platform", "category"], "allocation": {"method": "fixed", "fixed": strata}},
        items=list(items.values()),
        walk_of=reading.sha256,
    )


def frame_and_submit(kit: Kit, session: Session, campaign: Campaign, reading: Reading) -> None:
    columns = {"shop_name": "shop_name", "title": "product_name", "url": "listing_url", "shop_uscc": "shop_uscc",
               "brand": "brand", "spec": "spec", "producer_name": "producer_name",
               "producer_address": "producer_address"}  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        source = Path(scratch) / "frame.csv"
        with source.open("w", encoding="utf-8", newline="") as stream:
            lines = csv.writer(stream)
            lines.writerow(["listing_id", "platform", "category", *columns])
            for plan in reading.samples:
                lines.writerow(
                    [plan.listing_id, plan["platform"], plan.category, *(plan[name] for name in columns.values())]
                )
        imported = import_frame(source, kit.settings.frames_folder)
    if imported.refused:
        raise Invalid(*(row.as_problem() for row in imported.problems))
    by = kit.agency(session, Role.COORDINATOR)
    campaigns.set_frame(session, campaign, imported, by=by, frames=kit.settings.frames_folder)
    perform(session, campaign, SUBMIT, by=by)


def freeze(kit: Kit, session: Session, campaign: Campaign) -> None:
    campaigns.freeze(
        session,
        campaign,
        by=kit.agency(session, Role.REVIEWER),
        public_event=PUBLIC_NUMBER,
        public_event_at=clock.now() + WAIT,
        frames=kit.settings.frames_folder,
    )


def draw(kit: Kit, session: Session, campaign: Campaign) -> None:
    assert campaign.public_event_at is not None, "frozen"
    time.sleep(max(0.0, (campaign.public_event_at - clock.now()).total_seconds()))
    campaigns.draw(
        session,
        campaign,
        by=kit.agency(session, Role.REVIEWER),
        public_number=secrets.token_hex(16),
        source=PUBLIC_NUMBER,
        frames=kit.settings.frames_folder,
    )


def buy_and_test(kit: Kit, campaign: int, plans: dict[str, SamplePlan], progress: Progress) -> list[FieldProblem]:
    """Each task to a concluded sample, and through re-inspection where the file names it. What cannot go on is told."""
    stuck: list[FieldProblem] = []
    with kit.sessions() as session:
        wanted = sa.select(Task.id, Drawn.listing_id).join(Task.drawn).where(Task.campaign_id == campaign)
        tasks = session.execute(wanted.order_by(Task.id)).all()
    for task, listing_id in progress.over("buy and test", list(tasks)):
        plan = plans[listing_id]
        with naming(where(plan.rows[0]), stuck):
            steps.carry(kit, Task, task, steps.TASK_STEPS, plan)
            with kit.sessions() as session:
                sample = session.scalars(sa.select(Sample.id).where(Sample.task_id == task)).one()
            steps.carry(kit, Sample, sample, steps.SAMPLE_STEPS, plan)
            if plan["reinspection_lab"]:
                steps.repeat(kit, partial(object_to, kit, sample, plan))
    return stuck


def object_to(kit: Kit, sample: int, plan: SamplePlan, session: Session) -> bool:
    finding = standing_finding(session, session.get_one(Sample, sample))
    if finding is None or finding.verdict != "nonconforming" or finding.status != "confirmed":
        return False
    return steps.hear(kit, session, finding, plan)


@contextmanager
def naming(place: str, stuck: list[FieldProblem]) -> Iterator[None]:
    """What the rules refuse is written down under its row, and the others go on."""
    try:
        yield
    except Refused as no:
        stuck.append(FieldProblem(place, no.code, no.reason))
    except Invalid as no:
        stuck += [FieldProblem(f"{place}, {problem.field}", problem.code, problem.text) for problem in no.problems]


def dispose_and_publish(kit: Kit, campaign: int, progress: Progress) -> list[FieldProblem]:
    """A notice a platform, carried until it is closed; then each result published."""
    stuck: list[FieldProblem] = []
    with kit.sessions.begin() as session:
        samples = list(session.scalars(sa.select(Sample.id).join(Sample.task).where(Task.campaign_id == campaign)))
        if findings := steps.free_findings(session, samples):
            steps.draft(kit, session, findings)
    with kit.sessions() as session:
        about = sa.select(Finding.id).where(Finding.sample_id.in_(samples), Finding.status == FindingStatus.CONFIRMED)
        found = list(session.scalars(about.order_by(Finding.id)))
        on = sa.select(NoticeItem.notice_id).where(NoticeItem.finding_id.in_(found))
        notices = list(session.scalars(sa.select(Notice.id).where(Notice.id.in_(on)).order_by(Notice.id)))
    for notice in progress.over("dispose", notices):
        with naming(f"notice {notice}", stuck):
            steps.carry_notice(kit, notice)
    for finding in progress.over("publish", found):
        with naming(f"finding {finding}", stuck):
            steps.repeat(kit, partial(publish, kit, finding))
    return stuck


def publish(kit: Kit, finding: int, session: Session) -> bool:
    return steps.publish(kit, session, session.get_one(Finding, finding))


def close(kit: Kit, campaign: int) -> None:
    """Close the campaign when everything in it has ended; where something has not, it stays in the field."""
    with kit.sessions() as session:
        try:
            case = session.get_one(Campaign, campaign)
            if case.status == CampaignStatus.IN_FIELD:
                publication.close_campaign(session, case, by=kit.agency(session, Role.COORDINATOR))
                session.commit()
        except Refused:
            session.rollback()
