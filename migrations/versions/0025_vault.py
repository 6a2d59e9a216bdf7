"""Copies of pictures, what a check condemned, and files that no case refers to.

Pictures that are held already get their copies by a job.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_vault"
down_revision = "0024_answered"


def upgrade() -> None:
    op.add_column("holding", sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_holding_sent_at"), "holding", ["sent_at"])
    op.create_index(op.f("ix_holding_listed_at"), "holding", ["listed_at"])
    op.create_table(
        "derived",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("original", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derived")),
        sa.UniqueConstraint("original", "kind", name=op.f("uq_derived_original_kind")),
    )
    op.create_index(op.f("ix_derived_sha256"), "derived", ["sha256"])
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("doubt", sa.String(length=32), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name=op.f("ck_quarantine_decided")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_quarantine_organisation_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_quarantine_sent_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_quarantine_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_quarantine_organisation_id_sha256")),
    )
    op.create_index(op.f("ix_quarantine_sha256"), "quarantine", ["sha256"])
    op.create_index(op.f("ix_quarantine_verdict_id"), "quarantine", ["verdict", "id"])
    op.create_table(
        "discarded",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_discarded")),
    )


def downgrade() -> None:
    op.drop_table("discarded")
    op.drop_table("quarantine")
    op.drop_table("derived")
    op.drop_index(op.f("ix_holding_listed_at"), "holding")
    op.drop_index(op.f("ix_holding_sent_at"), "holding")
    op.drop_column("holding", "listed_at")
