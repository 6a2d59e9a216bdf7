"""How likely a listing was to be drawn, where that is not the same for all of its stratum."""

import sqlalchemy as sa
from alembic import op

revision = "0079_order"
down_revision = "0078_approval"


def upgrade() -> None:
    op.add_column("drawn", sa.Column("inclusion", sa.String(41), nullable=True))


def downgrade() -> None:
    op.drop_column("drawn", "inclusion")
