"""Plans are kept as they were submitted for review; a campaign knows the form it came by.

Campaigns submitted before have no version kept: their next submission is their first. Not in batch mode: SQLite would
drop the table, to which tasks refer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_campaign_versions"
down_revision = "0012_result_search"


def upgrade() -> None:
    op.create_table(
        "campaign_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_version_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_version")),
        sa.UniqueConstraint("campaign_id", "edition", name=op.f("uq_campaign_version_campaign_id_edition")),
    )
    op.add_column("campaign", sa.Column("sent_as", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_campaign_sent_as"), "campaign", ["sent_as"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_campaign_sent_as"), table_name="campaign")
    op.drop_column("campaign", "sent_as")
    op.drop_table("campaign_version")
