"""Unboxing and sealing, one thing a page: which page comes next, what lacks on each, and what a scanned code is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem
from quality.core.events import Event
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.documents.models import DocumentKind
from quality.documents.queries import with_code
from quality.evidence.models import EvidenceKind as K
from quality.pages.checklist import Shot, shot_of
from quality.pages.scanning import code_on_paper
from quality.people.actor import Actor
from quality.purchases import seals
from quality.purchases.blind import as_written
from quality.purchases.models import Portion, PortionKind, Sample, Task
from quality.purchases.operations.unboxing import SCANNED
from quality.purchases.unboxing import typed_of
from quality.purchases.waivers import standings


class Page(StrEnum):
    """In their order."""

    PARCEL = "parcel"
    OPENING = "opening"
    PACKAGING = "packaging"
    MARKS = "marks"
    LABEL = "label"
    PORTIONS = "portions"
    SEAL_TEST = "seal-test"
    SEAL_BACKUP = "seal-backup"
    SEAL = "seal"


# fmt: off
TITLES: dict[Page, Text] = {
    Page.PARCEL:      _("The parcel, closed"),
    Page.OPENING:     _("Opening it"),
    Page.PACKAGING:   _("The packaging"),
    Page.MARKS:       _("Marks and label"),
    Page.LABEL:       _("Label check"),
    Page.PORTIONS:    _("Product and portions"),
    Page.SEAL_TEST:   _("Seal of the test portion"),
    Page.SEAL_BACKUP: _("Seal of the backup portion"),
    Page.SEAL:        _("Look once more, and seal"),
}
SAYS: dict[Page, Text] = {
    Page.PARCEL:      _("Photograph every side before you open it, the delivery label readable."),
    Page.OPENING:     _("Film it in one go, from the closed parcel to the goods in your hand."),
    Page.PACKAGING:   _("Front and back of the package, and what else lies in the parcel."),
    Page.MARKS:       _("Conformity mark, product name, producer, date or batch, warnings: close enough to be read."),
    Page.LABEL:       _("Compare the label with this list. What is missing can be a finding by itself."),
    Page.PORTIONS:    _("Write down what the label bears; what it does not bear stays empty. Then part the goods."),
    Page.SEAL_TEST:   _("Seal the test portion, photograph it with its seal, and scan the number."),
    Page.SEAL_BACKUP: _("Seal the backup portion with a seal of its own, photograph it, and scan the number."),
    Page.SEAL:        _("After sealing nothing of this is changed any more."),
}
SHOWS: dict[Page, K] = {
    Page.PARCEL: K.PARCEL, Page.OPENING: K.OPENING, Page.PACKAGING: K.PACKAGING, Page.MARKS: K.MARKS,
    Page.SEAL_TEST: K.SEAL_TEST, Page.SEAL_BACKUP: K.SEAL_BACKUP,
}
# fmt: on
PAGES = tuple(Page)
TYPED = {  # what has to be typed on a page before it is done
    Page.PORTIONS: ("product_name", "test_quantity", "backup_quantity"),
    Page.SEAL_TEST: ("test_seal_no",),
    Page.SEAL_BACKUP: ("backup_seal_no",),
}


class Stage(NamedTuple):
    """A page of the sequence, and how far it is."""

    page: Page
    title: Text
    lacks: int  # required pieces that are not there
    is_done: bool
    shots: list[Shot]


def stages(session: Session, task: Task) -> list[Stage]:
    standing, typed = standings(task), typed_of(session, task)
    found = []
    for page in PAGES:
        shots = [shot_of(each, None) for each in standing if each.need.kind == SHOWS.get(page)]
        lacks = sum(shot.lacks for shot in shots)
        done = not lacks and all(typed.get(name, "").strip() for name in TYPED.get(page, ()))
        if page is Page.LABEL:
            done = task.label_checked_at is not None
        if page is Page.OPENING and not any(shot.required for shot in shots):
            done = any(shot.there for shot in shots)  # good to have, and not asked for twice
        found.append(Stage(page, TITLES[page], lacks, done and page is not Page.SEAL, shots))
    return found


def first_left(found: list[Stage]) -> Page:
    """Where to go on: what is only good to have holds nobody up."""
    return next((each.page for each in found if not each.is_done and not is_optional(each)), Page.SEAL)


def is_optional(stage: Stage) -> bool:
    return stage.page is Page.OPENING and not any(shot.required for shot in stage.shots)


def after(page: Page) -> Page:
    return PAGES[min(PAGES.index(page) + 1, len(PAGES) - 1)]


# --- what was scanned ---


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


def labelled(session: Session, sample: Sample) -> set[PortionKind]:
    """Portions whose label was scanned on them, as the record has it."""
    of = sa.select(Event.part).where(Event.subject_type == "sample", Event.subject_id == sample.id)
    parts = set(session.scalars(of.where(Event.action == SCANNED)))
    return {portion.kind for portion in sample.portions if name_of(portion) in parts}
