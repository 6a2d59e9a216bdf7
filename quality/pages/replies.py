"""Replies of parties as pages draw them: beside a result, in the dossier of its finding, on a party's own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.explain import heading, sentence
from quality.core import clock
from quality.core.words import Text, _
from quality.lab.models import FindingStatus, Verdict
from quality.objections.models import Letter, LetterKind, Party
from quality.pages.published import short_day
from quality.pages.words import STATUSES, Status, word
from quality.publication.models import Reply, Result
from quality.publication.replies import RECEIVED, SHOWN, last_of, period_of, shown_beside


class Said(NamedTuple):
    """One reply beside a result. `name` is the copy's, and empty where that leaves it out."""

    party: Text
    name: str
    reply: Reply

    @property
    def day(self) -> str:
        return short_day(self.reply.received_at)


def said_beside(session: Session, result: Result) -> list[Said]:
    found = shown_beside(session, [result]).get(result.finding_id, [])
    return [Said(word("objecting_party", each.party), name_in(result.copy, each.party), each) for each in found]


def name_in(copy: Mapping[str, Any], party: Party) -> str:
    names = {
        Party.SELLER: copy["seller"]["shop"],
        Party.PRODUCER: copy["producer"]["name"],
        Party.PLATFORM: copy["platform"]["name"],
    }
    return str(names[party])


class Own(NamedTuple):
    """What a party's page says of its reply, and of the time for it."""

    reply: Reply | None
    status: Status | None
    last_day: date
    is_over: bool
    how: list[Text]  # it was counted
    may_write: bool
    may_withdraw: bool


def own_of(session: Session, letter: Letter) -> Own | None:
    """None where there is nothing to reply to, or the party has not said that it has the result."""
    finding = letter.finding
    stands = finding.status == FindingStatus.CONFIRMED and finding.verdict == Verdict.NONCONFORMING
    period = period_of(session, finding, letter.party) if letter.kind == LetterKind.RESULT else None
    if not stands or period is None:
        return None
    reply = last_of(session, finding, letter.party)
    is_live = reply is not None and reply.status in (RECEIVED, SHOWN)
    return Own(
        reply,
        STATUSES["reply"][reply.status] if reply else None,
        period.due_on,
        clock.now() >= period.due_at,
        [heading(period.rule), *(sentence(step, period.rule) for step in period.steps)],
        not is_live,
        is_live,
    )


def waits() -> Text:
    return _("A party's reply waits: show it beside the result, or refuse it with a reason")
