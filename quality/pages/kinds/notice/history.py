"""Everything that was said and seen of one listing, claim by claim and look by look, with what proves each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.evidence.models import Exhibit
from quality.evidence.queries import may_be_shown_to, that_lead_to_the_buyer
from quality.notices.models import Claim, Look, Notice, NoticeItem
from quality.notices.second import looks_told
from quality.pages.moments import moment
from quality.pages.words import Tone, word
from quality.people.actor import Actor


class Proof(NamedTuple):
    """A file. `address` is where this reader may look at it."""

    called: Text
    sha256: str
    address: str | None


class Entry(NamedTuple):
    """A claim (said by the platform) or a look (seen by the agency)."""

    is_said: bool
    at: datetime
    tone: Tone
    says: Text
    lines: list[Text]
    proofs: list[Proof]


def history(item: NoticeItem, looks: Sequence[Look], shown: Mapping[str, str | None]) -> list[Entry]:
    """The oldest first. `looks` are those that the reader may know of; `shown` are addresses of files by sha256."""
    said = [of_a_claim(claim, shown) for claim in item.claims]
    seen = [of_a_look(look, shown) for look in looks]
    return sorted([*said, *seen], key=lambda entry: entry.at)


def histories(session: Session, notice: Notice, me: Actor) -> dict[int, list[Entry]]:
    """Of each listing, by its id: what this reader may know."""
    every = [exhibit for item in notice.items for exhibit in item.exhibits]
    secret = that_lead_to_the_buyer(session, every)
    return {
        item.id: history(item, looks_told(item, me.id), addresses(notice, item.exhibits, secret, me))
        for item in notice.items
    }


def addresses(notice: Notice, exhibits: Sequence[Exhibit], secret: Collection[int], me: Actor) -> dict[str, str | None]:
    number = notice.number or notice.reference
    return {
        each.holding.sha256: url_for("exhibits.show", kind="notice", number=number, exhibit=each.id)
        for each in exhibits
        if may_be_shown_to(me, each, each.id in secret)
    }


def of_a_claim(claim: Claim, shown: Mapping[str, str | None]) -> Entry:
    proofs = [Proof(_("Evidence of the platform"), sha256, shown.get(sha256)) for sha256 in claim.evidence]
    return Entry(True, claim.received_at, Tone.SAID, word("outcome", claim.outcome), claimed(claim), proofs)


def of_a_look(look: Look, shown: Mapping[str, str | None]) -> Entry:
    proofs = [Proof(_("Evidence of the agency"), sha256, shown.get(sha256)) for sha256 in look.evidence]
    tone, says = (Tone.OK, _("Was gone when we looked")) if look.gone else (Tone.BAD, _("Still on sale"))
    return Entry(False, look.seen_at, tone, says, [look.reason] if look.reason else [], proofs)


def claimed(claim: Claim) -> list[Text]:
    """What a claim says beside its outcome."""
    lines: list[Text] = []
    if claim.acted_at:
        lines.append(_("acted %(moment)s", moment=moment(claim.acted_at)))
    if claim.units_sold is not None:
        lines.append(_("%(count)s sold", count=claim.units_sold))
    if claim.swept:
        lines.append(_("of the same product swept: %(count)s", count=len(claim.swept)))
    if claim.reason:
        lines.append(claim.reason)
    return lines
