"""An agency's evidence checklist, edition by edition: one for every purchase, and one more for a category.

None is ever changed: an edit is a new edition, and another person puts it in force. Which one holds for a campaign
follows from when it was frozen, so that what a buyer is asked does not change while it is bought (0081).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.db import by_bytes, partial_index
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.events import Recorded
from quality.core.words import Reason, _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.people.permit import permit
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.checklists import Need, kept, problems_of, read_need, together, usual

WAITING = sa.text("approved_at IS NULL AND ended_at IS NULL")
MOST = 200  # editions that are read at once
EVERY = ""  # the category of the list that holds for every purchase


class ChecklistEdition(Recorded):
    """One edition of an agency's checklist. Of a category it says only what that asks for more."""

    __tablename__ = "checklist_edition"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "category", "edition"),
        partial_index("uq_checklist_edition_waiting", "agency_id", "category", where=WAITING, unique=True),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
    )

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    category: Mapped[str] = mapped_column(by_bytes(100))  # "": for every purchase
    edition: Mapped[int]  # from 1
    needs: Mapped[list[Any]]  # as checklists.py keeps them
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # put away without approval

    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    @property
    def is_waiting(self) -> bool:
        return self.approved_at is None and self.ended_at is None

    @property
    def asks(self) -> tuple[Need, ...]:
        return tuple(read_need(each) for each in self.needs)


class InForce(NamedTuple):
    """What holds. Edition 0 is the usual list for every purchase; of a category, that it asks for nothing more."""

    edition: int
    needs: tuple[Need, ...]
    id: int | None = None


# --- what holds ---


def in_force(session: Session, agency_id: int | None, category: str = EVERY, at: datetime | None = None) -> InForce:
    """The newest edition that was approved by `at` (None: by now), of every purchase or of one category alone."""
    return in_force_of(session, agency_id, [category], at)[category]


def in_force_of(
    session: Session, agency_id: int | None, categories: Iterable[str], at: datetime | None = None
) -> dict[str, InForce]:
    asked = [*dict.fromkeys(categories)]
    given = {"agency": agency_id, "categories": asked}
    found = session.scalars(APPROVED, given) if at is None else session.scalars(APPROVED_BY, given | {"at": at})
    newest = {each.category: each for each in found}
    return {name: told(newest.get(name), name) for name in asked}


# Written once: each step of a purchase asks it, and half the time of an answer would go into writing it
APPROVED = (
    sa.select(ChecklistEdition)
    .where(
        ChecklistEdition.agency_id == sa.bindparam("agency"),
        ChecklistEdition.category.in_(sa.bindparam("categories", expanding=True)),
        ChecklistEdition.approved_at.is_not(None),
    )
    .order_by(ChecklistEdition.edition)
)
APPROVED_BY = APPROVED.where(ChecklistEdition.approved_at <= sa.bindparam("at"))


def told(one: ChecklistEdition | None, category: str) -> InForce:
    if one is None:
        return InForce(0, () if category else usual())
    return InForce(one.edition, one.asks, one.id)


def needs_for(session: Session, campaign: Campaign) -> tuple[Need, ...]:
    """What its purchases have to show: as the rules were when it was frozen; before that, as they are."""
    found = in_force_of(session, campaign.agency_id, (EVERY, campaign.category.strip()), campaign.frozen_at)
    return together(found[EVERY].needs, found[campaign.category.strip()].needs if campaign.category.strip() else ())


# --- how it changes ---


def editions_of(session: Session, actor: Actor) -> Sequence[ChecklistEdition]:
    """Of the own agency, by category, the newest first."""
    of = sa.select(ChecklistEdition).where(ChecklistEdition.agency_id == actor.organisation_id)
    of = of.options(joinedload(ChecklistEdition.drafted_by), joinedload(ChecklistEdition.approved_by))
    return session.scalars(of.order_by(ChecklistEdition.category, ChecklistEdition.edition.desc()).limit(MOST)).all()


def one_edition(session: Session, actor: Actor, key: int) -> ChecklistEdition:
    found = sa.select(ChecklistEdition).where(ChecklistEdition.id == key)
    one = session.scalars(found.where(ChecklistEdition.agency_id == actor.organisation_id)).one_or_none()
    if one is None:
        raise NotFound(str(key))
    return one


def waiting_edition(session: Session, actor: Actor, category: str) -> ChecklistEdition | None:
    of = sa.select(ChecklistEdition).filter_by(agency_id=actor.organisation_id, category=category)
    of = of.where(ChecklistEdition.approved_at.is_(None), ChecklistEdition.ended_at.is_(None))
    return session.scalars(of).one_or_none()


def drafted_by_others(session: Session, actor: Actor) -> Sequence[ChecklistEdition]:
    """Editions that wait for this person's word."""
    if not actor.can(Can.CHECKLIST_APPROVE):
        return []
    of = sa.select(ChecklistEdition).where(ChecklistEdition.agency_id == actor.organisation_id)
    of = of.where(ChecklistEdition.approved_at.is_(None), ChecklistEdition.ended_at.is_(None))
    of = of.where(ChecklistEdition.drafted_by_id != actor.id).order_by(ChecklistEdition.id)
    return session.scalars(of.limit(MOST)).all()


def propose_checklist(
    session: Session, category: str, needs: Sequence[Need], *, by: Actor, version: int | None = None
) -> ChecklistEdition:
    """The next edition, or what waits drafted anew. `version`: of that, as it was read; None: none was seen."""
    permit(by, Can.CHECKLIST_PROPOSE)
    assert by.id is not None and by.organisation_id is not None, "a person of an agency drafts"
    named, says = category.strip(), [kept(each) for each in needs]
    most = ChecklistEdition.category.type.length
    if problems := [*fields.text("category", named, most=most, ask=None), *problems_of(needs, named)]:
        raise Invalid(*problems)
    session.execute(sa.select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update())
    if says == [kept(each) for each in in_force(session, by.organisation_id, named).needs]:
        raise Invalid(FieldProblem("needs", "nothing_changed", _("This says what the edition in force says")))
    if waits := waiting_edition(session, by, named):
        facts = {"needs": says, "drafted_by_id": by.id, "drafted_at": clock.now()}
        record(session, waits, "revise", by=by, version=-1 if version is None else version, facts=facts)
        return waits
    last = sa.select(sa.func.max(ChecklistEdition.edition)).filter_by(agency_id=by.organisation_id, category=named)
    made = ChecklistEdition(
        agency_id=by.organisation_id,
        category=named,
        edition=(session.scalar(last) or 0) + 1,
        needs=says,
        drafted_by_id=by.id,
        drafted_at=clock.now(),
    )
    try:
        begin(session, made, by=by, details={"category": named, "edition": made.edition})
    except IntegrityError as quicker:
        raise Refused("other_edition", _("Somebody has set this since you opened it; read it again")) from quicker
    return made


def approve_checklist(session: Session, one: ChecklistEdition, *, by: Actor, version: int | None = None) -> None:
    """Campaigns that are frozen from now on take it."""
    permit(by, Can.CHECKLIST_APPROVE, one)
    if no := cannot_be_approved(one, by):
        raise Refused.because(no)
    facts = {"approved_by_id": by.id, "approved_at": clock.now()}
    record(session, one, "approve", by=by, version=version, facts=facts)


def put_checklist_away(
    session: Session, one: ChecklistEdition, note: str, *, by: Actor, version: int | None = None
) -> None:
    permit(by, Can.CHECKLIST_APPROVE if by.can(Can.CHECKLIST_APPROVE) else Can.CHECKLIST_PROPOSE, one)
    if not note.strip():
        raise Invalid(FieldProblem("note", "missing", _("Give the reason")))
    if not one.is_waiting:
        raise Refused.because(DECIDED)
    record(session, one, "refuse", by=by, version=version, note=note, facts={"ended_at": clock.now()})


DECIDED = Reason("decided_already", _("This edition was decided on already"))


def cannot_be_approved(one: ChecklistEdition, actor: Actor) -> Reason | None:
    if one.is_waiting and one.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than who wrote it must approve"))
    return None if one.is_waiting else DECIDED
