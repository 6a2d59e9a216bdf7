"""A key names the form that it came by, so that a form sent twice makes one."""

import sqlalchemy as sa
from alembic import op

revision = "0027_keys_once"
down_revision = "0026_dead_letters"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("sent_as", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_api_key_sent_as"), "api_key", ["sent_as"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_api_key_sent_as"), "api_key")
    op.drop_column("api_key", "sent_as")
