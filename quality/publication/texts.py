"""Templates of announcements, an agency's own edition by edition, and the text of each announcement, likewise.

Neither ever changes: an edit is a new edition, and another person puts it in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from quality.campaigns.models import Campaign, CampaignKind
from quality.core import clock
from quality.core.db import partial_index
from quality.core.events import Recorded
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.publication.wording import figures_in, still_holds

WAITING = sa.text("approved_at IS NULL AND ended_at IS NULL")
STANDING = sa.text("approved_at IS NOT NULL AND ended_at IS NULL")


class AnnouncementTemplate(Recorded):
    """One edition of an agency's template for campaigns of one kind. Who drafts a text begins with the one in force."""

    __tablename__ = "announcement_template"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "kind", "edition"),
        partial_index("uq_announcement_template_waiting", "agency_id", "kind", where=WAITING, unique=True),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
    )

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[CampaignKind]
    edition: Mapped[int]  # from 1
    says: Mapped[dict[str, Any]]  # by language
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # put away

    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    @property
    def is_waiting(self) -> bool:
        return self.approved_at is None and self.ended_at is None


class AnnouncementText(Recorded):
    """The words of a campaign's announcement, as an editor has them and another person approved.

    `rests_on` are the figures with which it was filled: when the announcement is made with others, the text stands no
    longer (`is_behind`), and another is written.
    """

    __tablename__ = "announcement_text"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "edition"),
        partial_index("uq_announcement_text_waiting", "campaign_id", where=WAITING, unique=True),
        partial_index("uq_announcement_text_standing", "campaign_id", where=STANDING, unique=True),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
        sa.Index("ix_announcement_text_list", "agency_id", "id"),
    )

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    edition: Mapped[int]  # from 1, of this campaign
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement_template.id"))  # None: the shipped one
    says: Mapped[dict[str, Any]]  # by language, filled in
    sha256: Mapped[str] = mapped_column(sa.String(64))  # over that as canonical JSON
    rests_on: Mapped[dict[str, Any]]
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # put away, behind, or another took its place
    is_behind: Mapped[bool] = mapped_column(default=False)  # nobody has written another yet

    campaign: Mapped[Campaign] = relationship()
    agency: Mapped[Organisation] = relationship()
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    @property
    def is_waiting(self) -> bool:
        return self.approved_at is None and self.ended_at is None


def standing_text(session: Session, campaign_id: int) -> AnnouncementText | None:
    """The one that stands in the announcement."""
    of = sa.select(AnnouncementText).where(AnnouncementText.campaign_id == campaign_id)
    of = of.where(AnnouncementText.approved_at.is_not(None), AnnouncementText.ended_at.is_(None))
    return session.scalars(of).one_or_none()


def last_text(session: Session, campaign_id: int) -> AnnouncementText | None:
    """The newest edition, whatever became of it."""
    of = sa.select(AnnouncementText).where(AnnouncementText.campaign_id == campaign_id)
    return session.scalars(of.order_by(AnnouncementText.edition.desc()).limit(1)).one_or_none()


def said_in(session: Session, campaign: Campaign, says: Mapping[str, Any], *, by: Actor) -> dict[str, Any] | None:
    """What the announcement says in an editor's words. None: nothing, or what was written of figures that are others.

    A text that names what is withdrawn leaves with it, in the same transaction.
    """
    text = standing_text(session, campaign.id)
    if text is None:
        return None
    if not still_holds(text.rests_on, figures_in(says, agency=text.agency.name, number=campaign.number)):
        facts = {"ended_at": clock.now(), "is_behind": True}
        record(session, text, "fall_behind", by=by, facts=facts)
        return None
    return as_frozen(text)


def as_frozen(text: AnnouncementText) -> dict[str, Any]:
    return {"zh": text.says["zh"], "en": text.says["en"], "edition": str(text.edition), "sha256": text.sha256}
