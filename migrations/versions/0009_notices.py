"""Disposal notices, their items, claims and looks; receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0009_notices"
down_revision = "0008_objections"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("answer_to", sa.Text(), nullable=False),
        sa.Column("how_to_object", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("sealed_sha256", sa.String(length=64), nullable=True),
        sa.Column("verification_code", sa.String(length=20), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("platform_reference", sa.String(length=100), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'approved', 'withdrawn') OR number IS NOT NULL",
            name=op.f("ck_notice_issued_has_number"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'withdrawn') OR approved_by_id IS NOT NULL",
            name=op.f("ck_notice_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('issued', 'served', 'acknowledged', 'answered', 'closed', 'reopened') OR sealed_sha256 IS NOT NULL",
            name=op.f("ck_notice_issued_is_sealed"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('served', 'acknowledged', 'answered', 'closed', 'reopened') OR served_at IS NOT NULL",
            name=op.f("ck_notice_served_has_moment"),
        ),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_notice_four_eyes")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_notice_agency_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_notice_approved_by_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_notice_drafted_by_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_notice_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_notice_reference")),
        sa.UniqueConstraint("verification_code", name=op.f("uq_notice_verification_code")),
    )
    op.create_index(op.f("ix_notice_agency_id"), "notice", ["agency_id"], unique=False)
    op.create_index(op.f("ix_notice_platform_id"), "notice", ["platform_id"], unique=False)
    op.create_index(op.f("ix_notice_status"), "notice", ["status"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_receipt_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_notice_id"), "receipt", ["notice_id"], unique=False)
    op.create_table(
        "notice_item",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("listing_id", sa.String(length=100), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("excuse", sa.String(32), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status <> 'excused' OR excuse IS NOT NULL", name=op.f("ck_notice_item_excused_has_reason")),
        sa.CheckConstraint(
            "status NOT IN ('verified', 'excused') OR settled_at IS NOT NULL",
            name=op.f("ck_notice_item_settled_has_moment"),
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_notice_item_finding_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_item_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_item")),
        sa.UniqueConstraint("notice_id", "listing_id", name=op.f("uq_notice_item_notice_id_listing_id")),
    )
    op.create_index(op.f("ix_notice_item_finding_id"), "notice_item", ["finding_id"], unique=False)
    op.create_index(op.f("ix_notice_item_status"), "notice_item", ["status"], unique=False)
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("units_sold", sa.Integer(), nullable=True),
        sa.Column("swept", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_claim_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_claim_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_item_id"), "claim", ["item_id"], unique=False)
    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_look_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_look_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index(op.f("ix_look_item_id"), "look", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_look_item_id"), table_name="look")
    op.drop_table("look")
    op.drop_index(op.f("ix_claim_item_id"), table_name="claim")
    op.drop_table("claim")
    op.drop_index(op.f("ix_notice_item_status"), table_name="notice_item")
    op.drop_index(op.f("ix_notice_item_finding_id"), table_name="notice_item")
    op.drop_table("notice_item")
    op.drop_index(op.f("ix_receipt_notice_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(op.f("ix_notice_status"), table_name="notice")
    op.drop_index(op.f("ix_notice_platform_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_agency_id"), table_name="notice")
    op.drop_table("notice")
