"""A laboratory's results that are not handed in yet are kept as they were typed."""

import sqlalchemy as sa
from alembic import op

revision = "0017_report_draft"
down_revision = "0016_notice_versions"


def upgrade() -> None:
    op.create_table(
        "report_draft",
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_report_draft_portion_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_report_draft_laboratory_id")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["person.id"], name=op.f("fk_report_draft_kept_by_id")),
        sa.PrimaryKeyConstraint("portion_id", name=op.f("pk_report_draft")),
    )


def downgrade() -> None:
    op.drop_table("report_draft")
