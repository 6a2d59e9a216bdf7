"""What was given up is found at once: whoever opens the first page is told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0026_dead_letters"
down_revision = "0025_vault"


def upgrade() -> None:
    dead = sa.text("dead_at IS NOT NULL")
    op.create_index("ix_delivery_dead", "delivery", ["dead_at"], sqlite_where=dead, postgresql_where=dead)


def downgrade() -> None:
    op.drop_index("ix_delivery_dead", table_name="delivery")
