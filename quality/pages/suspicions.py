"""Goods that a laboratory suspected before it tested, as the dossiers of sample and portion tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.lab.queries import suspicions_about
from quality.pages.moments import moment
from quality.pages.timeline import Names
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.purchases.models import Portion


class Suspected(NamedTuple):
    tone: Tone
    kind: Text
    outcome: Text
    said: Text  # who stopped, and when
    reason: str
    decided: Text
    answer: str


def suspected(session: Session, portions: Sequence[Portion], me: Actor) -> list[Suspected]:
    """The newest first. Who reads it of another house is told the house, and not the person."""
    found = suspicions_about(session, portions)
    people = {key for each in found for key in (each.stopped_by_id, each.decided_by_id) if key}
    names = Names(session, people, me) if people else None
    told = []
    for each in found:
        assert names
        decided: Text = ""
        if each.decided_at:
            who, when = names.name(each.decided_by_id), moment(each.decided_at)
            decided = _("Decided by %(who)s, %(when)s", who=who, when=when)
        told.append(
            Suspected(
                tone=Tone.VOID if each.outcome else Tone.WARN,
                kind=word("suspicion", each.kind),
                outcome=word("suspicion_outcome", each.outcome) if each.outcome else _("To be decided by the agency"),
                said=_(
                    "Stopped by %(who)s, %(when)s", who=names.name(each.stopped_by_id), when=moment(each.stopped_at)
                ),
                reason=each.reason,
                decided=decided,
                answer=each.answer,
            )
        )
    return told
