"""What people did at a step of the ladder is written down with it. Of steps reached before nothing is known."""

import sqlalchemy as sa
from alembic import op

revision = "0058e_seen_to"
down_revision = "0058d_feeds"


def upgrade() -> None:
    with op.batch_alter_table("clock_rung") as table:  # no table refers to it
        table.add_column(sa.Column("seen_to_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("seen_to_by", sa.String(64), nullable=True))
        table.add_column(sa.Column("note", sa.Text(), nullable=True))
        table.create_check_constraint(
            op.f("ck_clock_rung_is_seen_to_by_somebody"), "(seen_to_at IS NULL) = (seen_to_by IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("clock_rung") as table:
        table.drop_constraint(op.f("ck_clock_rung_is_seen_to_by_somebody"), type_="check")
        for name in ("note", "seen_to_by", "seen_to_at"):
            table.drop_column(name)
