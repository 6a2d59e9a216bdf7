"""What tells an agency where to look first: complaints as they were taken in, and the weights, edition by edition."""

import sqlalchemy as sa
from alembic import op

revision = "0082_risk"
down_revision = "0081_prices"


def upgrade() -> None:
    op.create_table(
        "complaint_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_complaint_file_agency_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["person.id"], name=op.f("fk_complaint_file_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_file")),
    )
    op.create_index(op.f("ix_complaint_file_agency_id_id"), "complaint_file", ["agency_id", "id"])
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column(
            "reference", sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(100), nullable=False),
        sa.Column("shop_id", sa.String(100), nullable=False),
        sa.Column("barcode", sa.String(14), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.CheckConstraint("listing_id <> '' OR shop_id <> ''", name=op.f("ck_complaint_names_listing_or_shop")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_complaint_agency_id")),
        sa.ForeignKeyConstraint(["file_id"], ["complaint_file.id"], name=op.f("fk_complaint_file_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_complaint_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("agency_id", "reference", name=op.f("uq_complaint_agency_id_reference")),
    )
    op.create_index(op.f("ix_complaint_agency_id_id"), "complaint", ["agency_id", "id"])
    op.create_index(op.f("ix_complaint_file_id"), "complaint", ["file_id"])
    op.create_index(op.f("ix_complaint_received_on"), "complaint", ["received_on"])
    op.create_table(
        "risk_weights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_risk_weights_agency_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_risk_weights_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_weights")),
        sa.UniqueConstraint("agency_id", "edition", name=op.f("uq_risk_weights_agency_id_edition")),
    )


def downgrade() -> None:
    op.drop_table("risk_weights")
    op.drop_table("complaint")
    op.drop_table("complaint_file")
