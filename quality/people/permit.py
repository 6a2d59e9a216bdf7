"""The two questions that every deed answers first, for deeds that move no status: this role? their case?"""

from __future__ import annotations

from typing import Any

from quality.core.errors import NotPermitted
from quality.core.words import _
from quality.people.actor import Actor
from quality.permissions import Can


def permit(by: Actor, deed: Can, case: Any = None) -> None:
    """Raise `NotPermitted` unless the actor's role may do this, and the case (where there is one) is theirs."""
    if not by.can(deed):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=deed))
    if case is not None and not by.stands_over(case):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
