"""Control samples (质控样): what they hold, and the portions of them that went to laboratories as if they were bought.

A portion of a control is a `Sample` that no task brought: laboratories get it like any other, by a blind number, and
nothing that counts samples sees it (purchases/queries.py, docs/decisions/0032).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from quality.campaigns.models import Campaign, CampaignItem
from quality.core.db import Base, by_bytes
from quality.core.workflow import Case
from quality.lab.models import Report, Verdict
from quality.people.models import Organisation
from quality.purchases.models import Sample


class ControlKind(StrEnum):
    KNOWN = "known"  # its content is known: a reference material, or one that was spiked
    SPLIT = "split"  # more of a sample that was bought: another laboratory tests the same


class ControlStatus(StrEnum):
    IN_USE = "in_use"
    WITHDRAWN = "withdrawn"  # it was not what it was taken for: nothing that came of it counts


class Control(Case):
    """One material, from which portions are sealed and sent under ordinary blind numbers."""

    __tablename__ = "control"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'split') = (split_of_id IS NOT NULL)", name="split_says_of_what"),
        sa.Index("ix_control_list", "agency_id", "status", "id"),
    )

    number: Mapped[str] = mapped_column(by_bytes(36), unique=True)
    status: Mapped[ControlStatus] = mapped_column(default=ControlStatus.IN_USE, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[ControlKind]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)  # in whose flow it goes
    split_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sample.id"), index=True)
    product_name: Mapped[str] = mapped_column(sa.String(200))  # what it passes for
    material: Mapped[str] = mapped_column(sa.String(300))  # what it is, and who vouches for its content
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    # the form it came by: sent twice, made once
    sent_as: Mapped[str | None] = mapped_column(sa.String(64), unique=True)

    agency: Mapped[Organisation] = relationship()
    campaign: Mapped[Campaign] = relationship()
    split_of: Mapped[Sample | None] = relationship()
    contents: Mapped[list[ControlContent]] = relationship(back_populates="control", order_by="ControlContent.id")
    units: Mapped[list[ControlUnit]] = relationship(back_populates="control", order_by="ControlUnit.id")


class ControlContent(Base):
    """One test item that a control is sent for, and what is known of it: a verdict, a value, both, or nothing.

    Numbers are kept as text, to the digit as they were given.
    """

    __tablename__ = "control_content"
    __table_args__ = (
        sa.UniqueConstraint("control_id", "campaign_item_id"),
        sa.CheckConstraint("sigma IS NULL OR assigned IS NOT NULL", name="sigma_of_a_value"),
        sa.CheckConstraint("uncertainty IS NULL OR assigned IS NOT NULL", name="uncertainty_of_a_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    control_id: Mapped[int] = mapped_column(sa.ForeignKey("control.id"))
    campaign_item_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_item.id"))
    expected: Mapped[Verdict | None]
    assigned: Mapped[str | None] = mapped_column(sa.String(50))
    unit: Mapped[str] = mapped_column(sa.String(50), default="")
    sigma: Mapped[str | None] = mapped_column(sa.String(50))  # standard deviation for proficiency assessment
    uncertainty: Mapped[str | None] = mapped_column(sa.String(50))  # standard uncertainty of the assigned value

    control: Mapped[Control] = relationship(back_populates="contents")
    item: Mapped[CampaignItem] = relationship()


class ControlUnit(Base):
    """A portion of a control as it was sealed and sent: the sample under which the laboratory has it."""

    __tablename__ = "control_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    control_id: Mapped[int] = mapped_column(sa.ForeignKey("control.id"), index=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"), unique=True)

    control: Mapped[Control] = relationship(back_populates="units")
    sample: Mapped[Sample] = relationship()
    reports: Mapped[list[Report]] = relationship(
        primaryjoin=lambda: foreign(Report.sample_id) == ControlUnit.sample_id, viewonly=True, order_by="Report.id"
    )


def number_of(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
