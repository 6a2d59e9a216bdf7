"""What a status says on a page: its word and tone, who has the case then, and what they must do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from quality.core.words import Text, _
from quality.permissions import Role


class Tone(StrEnum):
    """The one map of tones; each is a class of mingcha.css without its `mc-`."""

    IDLE = "idle"  # not begun
    LIVE = "live"  # under way
    WAIT = "wait"  # waiting for somebody
    SAID = "said"  # others say so
    OK = "ok"
    SEEN = "seen"  # we saw for ourselves, and only this
    WARN = "warn"
    BAD = "bad"
    VOID = "void"


class Party(StrEnum):
    """Who has the case at present."""

    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    BUYER = "buyer"
    LABORATORY = "laboratory"
    PLATFORM = "platform"
    PROGRAM = "program"
    NOBODY = "nobody"

    @property
    def roles(self) -> frozenset[Role]:
        if self is Party.LABORATORY:
            return frozenset({Role.ANALYST, Role.SIGNATORY})
        return frozenset(role for role in Role if role.value == self.value)


class Status(NamedTuple):
    word: Text
    tone: Tone
    has_it: Party
    to_do: Text


NOTHING = _("Nothing more is to be done")
