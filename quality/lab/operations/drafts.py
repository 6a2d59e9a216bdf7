"""Results that are not handed in yet: kept as they were typed, for whoever of the laboratory goes on with them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.lab.models import ReportDraft
from quality.lab.operations.asking import require
from quality.lab.queries import draft_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion


def keep_draft(session: Session, portion: Portion, typed: Mapping[str, str], *, by: Actor, seen: int) -> None:
    """Put `typed` in the place of the draft that was `seen`: its version, 0 where there was none.

    A draft that somebody kept meanwhile stays, and is named.
    """
    require(by, Can.REPORT_ENTER, portion)
    facts = {"typed": dict(typed), "kept_by_id": by.id, "kept_at": clock.now()}
    if not seen:
        new = sa.insert(ReportDraft).values(
            portion_id=portion.id, laboratory_id=portion.laboratory_id, version=1, **facts
        )
        try:
            with session.begin_nested():
                session.execute(new)
        except IntegrityError as first:
            raise changed_meanwhile(session, portion) from first
        return
    mine = sa.update(ReportDraft).where(ReportDraft.portion_id == portion.id, ReportDraft.version == seen)
    if session.scalars(mine.values(version=seen + 1, **facts).returning(ReportDraft.portion_id)).first() is None:
        raise changed_meanwhile(session, portion)


def refuse_if_drafted_since(session: Session, portion: Portion, seen: int) -> None:
    """Before results are handed in, which ends the draft: one that the sender has not seen is no one's to end."""
    present = draft_of(session, portion)
    if present is not None and present.version != seen:
        raise changed_meanwhile(session, portion)


def drop_draft(session: Session, portion: Portion) -> None:
    session.execute(sa.delete(ReportDraft).where(ReportDraft.portion_id == portion.id))


def changed_meanwhile(session: Session, portion: Portion) -> Invalid:
    present = draft_of(session, portion)
    text = (
        _(
            "%(name)s kept a draft after you opened this page, and yours was not recorded. Look at it first; "
            "pressing once more puts yours in its place",
            name=present.kept_by.name,
        )
        if present
        else _("A report was entered after you opened this page, and yours was not recorded. Look at it first")
    )
    return Invalid(FieldProblem("draft", "changed_meanwhile", text))
