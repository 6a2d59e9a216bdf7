"""What was scanned while unboxing: a seal and whether it may be used, a label and which portion bears it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.documents.models import DocumentKind
from quality.documents.queries import documents_of, with_code
from quality.pages.scanning import code_on_paper
from quality.people.actor import Actor
from quality.purchases import seals
from quality.purchases.blind import as_written
from quality.purchases.models import Portion, Sample, Task
from quality.purchases.unboxing import typed_of


def no_seal(session: Session, name: str, text: str) -> FieldProblem | None:
    """Where something else was scanned than a seal: a label of ours, a paper, an address."""
    if code := code_on_paper(text):
        papers = with_code(session, code)
        if any(paper.kind == DocumentKind.LABEL for paper in papers):
            said = _("This is the label of a portion that is sealed already, of another sample; scan the seal itself")
            return FieldProblem(name, "no_seal", said)
        return FieldProblem(name, "no_seal", _("This is the code of a paper, not of a seal; scan the seal itself"))
    if "://" in text:
        return FieldProblem(name, "no_seal", _("This is an address, not a seal number; scan the seal itself"))
    return None


def wrong_seal(session: Session, task: Task, name: str, number: str) -> FieldProblem | None:
    """What speaks against a seal number that was typed, before both are sealed with."""
    typed, written = typed_of(session, task), as_written(number)
    rule = seals.rule_of(session, task.agency_id)
    if doubt := seals.doubt_about(written, rule):
        return FieldProblem(name, doubt, seals.SAYS[doubt])
    kept = seals.as_issued(written, rule)
    used = sa.select(Portion.id).where(Portion.seal_no == kept)
    if session.scalars(used.limit(1)).first() is not None:
        return FieldProblem(name, "used_seal", _("This seal number was used before; check it"))
    other = "backup_seal_no" if name == "test_seal_no" else "test_seal_no"
    if typed.get(other) and seals.as_issued(as_written(typed[other]), rule) == kept:
        return FieldProblem(name, "same_seal", _("The other portion has this seal; each has a seal of its own"))
    return None


class Scan(NamedTuple):
    portion: Portion | None
    wrong: FieldProblem | None


def portion_scanned(session: Session, sample: Sample, text: str, me: Actor) -> Scan:
    """Which of the sample's portions bears this label; what it is else."""
    found = with_blind_number(session, as_written(text)) or with_label(session, text)
    if found is not None and found.sample_id == sample.id:
        return Scan(found, None)
    if found is None:
        said = _("This is no label of a portion; scan the QR code of the label that you have just stuck on")
        return Scan(None, FieldProblem("label", "no_label", said))
    return Scan(None, another(found.sample, sample, me))


def with_blind_number(session: Session, number: str) -> Portion | None:
    return session.scalars(sa.select(Portion).where(Portion.blind_no == number)).one_or_none()


def with_label(session: Session, text: str) -> Portion | None:
    code = code_on_paper(text)
    for paper in with_code(session, code) if code else ():
        if paper.kind == DocumentKind.LABEL:
            return session.get(Portion, paper.subject_id)
    return None


def another(found: Sample, meant: Sample, me: Actor) -> FieldProblem:
    """Whose label it is, as far as this reader may know."""
    mine, other = meant.number, found.number
    said = _("This label belongs to another sample; take the one that was printed for %(mine)s", mine=mine)
    if me.stands_over(found) and found.was_bought:
        said = _("This label is of sample %(other)s; take the one of %(mine)s", other=other, mine=mine)
        if found.campaign.id != meant.campaign.id:
            said = _(
                "This label is of another campaign: %(campaign)s, sample %(other)s. Take the one of %(mine)s",
                campaign=found.campaign.title,
                other=other,
                mine=mine,
            )
    return FieldProblem("label", "another_label", said)


def codes_of(session: Session, samples: Iterable[Sample]) -> dict[int, list[str]]:
    """What the labels of each portion say, those that were printed by now."""
    portions = [("portion", portion.id) for sample in samples for portion in sample.portions]
    found: dict[int, list[str]] = {}
    for paper in documents_of(session, portions):
        if paper.kind == DocumentKind.LABEL:
            found.setdefault(paper.subject_id, []).append(paper.code)
    return found
