"""Whether anything is still under way that a job will do by itself within moments."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from quality import tables  # noqa: F401 - every table
from quality.clocks.jobs import has_run_out
from quality.clocks.models import Clock
from quality.delivery.models import Delivery, Endpoint
from quality.documents.models import Document
from quality.notices.models import Notice, NoticeStatus

SOON = timedelta(seconds=0)


def is_quiet(address: str, now: datetime) -> dict[str, int]:
    """What is still waiting for a job, by its name; empty: nothing."""
    engine = sa.create_engine(address, poolclass=sa.pool.NullPool)
    alive = sa.and_(Endpoint.stopped_at.is_(None), Endpoint.removed_at.is_(None))
    asked = {
        "notices to seal": sa.select(sa.func.count(Notice.id)).where(Notice.status == NoticeStatus.ISSUING),
        "documents to make": sa.select(sa.func.count(Document.id)).where(
            Document.sha256.is_(None), Document.withdrawn_at.is_(None)
        ),
        "webhooks to send": sa.select(sa.func.count(Delivery.id))
        .join(Delivery.endpoint)
        .where(alive, Delivery.next_try_at <= now + SOON),
        "clocks to ring": sa.select(sa.func.count(Clock.id)).where(has_run_out(now)),
    }
    try:
        with engine.connect() as connection:
            counted = {name: int(connection.execute(query).scalar_one()) for name, query in asked.items()}
    except sa.exc.OperationalError as away:
        return {f"the database ({away.orig})": 1}
    finally:
        engine.dispose()
    return {name: many for name, many in counted.items() if many}
