"""A look at what is protected says its reason as a code, and the looks of an agency are found without its buyers' own.

Looks from before have none: what was written down is never changed, and the log finds out what was a buyer's own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0113_cover_protection"
down_revision = "0112_met"

OTHERS = sa.text("reason <> 'own'")


def upgrade() -> None:
    op.add_column("access", sa.Column("reason", sa.String(32), nullable=False, server_default=""))
    op.create_index(
        "ix_access_of_others", "access", ["organisation_id", "id"], sqlite_where=OTHERS, postgresql_where=OTHERS
    )
    op.create_index("ix_access_reader", "access", ["actor", "at"])


def downgrade() -> None:
    """The codes go; what was written beside them stays."""
    op.drop_index("ix_access_reader", "access")
    op.drop_index("ix_access_of_others", "access")
    op.drop_column("access", "reason")
