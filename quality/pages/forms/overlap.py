"""Overlap with an earlier campaign, or none, as a coordinator asks for it: which campaign, which part, how far."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.design import Design
from quality.campaigns.numbers import First
from quality.campaigns.overlap import closed_by_number, closed_by_seed, drawn_until
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.pages.forms.by_stratum import Names, as_lines, numbers_by_stratum
from quality.pages.forms.fields import Choice, Form, Line, Paragraph
from quality.people.actor import Actor

OVERLAP = ("numbers_from", "numbers_first", "numbers_below")
FIELDS = {"numbers.seed": "numbers_from", "numbers": "numbers_from", "numbers.first": "numbers_first"}


class OverlapFields(Form):
    numbers_from = Line(
        _("Earlier campaign"), _("The number of a closed campaign of your agency; stays empty for none"), optional=True
    )
    numbers_first = Choice(_("What it drew"), optional=True)
    numbers_below = Paragraph(
        _("How far it drew"),
        _("Stays empty for as far as it drew. Else a stratum a line: name = share between 0 and 1"),
        optional=True,
    )


def numbers_of(
    session: Session, me: Actor, form: OverlapFields, of: Names, problems: list[FieldProblem]
) -> dict[str, Any] | None:
    """`numbers` of a design as JSON, None where nothing is asked for."""
    typed = (form.numbers_from.data or "").strip()
    if not typed or me.organisation_id is None:
        return None
    campaign = closed_by_number(session, me.organisation_id, typed)
    if campaign is None:
        said = _("No closed campaign of your agency has this number")
        problems.append(FieldProblem("numbers_from", "not_closed", said))
        return None
    below = numbers_by_stratum(form.numbers_below.data or "", problems, "numbers_below", of=of)
    return {
        "seed": campaign.seed,
        "below": {name: f"{share:f}" for name, share in (below or drawn_until(session, campaign)).items()},
        "first": form.numbers_first.data or First.ABOVE.value,
    }


def overlap_as_typed(session: Session, agency_id: int, design: Design) -> dict[str, str]:
    """The reverse of `numbers_of`."""
    if design.numbers is None:
        return {}
    campaign = closed_by_seed(session, agency_id, design.numbers.seed)
    return {
        "numbers_from": campaign.number if campaign else "",
        "numbers_first": design.numbers.first.value,
        "numbers_below": as_lines(dict(design.numbers.below), design),
    }


def at_its_field(problem: FieldProblem) -> FieldProblem:
    """What the design says of `numbers`, at the field where it was typed."""
    named = problem.field
    return problem._replace(field=FIELDS.get(named, "numbers_below" if named.startswith("numbers.") else named))
