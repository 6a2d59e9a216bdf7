"""How long listings stay up: by the platform's word and as seen, apart, and with what still waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from quality.core.db import canonical
from quality.figures.survival import Spell
from quality.notices.models import NoticeStatus
from quality.publication.models import FiguresKind, PublicFigures
from quality.statistics.takedowns import Row, as_kept, count_takedowns, from_kept, kept_takedowns, takedowns_of
from tests.harness.notices import notice_at, run
from tests.harness.publication import published, taken_down

SERVED = datetime(2026, 9, 1, 1, tzinfo=UTC)
NOW = SERVED + timedelta(days=10)


def row(*, left: int | None = None, claimed: int | None = None, seen: int | None = None) -> Row:
    left_at, claimed_at, seen_at = (None if h is None else SERVED + timedelta(hours=h) for h in (left, claimed, seen))
    return Row("TL", "棠梨商城", SERVED, left_at, claimed_at, seen_at)


def test_said_and_seen_stand_apart_and_what_waits_is_cut_off_now() -> None:
    [found] = takedowns_of([row(claimed=5, seen=30), row(claimed=7), row(), row(left=50), row(claimed=-3, seen=2)], NOW)

    assert found.claimed == (Spell(5, True), Spell(7, True), Spell(240, False), Spell(50, False), Spell(0, True))
    assert found.seen == (Spell(30, True), Spell(240, False), Spell(240, False), Spell(50, False), Spell(2, True))


def test_they_come_back_as_they_were_kept() -> None:
    import json

    [found] = takedowns_of([row(claimed=5, seen=30), row(claimed=5), row()], NOW)
    back = from_kept("TL", json.loads(canonical(as_kept(found))))
    assert (sorted(back.claimed), sorted(back.seen)) == (sorted(found.claimed), sorted(found.seen))


def test_only_what_is_public_is_counted_and_once_a_day(session, concluded, clock) -> None:
    cast = concluded.cast
    taken_down(session, cast, *concluded.bad)
    notice_at(session, cast, NoticeStatus.ANSWERED, concluded.elsewhere)
    published(session, cast, concluded.bad[0])

    assert run(session, count_takedowns) == 1
    [found] = kept_takedowns(session).takedowns
    assert [spell.is_done for spell in (*found.claimed, *found.seen)] == [True, True]

    published(session, cast, concluded.elsewhere)
    assert run(session, count_takedowns) == 0
    clock.moment += timedelta(days=1)
    run(session, count_takedowns)
    later = kept_takedowns(session)
    assert [each.is_done for of in later.takedowns for each in of.seen].count(False) == 1
    assert len([each for of in later.takedowns for each in of.claimed]) == 2


def test_a_platform_of_which_nothing_is_public_any_more_goes(session, concluded, clock) -> None:
    session.add(PublicFigures(kind=FiguresKind.TAKEDOWNS, name="OLD", counted_at=clock.moment, figures={"name": ""}))
    session.commit()
    clock.moment += timedelta(days=1)

    run(session, count_takedowns)
    assert session.scalars(sa.select(PublicFigures.name)).all() == []
