"""A party withdraws its objection on its own page, and the agency takes note of it.

What was withdrawn before was entered by the agency itself: there is nothing to take note of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051_withdrawn_by_party"
down_revision = "0050_readings"


def upgrade() -> None:
    op.add_column("objection", sa.Column("withdrawn_by_party_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("objection", sa.Column("withdrawal_noted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("withdrawal_noted_at", "withdrawn_by_party_at"):
        op.drop_column("objection", name)
