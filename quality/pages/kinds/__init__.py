"""Every kind of case that has a dossier, in the order of the journey: the one table that pages ask."""

from __future__ import annotations

from quality.core.errors import NotFound
from quality.pages.kinds.campaign import CAMPAIGN
from quality.pages.kinds.certificate import CERTIFICATE
from quality.pages.kinds.control import CONTROL
from quality.pages.kinds.correction import CORRECTION
from quality.pages.kinds.expense import EXPENSE
from quality.pages.kinds.finding import FINDING
from quality.pages.kinds.notice import NOTICE
from quality.pages.kinds.objection import OBJECTION
from quality.pages.kinds.portion import PORTION
from quality.pages.kinds.report import REPORT
from quality.pages.kinds.result import RESULT
from quality.pages.kinds.sample import SAMPLE
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made
from quality.pages.kinds.task import TASK
from quality.pages.kinds.transfer import TRANSFER
from quality.people.actor import Actor

__all__ = ["KINDS", "Dossier", "Fact", "Kind", "Made", "kind_for", "kinds_for"]

ALL = (
    CAMPAIGN, TASK, SAMPLE, PORTION, REPORT, FINDING, OBJECTION, NOTICE, RESULT, CORRECTION, TRANSFER, CONTROL,
    CERTIFICATE, EXPENSE,
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}


def kinds_for(me: Actor) -> list[Kind]:
    """The kinds that a role reads at all."""
    return [kind for kind in KINDS.values() if me.can(kind.read)]


def kind_for(me: Actor, name: str) -> Kind:
    """One of them. A kind that the role has no business with looks like one that is not there."""
    kind = KINDS.get(name)
    if kind is None or not me.can(kind.read):
        raise NotFound(name)
    return kind
