"""May this person, and did they say why: asked by the verbs that move no status of their own."""

from __future__ import annotations

from typing import Any

from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.words import _
from quality.lab.entries import unfit
from quality.people.actor import Actor
from quality.permissions import Can

LONGEST_REASON = 2_000


def require(by: Actor, deed: Can, case: Any) -> None:
    if not by.can(deed):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=deed))
    if not by.stands_over(case):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))


def given(reason: str) -> str:
    """The reason as it was written, or a problem of the field `reason`."""
    if not reason.strip():
        raise Invalid(FieldProblem("reason", "missing", _("Enter the reason")))
    if problems := unfit("reason", reason, LONGEST_REASON):
        raise Invalid(*problems)
    return reason.strip()
