"""The chain of custody as a table. Who gave and took is named as the timeline names people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text
from quality.pages.timeline import Names
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.models import HandOver


class HandedOver(NamedTuple):
    at: datetime
    given_by: Text
    taken_by: Text
    portion: Text
    seal_no: str
    seal_intact: bool
    place: str
    condition: str


def custody_rows(session: Session, steps: Iterable[HandOver], me: Actor) -> list[HandedOver]:
    found = list(steps)
    hands = {hand for step in found for hand in (step.given_by, step.taken_by)}
    names = Names(session, {int(hand.split(":")[1]) for hand in hands if hand.startswith("person:")}, me)

    def named(hand: str) -> Text:
        kind, _colon, rest = hand.partition(":")
        if kind == "person":
            return names.name(int(rest))
        if kind == "laboratory":
            return session.get_one(Organisation, int(rest)).name
        return f"{word('hand', kind)} {rest}" if kind == "store" else rest

    return [
        HandedOver(
            step.at,
            named(step.given_by),
            named(step.taken_by),
            word("portion_kind", step.portion.kind),
            step.seal_no,
            step.seal_intact,
            step.place,
            step.condition,
        )
        for step in found
    ]
