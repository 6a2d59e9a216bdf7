"""Who holds a letter: a seller, producer or platform without an account, who may answer about this finding only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quality.lab.models import Finding
from quality.objections.models import Letter, Party
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import PARTY_MAY, Can, Role


@dataclass(frozen=True, eq=False)
class Concerned(Actor):
    """The record names the letter, `letter:5`: which person pressed, nobody knows."""

    letter_id: int = 0
    finding_id: int = 0
    party: Party | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "signature", f"letter:{self.letter_id}")

    @classmethod
    def by(cls, letter: Letter, agency: Organisation) -> Concerned:
        return cls(None, agency, Role.SYSTEM, letter_id=letter.id, finding_id=letter.finding_id, party=letter.party)

    def can(self, deed: Can) -> bool:
        return deed in PARTY_MAY

    def stands_over(self, case: Any) -> bool:
        """Of its finding, what is its own: not the other party's objection or correction."""
        if isinstance(case, Finding):
            return self.finding_id == case.id
        return self.finding_id == getattr(case, "finding_id", None) and self.party == getattr(case, "party", self.party)
