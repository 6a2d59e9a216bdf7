"""Published results are found by pinyin and in 繁體 too: room for how they sound. A job fills it, the newest first.

Not the migration: to read a million names takes minutes in which the program would stand still, and what they are read
by will be corrected again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0093_spelling"
down_revision = "0093_embargo"


def upgrade() -> None:
    op.add_column("result_entry", sa.Column("sounds", sa.Text(), nullable=False, server_default=""))
    op.add_column("result_entry", sa.Column("letters", sa.Text(), nullable=False, server_default=""))
    op.add_column("result_entry", sa.Column("spelling", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_result_entry_spelling", "result_entry", ["spelling", "result_id"])


def downgrade() -> None:
    op.execute("DELETE FROM result_pair WHERE length(pair) <> 2 OR pair LIKE '_ '")
    op.drop_index("ix_result_entry_spelling", table_name="result_entry")
    for name in ("spelling", "letters", "sounds"):
        op.drop_column("result_entry", name)
