"""As whom a buyer buys: what a cover identity says, what is typed instead, and whether it was seen too often there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Drawn
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.purchases.covers import CoverIdentity, CoverSecret
from quality.purchases.exposure import COUNTED, Over, Seen, Use, over_used
from quality.purchases.models import Task
from quality.purchases.operations.identity import DELIVERED_TO, Secret, last_delivered_to
from quality.purchases.proposing import covers_in_use, uses_of_covers
from quality.purchases.rules import Limits, limits_of
from quality.purchases.secrets import TaskSecret
from quality.purchases.telephone import read as dialled

Appearance = dict[Secret, str]


def place_of(cover_id: int, kind: str) -> str:
    """Where a value of a cover identity stands: its ciphertext opens there only."""
    return f"cover_secret:{cover_id}:{kind}"


def secrets_there(session: Session, covers: Iterable[int]) -> Sequence[CoverSecret]:
    asked = sa.select(CoverSecret).where(CoverSecret.cover_id.in_(list(covers)))
    return session.scalars(asked.order_by(CoverSecret.id)).all()


def values_of(session: Session, cover: CoverIdentity, cipher: Cipher) -> dict[str, str]:
    """What it says; nobody is shown it by this."""
    there = secrets_there(session, [cover.id])
    return {each.kind: cipher.decrypt(each.value, about=place_of(cover.id, each.kind)) for each in there}


def appearance(
    session: Session, task: Task, typed: Mapping[Secret, str], cover: CoverIdentity | None, cipher: Cipher
) -> Appearance:
    """What is typed, and where that is empty what the cover identity says.

    With neither, and nothing said of where it is sent, it goes where the buyer's last purchase went.
    """
    said: Mapping[str, str] = {}
    if cover is not None:
        said = values_of(session, cover, cipher)
    elif not any(typed[kind].strip() for kind in DELIVERED_TO):
        said = last_delivered_to(session, task.buyer_id, cipher)
        said = {kind: said[kind] for kind in DELIVERED_TO if kind in said}
    found = {kind: value if value.strip() else said.get(kind, "") for kind, value in typed.items()}
    if number := dialled(found[Secret.TELEPHONE]):
        found[Secret.TELEPHONE] = number
    return found


def is_not_theirs(task: Task, cover: CoverIdentity | None) -> Iterator[FieldProblem]:
    if cover is not None and not fits(task, cover):
        text = _("Choose a cover identity that is in use, yours and of this platform")
        yield FieldProblem("cover", "no_such_cover", text)


def fits(task: Task, cover: CoverIdentity) -> bool:
    is_theirs = cover.agency_id == task.agency_id and cover.buyer_id in {None, task.buyer_id}
    return is_theirs and cover.retired_at is None and cover.platform_id in {None, task.drawn.platform_id}


def seen_too_often(
    session: Session, task: Task, found: Appearance, typed: Mapping[Secret, str], cipher: Cipher
) -> Iterator[FieldProblem]:
    """Each value that reaches a limit, at its field; at the cover identity's, where `typed` has its kind empty."""
    limits = limits_of(session, task.agency_id)
    if not (limits.cover_on_platform or limits.cover_in_shop):
        return
    uses = uses_of_values(session, task, found, cipher, limits)
    for kind in COUNTED:
        over = over_of(task, [use for use in uses if use.kind == kind], limits)
        if over is not None:
            field = kind if typed.get(Secret(kind), kind).strip() else "cover"
            text = _("%(why)s. Choose or type another, or decline the task", why=over.text)
            yield FieldProblem(field, over.rule, text)


def over_of(task: Task, uses: Iterable[Use], limits: Limits) -> Over | None:
    return over_used(Seen(uses, limits, day_of(clock.now())), task.drawn.platform_id, task.shop_key, limits)


def uses_of_values(session: Session, task: Task, found: Appearance, cipher: Cipher, limits: Limits) -> list[Use]:
    """The other orders of the agency in the period in which one of these values was seen."""
    same = [
        sa.and_(TaskSecret.kind == kind, TaskSecret.blind_index == cipher.blind_index(kind, found[Secret(kind)]))
        for kind in COUNTED
        if found[Secret(kind)].strip()
    ]
    if not same:
        return []
    asked = (
        sa.select(TaskSecret.kind, Drawn.platform_id, Task.shop_key, Task.ordered_at)
        .join(Task, Task.id == TaskSecret.task_id)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .where(Task.agency_id == task.agency_id, Task.id != task.id, sa.or_(*same))
        .where(Task.ordered_at > clock.now() - timedelta(days=limits.cover_period + 1))
    )
    return [Use(kind, platform, shop, day_of(at)) for kind, platform, shop, at in session.execute(asked) if at]


class Offered(NamedTuple):
    """A cover identity for a task, how often it was seen on the platform, and the limit that blocks it."""

    cover: CoverIdentity
    seen: int
    over: Over | None


def offered_for(session: Session, task: Task, limits: Limits) -> list[Offered]:
    """Those that fit this task, the least seen first, and behind them those that are blocked."""
    covers = [each for each in covers_in_use(session, task.agency_id) if fits(task, each)]
    if not covers:
        return []
    uses = uses_of_covers(session, task.agency_id, limits, [each.id for each in covers])
    today, platform = day_of(clock.now()), task.drawn.platform_id
    found = []
    for cover in covers:
        seen = Seen(uses.get(cover.id, []), limits, today)
        found.append(Offered(cover, seen.times(platform), over_used(seen, platform, task.shop_key, limits)))
    return sorted(found, key=lambda each: (each.over is not None, each.seen, each.cover.id))
