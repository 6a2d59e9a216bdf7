"""Who holds a seller's link: no account, one notice. The record names the notice: who pressed, nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quality.informing.models import SampleNotice
from quality.people.actor import Actor
from quality.permissions import Can, Role


@dataclass(frozen=True, eq=False)
class Holder(Actor):
    notice_id: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "signature", f"told:{self.notice_id}")

    @classmethod
    def of(cls, notice: SampleNotice) -> Holder:
        return cls(None, None, Role.SYSTEM, notice_id=notice.id)

    def can(self, _deed: Can) -> bool:
        return False

    def stands_over(self, _case: Any) -> bool:
        return False
