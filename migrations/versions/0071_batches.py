"""What is asked of many notices at once, and what came of each."""

import sqlalchemy as sa
from alembic import op

revision = "0071_batches"
down_revision = "0070_conformance"
WAITING = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "notice_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_notice_batch_agency_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_notice_batch_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_batch")),
    )
    op.create_index(op.f("ix_notice_batch_agency_id"), "notice_batch", ["agency_id"])
    op.create_table(
        "notice_batch_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("refusal IS NULL OR done_at IS NOT NULL", name=op.f("ck_notice_batch_row_refused_is_done")),
        sa.ForeignKeyConstraint(["batch_id"], ["notice_batch.id"], name=op.f("fk_notice_batch_row_batch_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_batch_row_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_batch_row")),
    )
    op.create_index(op.f("ix_notice_batch_row_batch_id_id"), "notice_batch_row", ["batch_id", "id"])
    op.create_index(
        "ix_notice_batch_row_waiting", "notice_batch_row", ["id"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    op.drop_table("notice_batch_row")
    op.drop_table("notice_batch")
