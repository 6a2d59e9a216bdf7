"""Legal clocks, what changed them, and the calendars of years."""

import sqlalchemy as sa
from alembic import op

revision = "0004_clocks"
down_revision = "0003_evidence"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
