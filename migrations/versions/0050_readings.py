"""What a place of the store was measured at, and what was done where that was outside of its range."""

import sqlalchemy as sa
from alembic import op

revision = "0050_readings"
down_revision = "0047_change_reason"


def upgrade() -> None:
    op.create_table(
        "storage_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenths_celsius", sa.Integer(), nullable=False),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("NOT is_outside OR note <> ''", name=op.f("ck_storage_reading_outside_says_what_was_done")),
        sa.ForeignKeyConstraint(["place_id"], ["storage_place.id"], name=op.f("fk_storage_reading_place_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_storage_reading_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_reading")),
    )
    op.create_index("ix_storage_reading_of_place", "storage_reading", ["place_id", "at"])


def downgrade() -> None:
    op.drop_table("storage_reading")
