"""How many pieces of a listing make one sample: what was planned before is counted by the piece, as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0084_pieces"
down_revision = "0083_sampled"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("pieces", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("campaign", "pieces")
