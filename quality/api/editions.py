"""Editions of an issued notice: drafted by an agency's program, and read by it."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.alike import called
from quality.api.platform import EditionIssued
from quality.api.shapes import (
    Id,
    Line,
    Moment,
    Paragraph,
    Sent,
    Version,
)
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.payload import edition_told
from quality.lab.models import Finding
from quality.lab.queries import findings_visible_to
from quality.notices import operations
from quality.notices.editions import editions_of
from quality.notices.models import Measure, Notice, NoticeEdition
from quality.people.actor import Actor
from quality.permissions import Sees


class EditionTold(EditionIssued):
    """As the agency sees it: also what is drafted, and who stands for it."""

    drafted_by: str
    drafted_at: Moment
    approved_by: str | None
    approved_at: Moment | None


def editions_told(session: Session, notice: Notice, me: Actor) -> list[dict[str, Any]]:
    return [edition_by(each) for each in editions_of(session, notice, issued_only=me.sees is Sees.PLATFORM)]


def edition_by(edition: NoticeEdition) -> dict[str, Any]:
    return edition_told(edition) | {
        "issued_at": edition.issued_at,
        "drafted_by": edition.drafted_by.name,
        "drafted_at": edition.drafted_at,
        "approved_by": edition.approved_by.name if edition.approved_by else None,
        "approved_at": edition.approved_at,
    }


class Amending(Sent):
    """The next edition, whole: what is left out of its texts is empty in it, as on the page."""

    version: Version
    reason: Paragraph = Field(description="Why; stands first on the new edition")
    legal_basis: Paragraph
    reasons: Paragraph
    measures: list[Measure] = Field(max_length=len(Measure))
    answer_to: Paragraph = ""
    how_to_object: Paragraph = ""
    withdrawn: list[Id] = Field([], max_length=500, description="Ids of items that it takes back")
    findings: list[Line] = Field([], max_length=200, description="Numbers of findings whose tested listings it adds")
    alike: list[Id] = Field([], max_length=200, description="Ids of confirmed listings that it adds")


def findings_called(session: Session, numbers: list[str], by: Actor) -> list[Finding]:
    asked = findings_visible_to(by).where(Finding.number.in_(numbers))
    there = {each.number: each for each in session.scalars(asked)}
    unknown = [
        FieldProblem(f"findings {place}", "unknown", _("There is no finding with this number"))
        for place, number in enumerate(numbers, 1)
        if number not in there
    ]
    if unknown:
        raise Invalid(*unknown)
    return list(there.values())


def amend(session: Session, notice: Notice, given: Amending, by: Actor) -> None:
    operations.amend(
        session,
        notice,
        by=by,
        findings=findings_called(session, given.findings, by),
        alike=called(given.alike),
        **given.model_dump(exclude={"findings", "alike"}),
    )
