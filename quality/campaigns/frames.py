"""The frames of an agency: each file that was imported, once, with where it came from and what became of its rows."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.frame import ImportReport
from quality.campaigns.frame.noted import counted
from quality.campaigns.models import Campaign, CampaignStatus, Frame, FrameSource
from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted
from quality.core.words import _
from quality.people.actor import Actor
from quality.permissions import Can, Sees

SHA256 = re.compile(r"[0-9a-f]{64}")
LENGTH = 200  # of a file's name


def visible_to(actor: Actor) -> sa.Select[Frame]:
    """The own agency's only: what is bought from, and what else could be, is read by who plans it or reviews it."""
    own = actor.sees is Sees.AGENCY and actor.can(Can.CAMPAIGN_READ)
    asked = sa.select(Frame).options(joinedload(Frame.imported_by), joinedload(Frame.source))
    return asked.where(Frame.agency_id == actor.organisation_id if own else sa.false())


def one_frame(session: Session, actor: Actor, key: int) -> Frame:
    found = session.scalars(visible_to(actor).where(Frame.id == key)).one_or_none()
    if found is None:
        raise NotFound(str(key))
    return found


def listed(session: Session, actor: Actor, before: int | None, limit: int) -> list[Frame]:
    """The newest, or those older than `before`."""
    asked = visible_to(actor).order_by(Frame.id.desc()).limit(limit)
    return list(session.scalars(asked if before is None else asked.where(Frame.id < before)))


def source_named(session: Session, name: str, *, by: Actor) -> FrameSource | None:
    """Where a file comes from, by its name in the agency; a new name is remembered from now on. None for no name."""
    called = name.strip()[:LENGTH]
    if not called or by.organisation_id is None:
        return None
    new = insert_into(session, FrameSource).values(
        agency_id=by.organisation_id, name=called, mapping={}, used_at=clock.now()
    )
    session.execute(new.on_conflict_do_nothing(index_elements=["agency_id", "name"]))
    asked = sa.select(FrameSource).where(FrameSource.agency_id == by.organisation_id, FrameSource.name == called)
    return session.scalars(asked).one()


def sources(session: Session, agency_id: int, limit: int) -> list[str]:
    """The names, the last used first."""
    asked = sa.select(FrameSource.name).where(FrameSource.agency_id == agency_id)
    return list(session.scalars(asked.order_by(FrameSource.used_at.desc(), FrameSource.id.desc()).limit(limit)))


def campaigns_from(session: Session, frame: Frame, limit: int) -> list[Campaign]:
    """The campaigns of its agency that are drawn from it, the newest first."""
    asked = sa.select(Campaign).where(
        Campaign.agency_id == frame.agency_id,
        Campaign.frame_sha256 == frame.sha256,
        Campaign.status != CampaignStatus.CANCELLED,
    )
    return list(session.scalars(asked.order_by(Campaign.id.desc()).limit(limit)))


def drafts(session: Session, actor: Actor, limit: int) -> list[Campaign]:
    """What can be given a frame: the drafts of the own agency, the newest first."""
    asked = sa.select(Campaign).where(
        Campaign.agency_id == actor.organisation_id, Campaign.status == CampaignStatus.DRAFT
    )
    return list(session.scalars(asked.order_by(Campaign.id.desc()).limit(limit)))


def keep_frame(
    session: Session, imported: ImportReport, agency_id: int, imported_by_id: int, source_id: int | None = None
) -> None:
    """The frame that a file became. The second time nothing changes: the first import stands."""
    found = insert_into(session, Frame).values(
        agency_id=agency_id,
        sha256=imported.sha256,
        source_id=source_id,
        name=imported.source[:LENGTH],
        encoding=imported.encoding,
        rows=imported.rows,
        accepted=imported.accepted,
        refused=imported.refused,
        refused_file=imported.refused_file.name if imported.refused_file else None,
        imported_at=clock.now(),
        imported_by_id=imported_by_id,
    )
    session.execute(found.on_conflict_do_nothing(index_elements=["agency_id", "sha256"]))


def take_up(session: Session, sha256: str, *, by: Actor, frames: Path) -> Frame:
    """A frame that `mingcha frame import` froze on the server becomes one of the agency.

    Whoever names its sha256 has it from there: nobody finds another agency's frame by guessing.
    """
    if not by.can(Can.CAMPAIGN_PLAN) or by.organisation_id is None or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
    typed = sha256.strip().lower()
    if not SHA256.fullmatch(typed):
        raise Invalid(FieldProblem("sha256", "bad_sha256", _("Copy the 64 digits that the command printed")))
    stored = frames / f"{typed}.parquet"
    if not stored.is_file():
        raise Invalid(FieldProblem("sha256", "no_such_frame", _("No frame with this sha256 was imported here")))
    said = counted(stored)
    imported = ImportReport(
        source=said.name,
        encoding=said.encoding,
        rows=said.rows,
        accepted=said.accepted,
        refused=said.rows - said.accepted,
        problems=[],
        refused_file=frames / said.refused_file if said.refused_file else None,
        path=stored,
        sha256=typed,
    )
    keep_frame(session, imported, by.organisation_id, by.id)
    return session.scalars(visible_to(by).where(Frame.sha256 == typed)).one()
