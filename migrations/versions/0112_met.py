"""Hand-overs from telephone to telephone: each side by itself, until both have come."""

import sqlalchemy as sa
from alembic import op

revision = "0112_met"
down_revision = "0111_listing_pages"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("hand_over_id", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("set_aside_at", MOMENT, nullable=True),
        sa.Column("set_aside_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_meeting_agency_id")),
        sa.ForeignKeyConstraint(["hand_over_id"], ["hand_over.id"], name=op.f("fk_meeting_hand_over_id")),
        sa.ForeignKeyConstraint(["set_aside_by_id"], ["person.id"], name=op.f("fk_meeting_set_aside_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("agency_id", "code", name=op.f("uq_meeting_agency_id_code")),
    )
    op.create_index(op.f("ix_meeting_agency_id_hand_over_id_id"), "meeting", ["agency_id", "hand_over_id", "id"])
    op.create_table(
        "meeting_side",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(32), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=True),
        sa.Column("seal_no", sa.String(40), nullable=False),
        sa.Column("seal_intact", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("condition", sa.String(300), nullable=False),
        sa.Column("tenths_celsius", sa.Integer(), nullable=True),
        sa.Column("no_photo", sa.String(300), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_side_meeting_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_meeting_side_membership_id")),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_meeting_side_portion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_side")),
        sa.UniqueConstraint("meeting_id", "side", name=op.f("uq_meeting_side_meeting_id_side")),
    )
    op.create_index(op.f("ix_meeting_side_portion_id"), "meeting_side", ["portion_id"])


def downgrade() -> None:
    """What both sides said is a hand-over by then; what only one said goes."""
    op.drop_table("meeting_side")
    op.drop_table("meeting")
