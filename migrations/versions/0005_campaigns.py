"""Campaigns, their test items and what was drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0005_campaigns"
down_revision = "0004_clocks"


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("price_cap_fen", sa.Integer(), nullable=True),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("walk_of", sa.String(length=64), nullable=True),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("frame_sha256", sa.String(length=64), nullable=True),
        sa.Column("frame_rows", sa.Integer(), nullable=True),
        sa.Column("frame_source", sa.String(length=200), nullable=True),
        sa.Column("frame_hash", sa.String(length=64), nullable=True),
        sa.Column("design_hash", sa.String(length=64), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=True),
        sa.Column("commitment", sa.String(length=64), nullable=True),
        sa.Column("public_event", sa.String(length=200), nullable=True),
        sa.Column("public_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_number", sa.String(length=100), nullable=True),
        sa.Column("public_number_source", sa.String(length=300), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'approved', 'cancelled') OR commitment IS NOT NULL",
            name=op.f("ck_campaign_frozen_has_commitment"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'cancelled') OR (approved_by_id IS NOT NULL AND frame_sha256 IS NOT NULL)",
            name=op.f("ck_campaign_approved_has_frame"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('drawn', 'in_field', 'closed') OR seed IS NOT NULL", name=op.f("ck_campaign_drawn_has_seed")
        ),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_campaign_four_eyes")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_campaign_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_campaign_agency_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_campaign_approved_by_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_campaign_drafted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("number", name=op.f("uq_campaign_number")),
        sa.UniqueConstraint("walk_of", name=op.f("uq_campaign_walk_of")),
    )
    op.create_index(op.f("ix_campaign_agency_id"), "campaign", ["agency_id"], unique=False)
    op.create_index(op.f("ix_campaign_status"), "campaign", ["status"], unique=False)
    op.create_table(
        "campaign_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("limit", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("clause", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_item_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_item")),
        sa.UniqueConstraint("campaign_id", "product", "item", name=op.f("uq_campaign_item_campaign_id_product_item")),
    )
    op.create_index(op.f("ix_campaign_item_campaign_id"), "campaign_item", ["campaign_id"], unique=False)
    op.create_table(
        "drawn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(length=100), nullable=False),
        sa.Column("draw_digest", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_drawn_campaign_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_drawn_platform_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["drawn.id"], name=op.f("fk_drawn_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawn")),
        sa.UniqueConstraint("campaign_id", "listing_id", name=op.f("uq_drawn_campaign_id_listing_id")),
        sa.UniqueConstraint(
            "campaign_id", "stratum", "role", "rank", name=op.f("uq_drawn_campaign_id_stratum_role_rank")
        ),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_drawn_replaces_id")),
    )


def downgrade() -> None:
    op.drop_table("drawn")
    op.drop_index(op.f("ix_campaign_item_campaign_id"), table_name="campaign_item")
    op.drop_table("campaign_item")
    op.drop_index(op.f("ix_campaign_status"), table_name="campaign")
    op.drop_index(op.f("ix_campaign_agency_id"), table_name="campaign")
    op.drop_table("campaign")
