"""The chain of custody as a table. Who gave and took is named as the timeline names people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.pages.timeline import Names
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.custody import Gap
from quality.purchases.models import HandOver
from quality.purchases.queries import Chain


class HandedOver(NamedTuple):
    at: datetime
    given_by: Text
    taken_by: Text
    portion: Text
    seal_no: str
    seal_intact: bool
    place: str
    condition: str
    gaps: Sequence[Text] = ()  # where the chain is broken here


def custody_rows(
    session: Session, steps: Iterable[HandOver], me: Actor, chains: Sequence[Chain] = ()
) -> list[HandedOver]:
    """`chains`, for who may see each from its sealing on, bring the gaps."""
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

    def said(chain: Chain, gap: Gap) -> Text:
        if gap.reason.code != "holder_differs":
            return gap.reason.text
        holder = chain.steps[gap.step - 1].taken_by if gap.step else chain.portion.sealed_by
        giver = named(chain.steps[gap.step].given_by)
        return _("It was with %(holder)s and was given by %(giver)s", holder=named(holder), giver=giver)

    broken: dict[int, list[Text]] = {}
    for chain in chains:
        for gap in chain.gaps:
            broken.setdefault(chain.steps[gap.step].id, []).append(said(chain, gap))
    return [
        HandedOver(
            step.at,
            named(step.given_by),
            named(step.taken_by),
            word("portion_kind", step.portion.kind) if chains else "",  # which one it tests, a laboratory is not told
            step.seal_no,
            step.seal_intact,
            step.place,
            step.condition,
            broken.get(step.id, []),
        )
        for step in found
    ]
