"""When a sample, and its campaign, has reached its end (DOMAIN §2.13): the conditions that this room alone can ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, object_session

from quality.campaigns.models import Campaign
from quality.core.words import Reason, _, ngettext
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import Notice, NoticeItem, NoticeStatus, stands_on_a_notice
from quality.objections.models import Objection, ObjectionStatus
from quality.people.actor import Actor
from quality.publication.models import LIVE, Result, ResultStatus
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from quality.purchases.tallies import without_disposition

S = FindingStatus
WAS_SAID = (ResultStatus.PUBLISHED, ResultStatus.EXPIRED)
OPEN_OBJECTIONS = (ObjectionStatus.RECEIVED, ObjectionStatus.ADMITTED, ObjectionStatus.IN_REINSPECTION)
NAMED = 5  # of what still stands in the way
ENDED_TASKS = (TaskStatus.SEALED, TaskStatus.UNOBTAINABLE, TaskStatus.TRANSFERRED_UNTESTED, TaskStatus.CANCELLED)
ENDED_SAMPLES = (
    SampleStatus.CLOSED,
    SampleStatus.REFUSED_BY_LAB,
    SampleStatus.TEST_IMPOSSIBLE,
    SampleStatus.TRANSFERRED_UNTESTED,
)

standing = Finding.status == FindingStatus.CONFIRMED
other = aliased(Finding)  # any finding on the same sample: an objection overturns one, and another may follow
of_the_same = other.sample_id == Finding.sample_id
stands_instead = sa.select(other.id).where(of_the_same, other.status.in_([S.PROPOSED, S.CONFIRMED]))
# the procedure failed, and no report can say what the sample is: it ends without a conclusion
fell = sa.and_(Finding.status == S.OVERTURNED, ~stands_instead.exists())
has_its_last_finding = sa.or_(standing, fell)

on_a_notice = (
    sa.select(NoticeItem.id).join(NoticeItem.notice).where(NoticeItem.finding_id == Finding.id, stands_on_a_notice())
)
demanded_wrongly = (
    sa.select(NoticeItem.id)
    .join(NoticeItem.notice)
    .join(other, NoticeItem.finding_id == other.id)
    .where(of_the_same, other.status == S.OVERTURNED)
    .where(stands_on_a_notice(), Notice.status != NoticeStatus.CLOSED)
)
is_settled = sa.and_(
    ~demanded_wrongly.exists(),
    sa.or_(
        fell,
        Finding.verdict == Verdict.CONFORMING,
        sa.and_(on_a_notice.exists(), ~on_a_notice.where(Notice.status != NoticeStatus.CLOSED).exists()),
    ),
)
is_heard = ~(
    sa.select(Objection.id)
    .join(other, Objection.finding_id == other.id)
    .where(of_the_same, Objection.status.in_(OPEN_OBJECTIONS))
    .exists()
)
is_published = sa.select(Result.id).where(Result.finding_id == Finding.id, Result.status.in_(WAS_SAID)).exists()
said_wrongly = (
    sa.select(Result.id)
    .join(other, Result.finding_id == other.id)
    .where(of_the_same, other.status == S.OVERTURNED)
    .where(Result.status.in_(LIVE))
)
is_said_rightly = sa.and_(~said_wrongly.exists(), sa.or_(fell, is_published))


def finished_samples() -> sa.Select[int]:
    """Ids of the concluded samples about which nothing is left to do."""
    finding = sa.select(Finding.id).where(Finding.sample_id == Sample.id)
    finished = finding.where(has_its_last_finding, is_settled, is_heard, is_said_rightly).exists()
    return sa.select(Sample.id).where(Sample.status == SampleStatus.CONCLUDED, finished).order_by(Sample.id)


def its_finding_is_confirmed(sample: Sample, actor: Actor) -> Reason | None:
    if holds(sample, has_its_last_finding):
        return None
    return Reason("no_finding", _("The sample has no confirmed finding"))


def its_listings_are_settled(sample: Sample, actor: Actor) -> Reason | None:
    if holds(sample, has_its_last_finding, is_settled):
        return None
    return Reason("listings_open", _("Its listings are not all verified or excused on closed notices"))


def its_objections_are_decided(sample: Sample, actor: Actor) -> Reason | None:
    if holds(sample, has_its_last_finding, is_heard):
        return None
    return Reason("objections_open", _("An objection to its finding is not decided yet"))


def its_result_is_published(sample: Sample, actor: Actor) -> Reason | None:
    if holds(sample, has_its_last_finding, is_said_rightly):
        return None
    return Reason("not_published", _("Its result is not published"))


SAMPLE_IS_FINISHED = (
    its_finding_is_confirmed,
    its_listings_are_settled,
    its_objections_are_decided,
    its_result_is_published,
)


def every_task_has_ended(campaign: Campaign, actor: Actor) -> Reason | None:
    under_way = sa.select(Task.number).where(Task.campaign_id == campaign.id, Task.status.not_in(ENDED_TASKS))
    if not (count := counted(campaign, under_way)):
        return None
    text = ngettext(
        "%(count)s purchase is still under way: %(which)s",
        "%(count)s purchases are still under way: %(which)s",
        count,
        which=first_of(campaign, under_way.order_by(Task.id)),
    )
    return Reason("tasks_open", text)


def every_sample_has_ended(campaign: Campaign, actor: Actor) -> Reason | None:
    if not (count := counted(campaign, open_samples(campaign))):
        return None
    text = ngettext(
        "%(count)s sample is not closed yet: %(which)s",
        "%(count)s samples are not closed yet: %(which)s",
        count,
        which=first_of(campaign, open_samples(campaign).order_by(Sample.id)),
    )
    return Reason("samples_open", text)


def open_samples(campaign: Campaign) -> sa.Select[str]:
    there = sa.select(Sample.number).join(Sample.task)
    return there.where(Task.campaign_id == campaign.id, Sample.status.not_in(ENDED_SAMPLES))


def every_unit_has_its_disposition(campaign: Campaign, actor: Actor) -> Reason | None:
    """A unit of the main sample may have no task, and a sealed task no sample. A reserve without one is not needed."""
    which = first_of(campaign, without_disposition(campaign))
    said = _("Of units that were drawn nobody knows what became of them: %(which)s", which=which)
    return Reason("units_open", said) if which else None


CAMPAIGN_IS_FINISHED = (every_task_has_ended, every_sample_has_ended, every_unit_has_its_disposition)


def first_of(campaign: Campaign, names: sa.Select[str]) -> str:
    """How many there are is one thing; people ask which."""
    return ", ".join(session_of(campaign).scalars(names.limit(NAMED)))


def holds(sample: Sample, *so: sa.ColumnElement[bool]) -> bool:
    """Whether the sample has a finding of which all of this is true."""
    asked = sa.select(Finding.id).where(Finding.sample_id == sample.id, *so)
    return session_of(sample).scalars(asked.limit(1)).first() is not None


def counted(campaign: Campaign, rows: sa.Select[Any]) -> int:
    return session_of(campaign).scalars(sa.select(sa.func.count()).select_from(rows.subquery())).one()


def session_of(case: Sample | Campaign) -> Session:
    session = object_session(case)
    assert session is not None, "a case is asked about in its session"
    return session
