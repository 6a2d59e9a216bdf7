"""Reads for evidence: what a case is proved by, and who may be shown it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, object_session

from quality.core.db import Base
from quality.core.events import Recorded
from quality.core.workflow import Part, name_of
from quality.evidence.models import LEADS_TO_THE_BUYER, CopyKind, Derived, EvidenceKind, Exhibit, Holding
from quality.people.actor import Actor
from quality.permissions import Can, Sees

# What laboratories and platforms send for an agency to read, as it came: none of it says where a buyer lives
FOR_THE_AGENCY = frozenset({
    EvidenceKind.LAB_RECEIPT, EvidenceKind.LAB_REPORT, EvidenceKind.SUSPICION, EvidenceKind.CERTIFICATE,
    EvidenceKind.PLATFORM_PROOF, EvidenceKind.MESSAGE,
})  # fmt: skip
# What others may be shown of the evidence that they did not send themselves, once they may see the case
SHOWN_OUTSIDE = {
    Sees.LABORATORY: frozenset[EvidenceKind](),
    Sees.PLATFORM: frozenset({EvidenceKind.LOOK, EvidenceKind.MESSAGE}),
}


# Written once: each file that comes asks it three times, and half the time of an answer would go into writing it
OWN = sa.select(Holding).where(
    Holding.organisation_id == sa.bindparam("organisation"), Holding.sha256 == sa.bindparam("sha256")
)


def holding_of(session: Session, organisation_id: int | None, sha256: str) -> Holding | None:
    return session.scalars(OWN, {"organisation": organisation_id, "sha256": sha256}).one_or_none()


def holdings_by_id(session: Session, keys: Collection[int]) -> dict[int, Holding]:
    return {each.id: each for each in session.scalars(sa.select(Holding).where(Holding.id.in_(keys)))}


def derived_of(session: Session, original: str, kind: CopyKind) -> Derived | None:
    """A copy of a picture; None where there is none."""
    asked = sa.select(Derived).where(Derived.original == original, Derived.kind == kind, Derived.sha256.is_not(None))
    return session.scalars(asked).one_or_none()


def with_copies(session: Session, exhibits: Collection[Exhibit]) -> set[int]:
    """Ids of those that there are copies of."""
    if not exhibits:
        return set()
    asked = sa.select(Derived.original).where(
        Derived.original.in_({each.holding.sha256 for each in exhibits}), Derived.sha256.is_not(None)
    )
    copied = set(session.scalars(asked))
    return {each.id for each in exhibits if each.holding.sha256 in copied}


def exhibits_of(session: Session, case: Recorded, part: Part | None = None) -> list[Exhibit]:
    """All that proves something about `case`, or only about one part of it, in the order it was added."""
    of = of_a_case() if part is None else of_a_case().where(Exhibit.part == name_of(part))
    return list(session.scalars(of, {"subject_type": case.__tablename__, "subject": case.id}))


@cache  # not before all tables are known
def of_a_case() -> sa.Select[Exhibit]:
    of = sa.select(Exhibit).join(Exhibit.holding).options(contains_eager(Exhibit.holding)).order_by(Exhibit.id)
    return of.where(Exhibit.subject_type == sa.bindparam("subject_type"), Exhibit.subject_id == sa.bindparam("subject"))


def visible_exhibits(session: Session, actor: Actor, case: Recorded, part: Part | None = None) -> list[Exhibit]:
    """What a page about `case` may list, for an actor who may see the case."""
    found = exhibits_of(session, case, part)
    secret = that_lead_to_the_buyer(session, found)
    return [exhibit for exhibit in found if may_be_shown_to(actor, exhibit, exhibit.id in secret)]


def may_be_shown_to(actor: Actor, exhibit: Exhibit, leads_to_the_buyer: bool) -> bool:
    """Whether an actor who may see the case may be shown this of its evidence. Everything that shows any asks here.

    A picture that leads to the buyer is for those of its own agency who may read identities, and for the buyer;
    nobody else sees it, before or after sealing (DESIGN, decision 7). But a receipt is shown to who approves it.
    """
    if leads_to_the_buyer:
        own = exhibit.holding.organisation_id == actor.organisation_id
        may = actor.can(Can.IDENTITY_READ) or approves_it(actor, exhibit) or is_their_work(actor, exhibit)
        return own and may
    if actor.sees in SHOWN_OUTSIDE:
        return exhibit.holding.organisation_id == actor.organisation_id or exhibit.kind in SHOWN_OUTSIDE[actor.sees]
    return actor.sees != Sees.NOTHING


def approves_it(actor: Actor, exhibit: Exhibit) -> bool:
    """On the expense itself, where it is the receipt: nobody approves what they cannot see."""
    is_a_receipt = exhibit.kind == EvidenceKind.EXPENSE and exhibit.subject_type == "expense"
    return is_a_receipt and (actor.can(Can.EXPENSE_APPROVE) or actor.can(Can.EXPENSE_CONFIRM))


def may_have_the_original(actor: Actor, exhibit: Exhibit) -> bool:
    """Of what the actor may be shown: who holds it, and an agency where it was sent to be read by one."""
    own = exhibit.holding.organisation_id == actor.organisation_id
    return own or (actor.sees is Sees.AGENCY and exhibit.kind in FOR_THE_AGENCY)


def that_lead_to_the_buyer(session: Session, exhibits: Collection[Exhibit]) -> set[int]:
    """Ids of those that do, by the kind they were sent as, or by any kind that these bytes were ever called there."""
    called = sa.select(Exhibit.holding_id).where(
        Exhibit.holding_id.in_({exhibit.holding_id for exhibit in exhibits}), Exhibit.kind.in_(LEADS_TO_THE_BUYER)
    )
    holdings = set(session.scalars(called.distinct())) if exhibits else set()
    return {
        exhibit.id
        for exhibit in exhibits
        if exhibit.kind in LEADS_TO_THE_BUYER
        or exhibit.holding.kind in LEADS_TO_THE_BUYER
        or exhibit.holding_id in holdings
    }


def may_be_read_back(session: Session, holding: Holding, actor: Actor) -> bool:
    """Whether somebody of the organisation that holds it may fetch it without a case: who sent it, and of what does
    not lead to the buyer whoever works there with files of others. A buyer sees the own work only.
    """
    if holding.organisation_id != actor.organisation_id or actor.sees == Sees.NOTHING:
        return False
    if holding.sent_by_id is not None and holding.sent_by_id == actor.id:
        return True
    called = sa.exists().where(Exhibit.holding_id == holding.id, Exhibit.kind.in_(LEADS_TO_THE_BUYER))
    leads = holding.kind in LEADS_TO_THE_BUYER or bool(session.scalar(sa.select(called)))
    return not leads and actor.sees != Sees.OWN_WORK


def is_their_work(actor: Actor, exhibit: Exhibit) -> bool:
    """The buyer's own: they sent the picture, or bought what it proves."""
    if actor.sees != Sees.OWN_WORK:
        return False
    return exhibit.holding.sent_by_id == actor.id or actor.stands_over(case_of(exhibit))


def case_of(exhibit: Exhibit) -> Recorded:
    """The case that the exhibit refers to, whatever room it is of."""
    session = object_session(exhibit)
    assert session is not None, "attach() it first"
    models = (mapper.class_ for mapper in Base.registry.mappers)
    model = next(model for model in models if model.__tablename__ == exhibit.subject_type)
    case: Recorded = session.get_one(model, exhibit.subject_id)
    return case
