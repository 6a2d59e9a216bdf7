"""Cover identities as their page and the API show them: how often each was seen, and where it is blocked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.people.actor import Actor
from quality.purchases.covers import CoverIdentity
from quality.purchases.exposure import Over, Seen, over_used
from quality.purchases.operations.covers import platforms_there
from quality.purchases.proposing import uses_of_covers
from quality.purchases.rules import Limits


class Place(NamedTuple):
    """How often one was seen on a platform, and what blocks it there."""

    name: str
    seen: int
    over: Over | None


class Line(NamedTuple):
    cover: CoverIdentity
    places: Sequence[Place]


def lines(session: Session, me: Actor, found: Sequence[CoverIdentity], limits: Limits) -> list[Line]:
    """In three statements, however many there are."""
    today, agency = day_of(clock.now()), me.organisation_id
    assert agency is not None, "whoever reads these works in an agency"
    uses = uses_of_covers(session, agency, limits, [each.id for each in found])
    names_of = {each.id: each.name for each in platforms_there(session)}
    made = []
    for cover in found:
        seen = Seen(uses.get(cover.id, []), limits, today)
        places = [Place(names_of[key], seen.times(key), over_used(seen, key, None, limits)) for key in seen.platforms]
        made.append(Line(cover, sorted(places, key=lambda place: (-place.seen, place.name))))
    return made
