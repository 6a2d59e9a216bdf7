"""Listings that are like a tested one, and barcode and model of a sample, by which they are found."""

import sqlalchemy as sa
from alembic import op

revision = "0058b_alike"
down_revision = "0058_captures"


def upgrade() -> None:
    op.add_column("sample", sa.Column("barcode", sa.String(length=14), nullable=False, server_default=""))
    op.add_column("sample", sa.Column("model", sa.String(length=200), nullable=False, server_default=""))
    op.create_table(
        "alike",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sure", sa.String(32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("frame_sha256", sa.String(64), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_alike_decided_by_somebody")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_alike_decided_says_when")),
        sa.CheckConstraint("decision <> 'rejected' OR reason <> ''", name=op.f("ck_alike_rejected_says_why")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_alike_agency_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_alike_finding_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_alike_platform_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_alike_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alike")),
        sa.UniqueConstraint(
            "finding_id", "platform_id", "listing_id", name=op.f("uq_alike_finding_id_platform_id_listing_id")
        ),
    )
    op.create_index("ix_alike_list", "alike", ["agency_id", "decision", "id"])
    op.create_index(op.f("ix_alike_platform_id_listing_id"), "alike", ["platform_id", "listing_id"])
    op.create_table(
        "looked_through",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("frame_sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_looked_through_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looked_through")),
        sa.UniqueConstraint("finding_id", "frame_sha256", name=op.f("uq_looked_through_finding_id_frame_sha256")),
    )


def downgrade() -> None:
    op.drop_table("looked_through")
    op.drop_table("alike")
    for name in ("model", "barcode"):
        op.drop_column("sample", name)
