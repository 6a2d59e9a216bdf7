"""What happens by itself: that somebody opened a notice for its platform proves that it was received."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.core.events import Access
from quality.informing.models import SampleNotice
from quality.informing.operations import prove_opening
from quality.informing.queries import OPENED, first_openings

AT_ONCE = 200


def prove_what_was_opened(sessions: sessionmaker[Session]) -> int:
    """How many were proven. A look writes `access` only; twenty runs at once prove once, from the first look."""
    opened = sa.exists().where(
        Access.subject_type == SampleNotice.__tablename__,
        Access.subject_id == SampleNotice.id,
        Access.what == OPENED,
        Access.organisation_id == SampleNotice.platform_id,
    )
    waiting = sa.select(SampleNotice.id).where(
        SampleNotice.platform_id.is_not(None), SampleNotice.received_at.is_(None), opened
    )
    with sessions() as session:
        due = session.scalars(waiting.order_by(SampleNotice.id).limit(AT_ONCE)).all()
        seen = first_openings(session, due)
    proven = 0
    for key, at in seen.items():
        with suppress(Refused), sessions.begin() as session:
            prove_opening(session, session.get_one(SampleNotice, key), at)
            proven += 1
    return proven
