"""Seals that an agency issues, with a check character; and what a buyer has typed while unboxing."""

import sqlalchemy as sa
from alembic import op

revision = "0114a_seals"
down_revision = "0114_checklists"


def upgrade() -> None:
    prefix = sa.String(6).with_variant(sa.String(6, collation="C"), "postgresql")
    op.create_table(
        "seal_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("prefix", prefix, nullable=False),
        sa.Column("others_too", sa.Boolean(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_seal_series_agency_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_seal_series_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_series")),
        sa.UniqueConstraint("agency_id", "edition", name=op.f("uq_seal_series_agency_id_edition")),
    )
    op.create_table(
        "seal_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("prefix", prefix, nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= first", name=op.f("ck_seal_batch_is_a_range")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_seal_batch_agency_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_seal_batch_issued_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_batch")),
        sa.UniqueConstraint("prefix", "first", name=op.f("uq_seal_batch_prefix_first")),
    )
    op.create_index(op.f("ix_seal_batch_agency_id"), "seal_batch", ["agency_id"])
    op.create_table(
        "sealing_draft",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_sealing_draft_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_sealing_draft")),
    )


def downgrade() -> None:
    """Seals that were used stay as they are; the record keeps which were issued."""
    op.drop_table("sealing_draft")
    op.drop_table("seal_batch")
    op.drop_table("seal_series")
