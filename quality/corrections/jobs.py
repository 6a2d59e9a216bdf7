"""What falls with its finding: an order that was given because of a finding that is overturned does not stand."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.corrections.models import Correction, Transfer
from quality.corrections.operations.climbing import end
from quality.corrections.operations.transferring import withdraw_transfer
from quality.corrections.workflow import OPEN, SENT, TO_SEND
from quality.lab.models import Finding, FindingStatus
from quality.people.actor import SYSTEM

AT_ONCE = 200
OVERTURNED = "所依据的不合格结论已被推翻。"  # stands in the record, as people write there


def end_what_was_overturned(sessions: sessionmaker[Session]) -> int:
    """How many orders and transfers fell."""
    overturned = sa.select(Finding.id).where(Finding.status == FindingStatus.OVERTURNED)
    orders = sa.select(Correction.id).where(Correction.status.in_(OPEN), Correction.finding_id.in_(overturned))
    sent = sa.select(Transfer.id).where(Transfer.status.in_([TO_SEND, SENT]), Transfer.finding_id.in_(overturned))
    with sessions() as session:
        fallen = session.scalars(orders.limit(AT_ONCE)).all()
        called_back = session.scalars(sent.limit(AT_ONCE)).all()
    done = 0
    for key in fallen:
        with suppress(Refused), sessions.begin() as session:
            end(session, session.get_one(Correction, key), OVERTURNED, by=SYSTEM)
            done += 1
    for key in called_back:
        with suppress(Refused), sessions.begin() as session:
            withdraw_transfer(session, session.get_one(Transfer, key), OVERTURNED, by=SYSTEM)
            done += 1
    return done
