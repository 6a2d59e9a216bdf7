"""Uploads whose process died before they were taken in, and those with which nobody goes on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.evidence.parts import PartStore
from quality.evidence.vault import Vault
from quality.field.models import Upload
from quality.field.taking import take_in_plain
from quality.field.uploads import LEASE, end
from quality.people.actor import Actor
from quality.people.models import Membership

AT_ONCE = 100


def take_in_what_was_left(sessions: sessionmaker[Session], vault: Vault, store: PartStore, now: datetime) -> int:
    """Whole files that nobody looked at: who brought the last byte did not come so far. Each by one process."""
    late = Upload.piece_id.is_(None), Upload.next_try_at <= now
    with sessions() as session:
        found = session.scalars(sa.select(Upload.id).where(*late).limit(AT_ONCE)).all()
    taken = 0
    for each in found:
        mine = sa.update(Upload).where(Upload.id == each, *late).values(next_try_at=now + LEASE)
        with sessions.begin() as session:
            membership_id = session.scalars(mine.returning(Upload.membership_id)).one_or_none()
        if membership_id is None:
            continue
        with sessions() as session:
            by = Actor.working_in(session.get_one(Membership, membership_id))
        take_in_plain(sessions, vault, store, each, by=by)
        taken += 1
    return taken


def end_old_uploads(sessions: sessionmaker[Session], store: PartStore, now: datetime) -> int:
    """Their time is over: what came of them goes, with what lost a race and no row names."""
    old = sa.select(Upload.id).where(Upload.expires_at <= now).order_by(Upload.expires_at).limit(AT_ONCE)
    with sessions() as session:
        found = session.scalars(old).all()
    ended = 0
    for each in found:
        with sessions.begin() as session:
            upload = session.get(Upload, each)
            if upload is None or upload.expires_at > now or upload.next_try_at is not None:
                continue
            token = upload.token
            end(session, upload)
        store.drop(list(store.lying(token)))
        ended += 1
    return ended
