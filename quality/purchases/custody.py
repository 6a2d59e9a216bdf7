"""The chain of custody of one sealed portion, and where it is broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from quality.core.words import Reason, _


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


class Gap(NamedTuple):
    """What is wrong at one hand-over, counted from 0 in its chain."""

    step: int
    reason: Reason


def gaps(hand_overs: Sequence[Step], *, seal_no: str, sealed_by: str) -> list[Gap]:
    """Every break in the chain of a portion that `sealed_by` sealed with `seal_no`: hand-overs in their order.

    Without one the chain is whole: who sealed it still holds it.
    """
    found: list[Gap] = []
    holder, before = sealed_by, None
    for index, step in enumerate(hand_overs):
        if step.given_by != holder:
            text = _("It was with %(holder)s and was given by %(giver)s", holder=holder, giver=step.given_by)
            found.append(Gap(index, Reason("holder_differs", text)))
        if step.seal_no != seal_no:
            text = _("The seal read was %(read)s, the one put on is %(seal)s", read=step.seal_no, seal=seal_no)
            found.append(Gap(index, Reason("seal_differs", text)))
        if not step.seal_intact:
            found.append(Gap(index, Reason("seal_broken", _("The seal was broken"))))
        if before is not None and step.at < before.replace(second=0, microsecond=0):  # a form knows minutes only
            found.append(Gap(index, Reason("out_of_order", _("Its moment lies before the one above it"))))
        holder, before = step.taken_by, step.at
    return found
