"""What was taken down is known again in later frames: fingerprints, the frames that were compared, the hits."""

import sqlalchemy as sa
from alembic import op

revision = "0062_radar"
down_revision = "0061_corrections"

WAITS = sa.text("decision IS NULL")


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listing_id", sa.String(100), nullable=False),
        sa.Column("barcode", sa.String(14), nullable=False),
        sa.Column("shop_code", sa.String(40), nullable=False),
        sa.Column("shop_id", sa.String(200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("picture", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_fingerprint_item_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_fingerprint_agency_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_fingerprint_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprint")),
        sa.UniqueConstraint("item_id", name=op.f("uq_fingerprint_item_id")),
    )
    op.create_index(op.f("ix_fingerprint_agency_id_verified_at"), "fingerprint", ["agency_id", "verified_at"])
    op.create_table(
        "swept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("frame_sha256", sa.String(64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_swept_agency_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_swept_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swept")),
        sa.UniqueConstraint(
            "agency_id", "campaign_id", "frame_sha256", name=op.f("uq_swept_agency_id_campaign_id_frame_sha256")
        ),
    )
    op.create_index("ix_swept_list", "swept", ["agency_id", "id"])
    op.create_table(
        "hit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("swept_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(100), nullable=False),
        sa.Column("is_itself", sa.Boolean(), nullable=False),
        sa.Column("sure", sa.String(32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_hit_decided_by_somebody")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_hit_decided_says_when")),
        sa.CheckConstraint("decision <> 'other' OR reason <> ''", name=op.f("ck_hit_other_says_why")),
        sa.ForeignKeyConstraint(["swept_id"], ["swept.id"], name=op.f("fk_hit_swept_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_hit_agency_id")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_hit_item_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_hit_platform_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_hit_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit")),
    )
    op.create_index("ix_hit_list", "hit", ["agency_id", "decision", "rank", "id"])
    op.create_index(op.f("ix_hit_item_id"), "hit", ["item_id"])
    op.create_index(
        "ix_hit_waits",
        "hit",
        ["agency_id", "platform_id", "listing_id"],
        unique=True,
        postgresql_where=WAITS,
        sqlite_where=WAITS,
    )


def downgrade() -> None:
    for table in ("hit", "swept", "fingerprint"):
        op.drop_table(table)
