"""A portion may be turned away without a look at its seal. Before, such a hand-over said that the seal was whole."""

import sqlalchemy as sa
from alembic import op

revision = "0059_seal_unread"
down_revision = "0058e_seen_to"


def upgrade() -> None:
    op.add_column("hand_over", sa.Column("seal_unread", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("hand_over", "seal_unread")
