"""Labels of several samples on one sheet of A4, asked for by one person."""

import sqlalchemy as sa
from alembic import op

revision = "0045_label_sheets"
down_revision = "0044_photos"


def upgrade() -> None:
    op.create_table(
        "label_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_label_sheet_agency_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_label_sheet_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sheet")),
        sa.UniqueConstraint("number", name=op.f("uq_label_sheet_number")),
    )
    op.create_index(op.f("ix_label_sheet_made_by_id"), "label_sheet", ["made_by_id"])


def downgrade() -> None:
    op.drop_table("label_sheet")
