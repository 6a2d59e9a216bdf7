"""A finding names the overturned one that it follows, where a re-inspection had the last word.

Samples whose finding was overturned before stay as they are: their next step closes them.
"""

from alembic import op

revision = "0031_last_word"
down_revision = "0028_signs_of_life"


def upgrade() -> None:
    # batch mode would rebuild a table that others refer to
    op.execute(
        "ALTER TABLE finding ADD COLUMN follows_id INTEGER CONSTRAINT fk_finding_follows_id REFERENCES finding (id)"
    )
    op.create_index("ix_finding_follows_id", "finding", ["follows_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_finding_follows_id", table_name="finding")
    op.drop_column("finding", "follows_id")
