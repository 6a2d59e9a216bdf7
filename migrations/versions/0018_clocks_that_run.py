"""Clocks that run are walked by kind and day, however many have stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0018_clocks_that_run"
down_revision = "0017_report_draft"
RUNS = sa.text("stopped_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_clock_due", "clock", ["subject_type", "due_at", "id"], sqlite_where=RUNS, postgresql_where=RUNS)


def downgrade() -> None:
    op.drop_index("ix_clock_due", table_name="clock")
