"""A label was scanned on the portion that it was printed for, and that is written down: a wrong one is found early.

What leaves without it has the label that nobody compared: by its number a laboratory reports on other goods. So a
person who sends it says why (0092); a program may be silent, and then the chain of custody says that.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem
from quality.core.events import Event
from quality.core.withholding import refuse_what_leads
from quality.core.words import _
from quality.core.workflow import name_of, record
from quality.people.actor import Actor
from quality.people.permit import permit
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.models import HandOver, Portion, PortionKind, Sample

SCANNED, UNSCANNED = "label_scanned", "label_unscanned"


def scan_label(session: Session, portion: Portion, *, by: Actor) -> None:
    permit(by, Can.SAMPLE_DISPATCH, portion)
    record(session, portion.sample, SCANNED, by=by, part=portion)


def labelled(session: Session, sample: Sample) -> set[PortionKind]:
    """Portions whose label was scanned on them, as the record has it."""
    of = sa.select(Event.part).where(Event.subject_type == "sample", Event.subject_id == sample.id)
    parts = set(session.scalars(of.where(Event.action == SCANNED)))
    return {portion.kind for portion in sample.portions if name_of(portion) in parts}


def goes_unscanned(session: Session, portion: Portion) -> bool:
    """A control is sealed and sent in one: there is no moment in which its label could be scanned."""
    return portion.sample.was_bought and portion.kind not in labelled(session, portion.sample)


def what_is_wrong_with_label(session: Session, portion: Portion, why: str | None) -> Iterator[FieldProblem]:
    """`why` it goes unscanned; None: a program, which is not asked."""
    if why is None:
        return
    if not why.strip() and goes_unscanned(session, portion):
        yield not_scanned(portion)
    yield from fields.text("no_scan", why, most=HandOver.no_scan.type.length, ask=None)


def not_scanned(portion: Portion) -> FieldProblem:
    blind = portion.blind_no
    if portion.kind is PortionKind.BACKUP:
        text = _(
            "The label of the backup portion, %(blind)s, was not scanned: scan it first, or write here why you cannot",
            blind=blind,
        )
        return FieldProblem("no_scan", "label_unscanned", text)
    text = _(
        "The label of the test portion, %(blind)s, was not scanned: scan it first, or write here why you cannot",
        blind=blind,
    )
    return FieldProblem("no_scan", "label_unscanned", text)


def sent_unscanned(session: Session, portion: Portion, why: str, *, by: Actor) -> None:
    """A word of its own in the record, where somebody said why."""
    refuse_what_leads(session, portion, {"no_scan": why}, by=by)
    record(session, portion.sample, UNSCANNED, by=by, part=portion, note=why)
