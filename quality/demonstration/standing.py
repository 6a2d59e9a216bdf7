"""What a database holds, as far as the demonstration asks."""

from __future__ import annotations

from enum import Enum, auto

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.demonstration import people
from quality.people.models import Organisation

LOADED = "demonstration_loaded"  # the last event that loading writes, on the agency
CLEARING = "demonstration_clearing"  # the first that clearing writes


class Standing(Enum):
    EMPTY = auto()
    BEGUN = auto()  # loading was cut short; the next load clears it away and begins again
    LOADED = auto()
    CLEARING = auto()  # clearing was cut short; the next goes on
    OTHER = auto()  # somebody works here already


def standing(session: Session) -> Standing:
    if not people.are_there(session):
        return Standing.EMPTY if session.scalars(sa.select(Event.id).limit(1)).first() is None else Standing.OTHER
    marks = sa.select(Event.action).where(Event.subject_type == Organisation.__tablename__)
    found = set(session.scalars(marks.where(Event.action.in_([LOADED, CLEARING]))))
    if CLEARING in found:
        return Standing.CLEARING
    return Standing.LOADED if LOADED in found else Standing.BEGUN
