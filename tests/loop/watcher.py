"""Somebody who stands beside the program with a notebook: what people did, and what the rules make of it.

Nothing here reads the program's own conditions. Moments are those of the play; `person` is a name of the play.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Listing:
    """What was said and seen of one listing since it was last settled."""

    is_drawn: bool = False  # for a second person, by any answer since
    answered_at: datetime | None = None
    seen: list[tuple[str, bool]] = field(default_factory=list)  # who, and whether it was gone, since the last answer
    own_files: set[str] = field(default_factory=set)  # that proved a look since the last answer
    found_at: datetime | None = None  # the last look, if it found it there
    settled_at: datetime | None = None

    def answered(self, at: datetime, is_drawn: bool) -> None:
        self.answered_at, self.seen, self.own_files, self.found_at = at, [], set(), None
        self.is_drawn = self.is_drawn or is_drawn

    def looked(self, person: str, gone: bool, seen_at: datetime, file: str) -> None:
        self.found_at = None if gone else seen_at
        if self.answered_at is not None and seen_at >= self.answered_at:
            self.seen.append((person, gone))
            self.own_files.add(file)

    def settled(self, at: datetime) -> None:
        self.is_drawn, self.answered_at, self.seen, self.settled_at = False, None, [], at

    @property
    def is_seen_gone(self) -> bool:
        """By us, with a file of our own, since the platform last answered; by two where it was drawn."""
        if not self.seen or not self.seen[-1][1] or not self.own_files:
            return False
        persons: set[str] = set()
        for person, gone in self.seen:
            persons = persons | {person} if gone else set()
        return len(persons) >= (2 if self.is_drawn else 1)

    @property
    def is_seen_there(self) -> bool:
        """The last look found it, since the platform last answered and since it was last settled."""
        since = [moment for moment in (self.answered_at, self.settled_at) if moment]
        return self.found_at is not None and all(self.found_at >= moment for moment in since)


@dataclass
class Watcher:
    listings: dict[int, Listing] = field(default_factory=lambda: defaultdict(Listing))  # by the ids of their items
    proofs: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # that a notice was received
    heard: set[int] = field(default_factory=set)  # listings that went back, and their platform is proved to know
    served: dict[int, datetime] = field(default_factory=dict)  # since when, as it was first found
    read: dict[int, int] = field(default_factory=dict)  # in which version its platform last read a notice
