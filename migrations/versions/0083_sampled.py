"""What was sampled, by what it is known again, and the big frames that wait to be compared with it.

The first run of the job notes what was sampled before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0083_sampled"
down_revision = "0082_risk"


def upgrade() -> None:
    op.create_table(
        "sampled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drawn_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(100), nullable=False),
        sa.Column("barcode", sa.String(14), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("shop_code", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["drawn_id"], ["drawn.id"], name=op.f("fk_sampled_drawn_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_sampled_campaign_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_sampled_agency_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_sampled_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampled")),
        sa.UniqueConstraint("drawn_id", name=op.f("uq_sampled_drawn_id")),
    )
    op.create_index("ix_sampled_campaign_id", "sampled", ["campaign_id"])
    op.create_index("ix_sampled_agency_id_sampled_on", "sampled", ["agency_id", "sampled_on"])
    op.create_index("ix_sampled_agency_id_noted_at", "sampled", ["agency_id", "noted_at"])
    op.create_table(
        "comparison",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("problem IS NULL OR taken_at IS NOT NULL", name=op.f("ck_comparison_failed_was_taken")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_comparison_campaign_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_comparison_asked_by_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_comparison")),
    )


def downgrade() -> None:
    op.drop_table("comparison")
    op.drop_table("sampled")
