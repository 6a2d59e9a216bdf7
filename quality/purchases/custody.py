"""The chain of custody of one sealed portion, and where it is broken.

A hand-over has two sides. One is confirmed by whoever writes it down; where the other hand is a person as well, that
one confirms it by the seal number. A store has no hand to confirm with; a courier's side is the number of the parcel
and its arrival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from quality.core.words import Reason, _
from quality.purchases.cold import Range, asked_for, degrees
from quality.purchases.models import HandOver, Portion
from quality.purchases.places import StoragePlace

# Who saw it broken saw it broken: no word mends that. The rest may have a cause that a coordinator can give.
NEVER_EXPLAINED = {"seal_differs", "seal_broken"}


class Step(Protocol):
    """One hand-over, as `models.HandOver` keeps it."""

    @property
    def seal_no(self) -> str: ...
    @property
    def seal_intact(self) -> bool: ...
    @property
    def given_by(self) -> str: ...
    @property
    def taken_by(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def giver_is_silent(self) -> bool: ...
    @property
    def taker_is_silent(self) -> bool: ...
    @property
    def parcel_no(self) -> str: ...
    @property
    def tenths_celsius(self) -> int | None: ...
    @property
    def explanation(self) -> str: ...


class Gap(NamedTuple):
    """What is wrong at one hand-over, counted from 0 in its chain."""

    step: int
    reason: Reason
    is_explained: bool = False


def gaps(
    hand_overs: Sequence[Step],
    *,
    seal_no: str,
    sealed_by: str,
    kept_at: Range | None = None,
    places: Mapping[str, Range] = MappingProxyType({}),
) -> list[Gap]:
    """Every break in the chain of a portion that `sealed_by` sealed with `seal_no`: hand-overs in their order.

    Without one the chain is whole: who sealed it still holds it. `kept_at` is what its category asks for, `places`
    at what the places of the store are kept, as far as it is named.
    """
    found: list[Gap] = []
    holder, before = sealed_by, None
    for index, step in enumerate(hand_overs):
        reasons = [*not_as_it_was_sealed(step, seal_no), *not_from_hand_to_hand(step, before, holder)]
        if kept_at:
            reasons += too_warm_or_too_cold(step, kept_at, places)
        explained = bool(step.explanation)
        found += [Gap(index, reason, explained and reason.code not in NEVER_EXPLAINED) for reason in reasons]
        holder, before = step.taken_by, step
    return found


def not_as_it_was_sealed(step: Step, seal_no: str) -> Iterator[Reason]:
    if step.seal_no != seal_no:
        text = _("The seal read was %(read)s, the one put on is %(seal)s", read=step.seal_no, seal=seal_no)
        yield Reason("seal_differs", text)
    if not step.seal_intact:
        yield Reason("seal_broken", _("The seal was broken"))


def not_from_hand_to_hand(step: Step, before: Step | None, holder: str) -> Iterator[Reason]:
    """Given by another than held it, before it came there, unconfirmed by one side, or not the parcel that was sent."""
    if step.given_by != holder:
        text = _("It was with %(holder)s and was given by %(giver)s", holder=holder, giver=step.given_by)
        yield Reason("holder_differs", text)
    if before is not None and step.at < before.at.replace(second=0, microsecond=0):  # a form knows minutes only
        yield Reason("out_of_order", _("Its moment lies before the one above it"))
    if step.giver_is_silent:
        yield Reason("giver_silent", _("Who gave it has not confirmed"))
    if step.taker_is_silent:
        yield Reason("taker_silent", _("Who took it has not confirmed"))
    if step.taken_by.startswith("courier:") and not step.parcel_no:
        yield Reason("no_parcel", _("It has no parcel number: nothing confirms that the courier took it"))
    if before is not None and came_in_another_parcel(before, step):
        text = _("Sent as parcel %(sent)s, arrived as %(came)s", sent=before.parcel_no, came=step.parcel_no)
        yield Reason("parcel_differs", text)


def too_warm_or_too_cold(step: Step, kept_at: Range, places: Mapping[str, Range]) -> Iterator[Reason]:
    """What was measured at the hand-over, and at what the place is kept that it was put into."""
    if step.tenths_celsius is not None and step.tenths_celsius not in kept_at:
        read = degrees(step.tenths_celsius)
        text = _("%(read)s °C; this category is kept at %(range)s", read=read, range=kept_at.words)
        yield Reason("wrong_temperature", text)
    place = places.get(step.taken_by)
    if place and not kept_at.keeps(place):
        text = _(
            "%(place)s is kept at %(there)s, this category at %(range)s",
            place=step.taken_by.removeprefix("store:"),
            there=place.words,
            range=kept_at.words,
        )
        yield Reason("unfit_place", text)


def gaps_of(portion: Portion, steps: Sequence[HandOver]) -> list[Gap]:
    """The breaks in its chain, `steps`, measured by what its category asks for."""
    put = {step.taken_by for step in steps if step.taken_by.startswith("store:")}
    is_warm_or_cold = len(put) > 1 or any(step.tenths_celsius is not None for step in steps)
    kept_at = asked_for(portion.sample.campaign.category) if is_warm_or_cold else None
    places = ranges_of(portion, put) if kept_at else {}
    return gaps(steps, seal_no=portion.seal_no, sealed_by=portion.sealed_by, kept_at=kept_at, places=places)


def ranges_of(portion: Portion, hands: set[str]) -> dict[str, Range]:
    """Of the agency's named places, by their hands, at what each is kept, where that is said."""
    session = object_session(portion)
    assert session is not None, "a row that is asked about belongs to a session"
    codes = [hand.removeprefix("store:") for hand in hands]
    asked = sa.select(StoragePlace).where(StoragePlace.agency_id == portion.agency_id, StoragePlace.code.in_(codes))
    return {each.hand: kept for each in session.scalars(asked) if (kept := range_of(each))}


def range_of(place: StoragePlace) -> Range | None:
    if place.least_tenths is None and place.most_tenths is None:
        return None
    return Range(place.least_tenths, place.most_tenths)


def came_in_another_parcel(sent: Step, came: Step) -> bool:
    """Where both were read: a laboratory that scans the seal need not read the parcel too."""
    is_by_courier = sent.taken_by.startswith("courier:") and came.given_by == sent.taken_by
    return is_by_courier and bool(sent.parcel_no and came.parcel_no) and sent.parcel_no != came.parcel_no


def stands_at_the_door(steps: Sequence[Step]) -> bool:
    return bool(steps) and steps[-1].taken_by.startswith("door:")


def steps_of(portion: Portion) -> list[HandOver]:
    """Its hand-overs, in their order."""
    return [step for step in portion.sample.hand_overs if step.portion_id == portion.id]


def has_open_gap(portion: Portion, steps: Sequence[HandOver]) -> bool:
    """One that nobody has explained."""
    return not all(gap.is_explained for gap in gaps_of(portion, steps))


def may_be_explained(gap: Gap) -> bool:
    return not gap.is_explained and gap.reason.code not in NEVER_EXPLAINED
