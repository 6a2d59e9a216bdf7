"""Listings that are like a tested one, as people decide on them: what is their own in a list of candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.core.words import Text, _, ngettext
from quality.lab.models import Finding
from quality.likeness.matching import Kind, Sure
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import Progress, progress_of, visible_to
from quality.notices.operations.alike import stands_on, stands_open_on
from quality.pages.candidates import ALL, Candidates, Line, Way, names_for, told_of
from quality.pages.timeline import Names
from quality.pages.words import CODES, Tone, word
from quality.people.actor import Actor

A_FEW = 5
WAITING, FREE, CONFIRMED, REJECTED = CODES["alike_state"]
ORDER = [(kind, sure) for kind in Kind for sure in Sure]  # the product first, and of each the surest
RANK = sa.case(*((sa.and_(Alike.kind == kind, Alike.sure == sure), at) for at, (kind, sure) in enumerate(ORDER)))
TONES = {None: Tone.WAIT, Decision.CONFIRMED: Tone.OK, Decision.REJECTED: Tone.VOID}
LIST = Candidates(
    model=Alike,
    visible_to=visible_to,
    words="alike_state",
    waits=WAITING,
    states={
        WAITING: Alike.decision.is_(None),
        FREE: sa.and_(Alike.decision == Decision.CONFIRMED, ~stands_on().exists(), ~stands_open_on().exists()),
        CONFIRMED: Alike.decision == Decision.CONFIRMED,
        REJECTED: Alike.decision == Decision.REJECTED,
    },
    ways={
        "kind": Way(_("Taken for"), {each.value: word("item_kind", each.value) for each in Kind}, Alike.kind),
        "sure": Way(_("How surely"), {each.value: word("sure", each.value) for each in Sure}, Alike.sure),
    },
    rank=RANK,
    rank_of=lambda each: ORDER.index((each.kind, each.sure)),
    loads=[joinedload(Alike.platform), joinedload(Alike.finding).joinedload(Finding.sample)],
    typed={"finding": lambda number: Alike.finding.has(number=number)},
)


@dataclass(frozen=True, kw_only=True)
class AlikeLine(Line):
    """Of a listing that is like a tested one."""

    finding: str
    notice: str | None


class Elsewhere(NamedTuple):
    """Of one finding, for its dossier."""

    lines: list[AlikeLine]
    counts: list[tuple[Text, int, str]]
    progress: Text
    is_done: bool
    all: str


def lines_of(session: Session, found: Sequence[Alike], me: Actor) -> list[AlikeLine]:
    names, on = names_for(session, found, me), on_notices(session, found)
    return [line_of(each, names, on.get(each.id), me) for each in found]


def on_notices(session: Session, found: Sequence[Alike]) -> dict[int, str]:
    """By their ids, the live notice that each stands on: because of its finding, or of another while it is open."""
    keys = [each.id for each in found]
    asked = (on.add_columns(Alike.id).where(Alike.id.in_(keys)) for on in (stands_open_on(), stands_on()))
    return {key: reference for rows in asked for reference, key in session.execute(rows)}


def line_of(each: Alike, names: Names, notice: str | None, me: Actor) -> AlikeLine:
    return AlikeLine(
        **told_of(each, names),
        seen=f"{each.id}:{each.version}",
        kind=word("item_kind", each.kind),
        tone=Tone.LIVE if each.kind == Kind.SAME_PRODUCT else Tone.IDLE,
        finding=each.finding.number,
        product=each.finding.sample.product_name,
        state=word("alike_state", WAITING if each.decision is None else each.decision.value),
        state_tone=TONES[each.decision],
        notice=notice,
        may_decide=me.stands_over(each) and notice is None,
    )


def elsewhere(session: Session, finding: Finding, me: Actor) -> Elsewhere:
    """What is like its listing: how many, and the surest, those to be decided first."""
    rows = visible_to(me).where(Alike.finding_id == finding.id)
    counted = rows.with_only_columns(Alike.decision, sa.func.count()).group_by(Alike.decision)
    many: dict[str | None, int] = {decision: count for decision, count in session.execute(counted)}
    states = {WAITING: None, CONFIRMED: Decision.CONFIRMED, REJECTED: Decision.REJECTED}
    first = rows.options(*LIST.loads).order_by(Alike.decision.is_not(None), RANK, Alike.id).limit(A_FEW)
    progress = progress_of(session, Finding.id == finding.id)
    return Elsewhere(
        lines=lines_of(session, session.scalars(first).all(), me),
        counts=[
            (word("alike_state", name), many.get(decision, 0), queue(state=name, finding=finding.number))
            for name, decision in states.items()
        ],
        progress=progress_in_words(progress),
        is_done=progress.waiting == 0,
        all=queue(state=ALL, finding=finding.number),
    )


def queue(*, state: str, finding: str) -> str:
    return url_for("alike.queue", state=state, finding=finding)


def progress_in_words(progress: Progress) -> Text:
    if progress.waiting:
        return _("Looked through %(looked)s of %(frames)s frames", looked=progress.looked, frames=progress.frames)
    if progress.left_out:
        return ngettext(
            "All frames looked through; %(count)s weaker likeness was left out",
            "All frames looked through; %(count)s weaker likenesses were left out",
            progress.left_out,
        )
    return _("All frames looked through")


def progress_of_all(progress: Progress) -> Text:
    """Of many findings: what is counted are looks, each of a finding in a frame."""
    if progress.waiting:
        return _(
            "%(looked)s of %(looks)s looks are made, each of a finding in a frame",
            looked=progress.looked,
            looks=progress.frames,
        )
    return progress_in_words(progress)
