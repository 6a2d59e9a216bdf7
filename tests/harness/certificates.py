"""Certificates of the cast's laboratories: by default for what the campaign of tests/harness/campaigns.py asks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.competence.contents import Head, LineText
from quality.competence.models import Accreditation, Certificate
from quality.competence.operations import confirm, propose, set_scope
from quality.core import clock
from tests.harness.people import Cast
from tests.harness.workers import numbers

SCOPE = (LineText("磁通量指数"), LineText("可迁移元素:铅"))  # whatever the method; a colon of another width
HEAD = Head("230020341234", "云省市场监督管理局", date(2024, 1, 1), date(2029, 12, 31))


NUMBERS = numbers()


def today() -> date:
    return day_of(clock.now())


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def proposed_certificate(session: Session, cast: Cast, lines: Any = SCOPE, **changed: Any) -> Certificate:
    """By the laboratory's own signatory, for the agency."""
    kind = changed.pop("kind", Accreditation.CMA)
    laboratory = changed.pop("laboratory", cast.laboratory)
    by = cast.signatory if laboratory.id == cast.laboratory.id else cast.second_signatory
    made = propose(session, by=by, agency=cast.agency, laboratory=laboratory, kind=kind, head=HEAD._replace(**changed))
    set_scope(session, made, lines, by=by)
    return made


def certified(session: Session, cast: Cast, lines: Any = SCOPE, **changed: Any) -> Certificate:
    """Confirmed by the agency's coordinator."""
    made = proposed_certificate(session, cast, lines, **changed)
    confirm(session, made, by=cast.coordinator)
    return made
