"""Pages of listings that a program captured, and the hosts that an agency allows it. None was allowed before."""

import sqlalchemy as sa
from alembic import op

revision = "0058_captures"
down_revision = "0057a_redating_kept"


def upgrade() -> None:
    op.add_column("practice", sa.Column("capture_hosts", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(32), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("suggests", sa.String(32), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("text_sha256", sa.String(64), nullable=True),
        sa.CheckConstraint("(suggests IS NULL) = (sha256 IS NULL)", name=op.f("ck_capture_suggests_what_it_shows")),
        sa.CheckConstraint("problem IS NULL OR sha256 IS NULL", name=op.f("ck_capture_failed_or_not")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_capture_item_id")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_capture_clock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        sa.UniqueConstraint("clock_id", name=op.f("uq_capture_clock_id")),
    )
    op.create_index(op.f("ix_capture_item_id"), "capture", ["item_id"])


def downgrade() -> None:
    op.drop_table("capture")
    op.drop_column("practice", "capture_hosts")
