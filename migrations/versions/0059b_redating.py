"""Dating running clocks anew is a job's work: its list says when it was finished. Lists of before were, at once."""

import sqlalchemy as sa
from alembic import op

revision = "0059b_redating"
down_revision = "0059a_one_draft"


def upgrade() -> None:
    op.add_column("redating", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE redating SET finished_at = at")


def downgrade() -> None:
    op.drop_column("redating", "finished_at")
