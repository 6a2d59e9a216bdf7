"""The chain of custody as a table. Who gave and took is named as the timeline names people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import zip_longest
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.evidence.models import Exhibit
from quality.evidence.queries import may_be_shown_to, that_lead_to_the_buyer
from quality.pages.moments import moment
from quality.pages.timeline import Names
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.cold import asked_for, degrees
from quality.purchases.custody import Gap
from quality.purchases.models import Confirmation, HandOver, Sample, Side
from quality.purchases.queries import Chain, confirmations_of, custody, deviations_in, holder_of, photos_of


class Broken(NamedTuple):
    """A gap in the chain, in words; one that is explained stops nothing."""

    text: Text
    is_explained: bool

    def __str__(self) -> str:
        return str(self.text)


class Confirmed(NamedTuple):
    """The other side, as its person confirmed it."""

    text: Text
    shown: Sequence[Exhibit] = ()
    no_photo: str = ""

    def __str__(self) -> str:
        return str(self.text)


class HandedOver(NamedTuple):
    id: int
    at: datetime
    given_by: Text
    taken_by: Text
    portion: Text
    seal_no: str
    seal_intact: bool
    seal_unread: bool
    place: str
    condition: str
    parcel_no: str
    temperature: str  # in °C; empty where nobody measured
    gaps: Sequence[Broken] = ()  # where the chain is broken here
    explanation: str = ""
    confirmed: Sequence[Confirmed] = ()  # by whom and when the other side was confirmed
    shown: Sequence[Exhibit] = ()  # photos of whoever wrote it down; those of the other side stand with its word
    no_photo: str = ""  # why there are none
    tells_of_photos: bool = True  # a laboratory is told of its own alone
    lacks_temperature: bool = False  # its category asks for one
    deviations: Sequence[Text] = ()  # of the place, while it lay there
    label_unscanned: bool = False  # when it was sent; its laboratory is not told, which could tell a control by it
    no_scan: str = ""

    @property
    def photos(self) -> list[str]:
        """Of both sides."""
        return [each.holding.sha256 for each in (*self.shown, *(one for said in self.confirmed for one in said.shown))]


def custody_rows(
    session: Session,
    steps: Iterable[HandOver],
    me: Actor,
    chains: Sequence[Chain] = (),
    confirmations: Mapping[int, Sequence[Confirmation]] = MappingProxyType({}),
) -> list[HandedOver]:
    """`chains`, for who may see each from its sealing on, bring the gaps."""
    found = list(steps)
    hands = {hand for step in found for hand in (step.given_by, step.taken_by)}
    names = Names(session, {int(hand.split(":")[1]) for hand in hands if hand.startswith("person:")}, me)
    cold = {each.portion.id for each in chains if asked_for(each.portion.sample.campaign.category)}
    deviations = deviations_at(session, [each for each in chains if each.portion.id in cold])
    shown, mine = photos_at(session, found, me), {f"{hand}:{me.organisation_id}" for hand in ("door", "laboratory")}
    named = partial(hand_named, session, names)
    broken: dict[int, list[Broken]] = {}
    for chain in chains:
        for gap in chain.gaps:
            broken.setdefault(chain.steps[gap.step].id, []).append(Broken(said(chain, gap, named), gap.is_explained))
    return [
        HandedOver(
            step.id,
            step.at,
            named(step.given_by),
            named(step.taken_by),
            word("portion_kind", step.portion.kind) if chains else "",  # which one it tests, a laboratory is not told
            step.seal_no,
            step.seal_intact,
            step.seal_unread,
            step.place,
            step.condition,
            step.parcel_no,
            "" if step.tenths_celsius is None else degrees(step.tenths_celsius),
            broken.get(step.id, []),
            step.explanation if chains else "",
            [
                Confirmed(confirmed(each, names), shown.get((step.id, each.id), ()), each.no_photo)
                for each in confirmations.get(step.id, ())
            ],
            shown.get((step.id, None), ()),
            step.no_photo if chains or step.taken_by in mine else "",
            bool(chains) or step.taken_by in mine,
            step.tenths_celsius is None and step.portion_id in cold,
            deviations.get(step.id, ()),
            bool(chains) and step.label_unscanned,
            step.no_scan if chains else "",
        )
        for step in found
    ]


def whole_custody(session: Session, samples: Sequence[Sample], me: Actor) -> list[HandedOver]:
    """Of samples whose sealing the reader may know of, each with its gaps and its other side."""
    chains = custody(session, *samples)
    steps = sorted((step for chain in chains for step in chain.steps), key=lambda step: step.id)
    return custody_rows(session, steps, me, chains, confirmations_of(session, *samples))


def deviations_at(session: Session, chains: Sequence[Chain]) -> dict[int, list[Text]]:
    """By the hand-over that put a portion into a place: what was measured there outside of the range, until it left."""
    if not chains:
        return {}
    hands = {step.taken_by for chain in chains for step in chain.steps if step.taken_by.startswith("store:")}
    found = deviations_in(session, chains[0].portion.agency_id, hands)
    told: dict[int, list[Text]] = {}
    for chain in chains:
        for step, left in zip_longest(chain.steps, chain.steps[1:]):
            for each in found:
                lay_there = each.place.hand == step.taken_by and step.at <= each.at and (not left or each.at < left.at)
                if lay_there:
                    told.setdefault(step.id, []).append(
                        _(
                            "%(place)s was at %(read)s °C, %(when)s: %(note)s",
                            place=each.place.code,
                            read=degrees(each.tenths_celsius),
                            when=moment(each.at),
                            note=each.note,
                        )
                    )
    return told


def photos_at(session: Session, steps: Sequence[HandOver], me: Actor) -> dict[tuple[int, int | None], list[Exhibit]]:
    """By hand-over and confirmation, those that this reader may be shown: of others a laboratory is shown none."""
    taken = photos_of(session, steps)
    secret = that_lead_to_the_buyer(session, [each.exhibit for each in taken])
    found: dict[tuple[int, int | None], list[Exhibit]] = {}
    for each in taken:
        if may_be_shown_to(me, each.exhibit, each.exhibit_id in secret):
            found.setdefault((each.hand_over_id, each.confirmation_id), []).append(each.exhibit)
    return found


def holders(session: Session, sample: Sample, me: Actor) -> dict[int, Text]:
    """Who has each portion now, by its id."""
    hands = {portion.id: holder_of(sample, portion) for portion in sample.portions}
    names = Names(session, {int(hand.split(":")[1]) for hand in hands.values() if hand.startswith("person:")}, me)
    return {key: hand_named(session, names, hand) for key, hand in hands.items()}


def hand_named(session: Session, names: Names, hand: str) -> Text:
    kind, _colon, rest = hand.partition(":")
    if kind == "person":
        return names.name(int(rest))
    if kind in ("laboratory", "door"):
        name = session.get_one(Organisation, int(rest)).name
        return name if kind == "laboratory" else _("At the door of %(name)s", name=name)
    return f"{word('hand', kind)} {rest}" if kind == "store" else rest


def said(chain: Chain, gap: Gap, named: Callable[[str], Text]) -> Text:
    """What is wrong there, its people named as this reader may know them."""
    step = chain.steps[gap.step]
    match gap.reason.code:
        case "holder_differs":
            holder = chain.steps[gap.step - 1].taken_by if gap.step else chain.portion.sealed_by
            giver = named(step.given_by)
            return _("It was with %(holder)s and was given by %(giver)s", holder=named(holder), giver=giver)
        case "giver_silent":
            return _("%(who)s has not confirmed that they gave it", who=named(step.given_by))
        case "taker_silent":
            return _("%(who)s has not confirmed that they took it", who=named(step.taken_by))
    return gap.reason.text


def confirmed(each: Confirmation, names: Names) -> Text:
    who, when = names.name(each.by_id), moment(each.at)
    if each.side == Side.GIVEN:
        return _("%(who)s confirmed having given it, %(when)s", who=who, when=when)
    return _("%(who)s confirmed having taken it, %(when)s", who=who, when=when)
