"""Of one calendar year one draft waits at a time. Where several did, the newest goes on, and the others are put away."""

import sqlalchemy as sa
from alembic import op

revision = "0059a_one_draft"
down_revision = "0059_seal_unread"
OPEN = sa.text("decided_at IS NULL")


def upgrade() -> None:
    op.execute(
        "UPDATE calendar_draft SET decided_at = drafted_at WHERE decided_at IS NULL AND id < "
        "(SELECT max(newer.id) FROM calendar_draft newer "
        "WHERE newer.year = calendar_draft.year AND newer.decided_at IS NULL)"
    )
    op.create_index(
        "uq_calendar_draft_open", "calendar_draft", ["year"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("uq_calendar_draft_open", "calendar_draft")
