"""Reads: who was told of a sample, what a platform may see of that, and when each opened it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from quality.core.errors import NotFound
from quality.core.events import Access
from quality.informing.models import ReachTry, SampleMailLine, SampleNotice
from quality.objections.models import Party
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.purchases.models import Sample

OPENED = "opened"  # access.what


def visible_to(actor: Actor) -> sa.Select[SampleNotice]:
    """A platform sees what it was told of its own listings; that a seller was told is the agency's."""
    mine = within(SampleNotice, actor) if actor.can(Can.TOLD_READ) else sa.false()
    return sa.select(SampleNotice).where(mine).order_by(SampleNotice.id.desc())


def to_a_platform(actor: Actor) -> sa.Select[SampleNotice]:
    return visible_to(actor).where(SampleNotice.party == Party.PLATFORM)


def one_to_a_platform(session: Session, actor: Actor, number: str) -> SampleNotice:
    """By the sample's number, that stands on the paper."""
    named = to_a_platform(actor).join(Sample, Sample.id == SampleNotice.sample_id).where(Sample.number == number)
    found = session.scalars(named.options(joinedload(SampleNotice.sample))).one_or_none()
    if found is None:
        raise NotFound(number)
    return found


def page_for_a_platform(session: Session, actor: Actor, many: int, before: int | None = None) -> list[SampleNotice]:
    """The newest first; one more than asked for where there are more."""
    asked = to_a_platform(actor).options(joinedload(SampleNotice.sample), joinedload(SampleNotice.agency))
    if before is not None:
        asked = asked.where(SampleNotice.id < before)
    return list(session.scalars(asked.limit(many + 1)))


def notice_to(session: Session, sample: Sample, party: Party) -> SampleNotice | None:
    asked = sa.select(SampleNotice).where(SampleNotice.sample_id == sample.id, SampleNotice.party == party)
    return session.scalars(asked).one_or_none()


def notices_of(session: Session, sample: Sample) -> Sequence[SampleNotice]:
    """For who may see the sample."""
    asked = sa.select(SampleNotice).where(SampleNotice.sample_id == sample.id).order_by(SampleNotice.id)
    return session.scalars(asked).all()


def with_token(session: Session, token_sha256: str) -> SampleNotice | None:
    return session.scalars(sa.select(SampleNotice).where(SampleNotice.token_sha256 == token_sha256)).one_or_none()


def first_openings(session: Session, notices: Collection[int]) -> dict[int, datetime]:
    """By the notice's id, when each was opened first."""
    asked = (
        sa.select(Access.subject_id, sa.func.min(Access.at))
        .where(Access.subject_type == SampleNotice.__tablename__, Access.what == OPENED)
        .where(Access.subject_id.in_(notices))
        .group_by(Access.subject_id)
    )
    return {key: at for key, at in session.execute(asked) if at} if notices else {}


def tries_of(session: Session, notices: Collection[int]) -> dict[int, list[ReachTry]]:
    """By the notice's id, in the order in which they were made."""
    return _by(session, ReachTry.sample_notice_id, notices)


def tries_of_letters(session: Session, letters: Collection[int]) -> dict[int, list[ReachTry]]:
    return _by(session, ReachTry.letter_id, letters)


def _by(
    session: Session, column: InstrumentedAttribute[int | None], keys: Collection[int]
) -> dict[int, list[ReachTry]]:
    found: dict[int, list[ReachTry]] = defaultdict(list)
    if keys:
        for each in session.scalars(sa.select(ReachTry).where(column.in_(keys)).order_by(ReachTry.at, ReachTry.id)):
            found[getattr(each, column.key) or 0].append(each)
    return found


def calls_to(session: Session, notices: Collection[int]) -> dict[int, list[SampleMailLine]]:
    """By the notice's id, the mails that called its platform to it, in their order."""
    found: dict[int, list[SampleMailLine]] = defaultdict(list)
    if notices:
        asked = sa.select(SampleMailLine).where(SampleMailLine.notice_id.in_(notices)).order_by(SampleMailLine.id)
        for each in session.scalars(asked.options(joinedload(SampleMailLine.mail))):
            found[each.notice_id].append(each)
    return found
