"""A report that replaces another says why. Those that did so before were not asked, and say nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0047_change_reason"
down_revision = "0046_conclusion_told"


def upgrade() -> None:
    op.add_column("report", sa.Column("change_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("report", "change_reason")
