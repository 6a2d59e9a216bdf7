"""A label was scanned on the portion that it was printed for, and that is written down: a wrong one is found early."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.permit import permit
from quality.permissions import Can
from quality.purchases.models import Portion

SCANNED = "label_scanned"


def scan_label(session: Session, portion: Portion, *, by: Actor) -> None:
    permit(by, Can.SAMPLE_DISPATCH, portion)
    record(session, portion.sample, SCANNED, by=by, part=portion)
