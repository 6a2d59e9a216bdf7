"""The files that are shown in a play: new ones, ones that were shown before, and ones that are another's."""

from __future__ import annotations

import hashlib
from itertools import count

from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in
from quality.notices.models import NoticeItem
from quality.people.actor import Actor
from tests.evidence.files import little_picture
from tests.harness.purchases import vault
from tests.loop.stage import Stage


class Files:
    """Pictures by numbers that begin anew with each play, so that one play is like its repetition."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.numbers = count(500_000_000)
        self.used: dict[int, str] = {}  # by item, what proved the last look
        self.of_platforms: list[int] = []  # numbers of pictures that proved an answer

    def shown(self, by: Actor, kind: EvidenceKind, number: int | None = None) -> str:
        """Sent by `by`, as a request of its own before the deed."""
        s = self.stage.session
        holding = take_in(s, vault(), little_picture(number or next(self.numbers)), kind=kind, by=by)
        sha256 = holding.sha256
        s.commit()
        return sha256

    def receipt(self, by: Actor) -> str:
        return self.shown(by, EvidenceKind.RECEIPT)

    def of_an_answer(self, by: Actor, which: str) -> list[str]:
        """What proves an answer: nothing, a file of the answering organisation, or one that only the agency holds."""
        match which:
            case "own":
                self.of_platforms.append(next(self.numbers))
                return [self.shown(by, EvidenceKind.PLATFORM_PROOF, self.of_platforms[-1])]
            case "the agency's":
                return [self.shown(self.stage.actors["buyer"], EvidenceKind.LOOK)]
        return []

    def of_a_look(self, by: Actor, item: NoticeItem, which: str) -> str:
        """A new picture, the one of the look before, or the one by which the platform proved an answer."""
        if which == "the platform's" and self.has_proved(item):
            number = next(n for n in self.of_platforms if sha256_of(n) in item.claims[-1].evidence)
            return self.shown(by, EvidenceKind.LOOK, number)
        if which == "used":
            return self.used.get(item.id, "")
        return "" if which == "the platform's" else self.shown(by, EvidenceKind.LOOK)

    def has_proved(self, item: NoticeItem) -> bool:
        return bool(item.claims and item.claims[-1].evidence)


def sha256_of(number: int) -> str:
    return hashlib.sha256(little_picture(number)).hexdigest()
