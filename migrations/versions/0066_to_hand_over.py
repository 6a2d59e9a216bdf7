"""A correction says whether its party is in another region's charge. Of those of before nobody has said so."""

import sqlalchemy as sa
from alembic import op

revision = "0066_to_hand_over"
down_revision = "0065_thread_at"


def upgrade() -> None:
    op.add_column("correction", sa.Column("to_hand_over", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("correction", "to_hand_over")
