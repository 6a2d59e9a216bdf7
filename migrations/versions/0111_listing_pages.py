"""The page of a drawn listing: captured for its task, and what its buyer read there."""

import sqlalchemy as sa
from alembic import op

revision = "0111_listing_pages"
down_revision = "0110_capsules"

WAITS = sa.text("made_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "page_capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(32), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("text_sha256", sa.String(64), nullable=True),
        sa.CheckConstraint("problem IS NULL OR sha256 IS NULL", name=op.f("ck_page_capture_failed_or_not")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_page_capture_task_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_page_capture_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_capture")),
    )
    op.create_index(op.f("ix_page_capture_task_id"), "page_capture", ["task_id"])
    op.create_index(
        "uq_page_capture_waits", "page_capture", ["task_id"], unique=True, sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_table(
        "page_facts",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("price_fen", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(200), nullable=False),
        sa.Column("licence", sa.String(18), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_page_facts_task_id")),
        sa.ForeignKeyConstraint(["typed_by_id"], ["person.id"], name=op.f("fk_page_facts_typed_by_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_page_facts")),
    )


def downgrade() -> None:
    """The record and the evidence keep what was captured and typed."""
    op.drop_table("page_facts")
    op.drop_table("page_capture")
