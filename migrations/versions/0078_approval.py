"""Which edition of a plan was approved, when, by whom, and its sha256 as the record has it.

What is approved already was its last submission: until now nothing took an approval back. Its sha256 stands in no
record, so that it has none here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0078_approval"
down_revision = "0075_drawn_from"
APPROVED = """
UPDATE campaign_version SET
    approved_at = (SELECT max(event.at) FROM event WHERE event.subject_type = 'campaign'
                   AND event.subject_id = campaign_version.campaign_id AND event.action = 'approve'),
    approved_by_id = (SELECT campaign.approved_by_id FROM campaign WHERE campaign.id = campaign_version.campaign_id)
WHERE edition = (SELECT max(other.edition) FROM campaign_version AS other
                 WHERE other.campaign_id = campaign_version.campaign_id)
AND EXISTS (SELECT 1 FROM campaign WHERE campaign.id = campaign_version.campaign_id
            AND campaign.approved_by_id IS NOT NULL)
"""


def upgrade() -> None:
    with op.batch_alter_table("campaign_version") as table:
        table.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("plan_sha256", sa.String(64), nullable=True))
        table.create_foreign_key(op.f("fk_campaign_version_approved_by_id"), "person", ["approved_by_id"], ["id"])
    op.execute(APPROVED)


def downgrade() -> None:
    with op.batch_alter_table("campaign_version") as table:
        table.drop_constraint(op.f("fk_campaign_version_approved_by_id"), type_="foreignkey")
        for name in ("plan_sha256", "approved_by_id", "approved_at"):
            table.drop_column(name)
