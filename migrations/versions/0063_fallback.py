"""What is tried where a platform's receipt is not proven in time, and how the platform wants to be reached then."""

import sqlalchemy as sa
from alembic import op

revision = "0063_fallback"
down_revision = "0062_radar"
UNPROVEN = sa.text("unproven_by IS NOT NULL")


def upgrade() -> None:
    op.add_column("notice", sa.Column("unproven_by", sa.String(32), nullable=True))
    op.create_index("ix_notice_unproven", "notice", ["agency_id"], sqlite_where=UNPROVEN, postgresql_where=UNPROVEN)
    op.create_table(
        "reach",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(100), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_reach_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", name=op.f("pk_reach")),
    )
    op.create_table(
        "fallback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("asked_in", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("passed_over", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_fallback_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fallback")),
        sa.UniqueConstraint("notice_id", "asked_in", "step", name=op.f("uq_fallback_notice_id_asked_in_step")),
    )


def downgrade() -> None:
    op.drop_table("fallback")
    op.drop_table("reach")
    op.drop_index("ix_notice_unproven", table_name="notice")
    op.drop_column("notice", "unproven_by")
