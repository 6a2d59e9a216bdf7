"""What stands out in a platform's reports is asked about once a month. Of before, nothing was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0067_inquiry"
down_revision = "0066_to_hand_over"


def upgrade() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("sign", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_inquiry_agency_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_inquiry_platform_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["thread_entry.id"], name=op.f("fk_inquiry_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint(
            "agency_id", "platform_id", "sign", "month", name=op.f("uq_inquiry_agency_id_platform_id_sign_month")
        ),
        sa.UniqueConstraint("entry_id", name=op.f("uq_inquiry_entry_id")),
    )
    op.create_index(op.f("ix_inquiry_platform_id"), "inquiry", ["platform_id"])


def downgrade() -> None:
    op.drop_table("inquiry")
