"""A hand-over says that a portion was sent and nobody had scanned its label, and why.

Of those that are there it says nothing: nobody was asked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0119_label_unscanned"
down_revision = "0118_label_only"


def upgrade() -> None:
    op.add_column("hand_over", sa.Column("label_unscanned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("hand_over", sa.Column("no_scan", sa.String(300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("hand_over", "no_scan")
    op.drop_column("hand_over", "label_unscanned")
