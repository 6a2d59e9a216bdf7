"""Overdue clocks climb a ladder, each step once.

Clocks that are overdue already climb at the job's first look, with the legal moments of their steps.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058c_ladder"
down_revision = "0058b_alike"


def upgrade() -> None:
    op.create_table(
        "clock_rung",
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_clock_rung_clock_id")),
        sa.PrimaryKeyConstraint("clock_id", "step", name=op.f("pk_clock_rung")),
    )


def downgrade() -> None:
    op.drop_table("clock_rung")
