"""Samples of which a platform or a seller was not told yet, and telling of many at once.

Of each it is said what came of it: one that cannot be told keeps no other from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, Drawn
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.informing.models import SampleNotice
from quality.informing.operations import TOLD, tell
from quality.informing.queries import notice_to
from quality.objections.models import Party
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from quality.purchases.queries import visible_samples

MOST = 200  # told of in one call
LONG = timedelta(days=5)  # sealed and the platform not told: then the worklist says so
COUNTED = 100  # a hundredth says that there are more than 99
OPEN = tuple(status for status in SampleStatus if status is not SampleStatus.CLOSED)
STILL_BOUGHT = (TaskStatus.PLANNED, TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED)


def untold(actor: Actor, party: Party) -> sa.Select[Sample]:
    """Of the actor's own agency, the first sealed first. Of what is closed and published nobody is told any more."""
    known = sa.exists().where(SampleNotice.sample_id == Sample.id, SampleNotice.party == party)
    mine = sa.and_(Sample.agency_id == actor.organisation_id, sa.literal(actor.can(Can.SAMPLE_TELL)))
    asked = visible_samples(actor).where(mine, Sample.status.in_(OPEN), ~known)
    return asked.join(Task, Task.id == Sample.task_id).order_by(None).order_by(Sample.id)


class Looked(NamedTuple):
    """By what a list is narrowed; empty: all."""

    campaign: str = ""  # its number
    platform: str = ""  # its code


EVERYWHERE = Looked()


def page_of(
    session: Session, actor: Actor, party: Party, many: int, *, looked: Looked = EVERYWHERE, after: int | None = None
) -> list[Sample]:
    """One more than asked for where there are more."""
    asked = untold(actor, party).join(Drawn, Drawn.id == Task.drawn_id)
    if looked.campaign:
        asked = asked.join(Campaign, Campaign.id == Task.campaign_id).where(Campaign.number == looked.campaign)
    if looked.platform:
        asked = asked.join(Organisation, Organisation.id == Drawn.platform_id)
        asked = asked.where(Organisation.code == looked.platform)
    if after is not None:
        asked = asked.where(Sample.id > after)
    task = joinedload(Sample.task)
    loads = (task.joinedload(Task.drawn).joinedload(Drawn.platform), task.joinedload(Task.campaign))
    return list(session.scalars(asked.options(*loads).limit(many + 1)))


def still_bought(session: Session, samples: Sequence[Sample]) -> dict[int, int]:
    """By the sample's id, how many others of the same shop are not bought yet: whoever sells them must not know."""
    shops = {each.purchase.shop_key for each in samples} - {None}
    counted = (
        sa.select(Task.shop_key, sa.func.count())
        .where(Task.shop_key.in_(shops), Task.status.in_(STILL_BOUGHT))
        .group_by(Task.shop_key)
    )
    many = {key: count for key, count in session.execute(counted)} if shops else {}
    return {each.id: many.get(each.purchase.shop_key, 0) for each in samples}


class Waits(NamedTuple):
    many: int  # COUNTED or more: that many are counted
    since: datetime  # when the first of them was sealed


def long_untold(session: Session, actor: Actor) -> Waits | None:
    """Samples that were sealed `LONG` ago, and of which their platform does not know."""
    if not actor.can(Can.SAMPLE_TELL):
        return None
    late = untold(actor, Party.PLATFORM).where(Sample.sealed_at <= clock.now() - LONG)
    few = late.with_only_columns(Sample.sealed_at).limit(COUNTED).subquery()
    many, since = session.execute(sa.select(sa.func.count(), sa.func.min(few.c.sealed_at)).select_from(few)).one()
    return Waits(many, since) if many and since else None


class Said(NamedTuple):
    """What came of one: told, and by which link a seller reads it; or why not."""

    number: str
    sample: Sample | None = None
    notice: SampleNotice | None = None
    token: str = ""
    code: str = ""
    reason: Text = ""

    @property
    def is_told(self) -> bool:
        return not self.code


def tell_several(session: Session, party: Party, numbers: Sequence[str], *, by: Actor) -> list[Said]:
    """The party of each of these samples, by their numbers, in the order in which they came; each number once.

    They are told in the order of their ids, so that two who tell at once wait for each other and not in a ring. A
    seller who was told before gets no second link here: it would make the first one open nothing.
    """
    numbers = list(dict.fromkeys(numbers))
    if party not in TOLD:
        raise Invalid(FieldProblem("party", "unknown", _("That a sample was taken is told to the seller and platform")))
    if not numbers:
        raise Invalid(FieldProblem("samples", "missing", _("Choose at least one sample")))
    if len(numbers) > MOST:
        text = _("At most %(most)s samples at once; choose fewer", most=MOST)
        raise Invalid(FieldProblem("samples", "too_many", text))
    named = visible_samples(by).where(Sample.number.in_(numbers)).order_by(None).order_by(Sample.id)
    found = {sample.number: sample for sample in session.scalars(named)}
    came = {number: told_of(session, sample, party, by=by) for number, sample in found.items()}
    there_is_none = _("There is no sample with this number")
    return [came.get(number) or Said(number, code="not_found", reason=there_is_none) for number in numbers]


def told_of(session: Session, sample: Sample, party: Party, *, by: Actor) -> Said:
    number, before = sample.number, notice_to(session, sample, party)
    if before is not None:
        text = _("%(name)s was told already", name=before.addressee)
        return Said(number, sample, code="told_already", reason=text)
    try:
        with session.begin_nested():
            notice, token = tell(session, sample, party, by=by)
    except Refused as no:
        session.expire_all()  # the savepoint took back what was read since
        return Said(number, sample, code=no.code, reason=no.reason)
    return Said(number, sample, notice, token)
