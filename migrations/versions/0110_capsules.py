"""Evidence capsules: what was asked for and made of a sample, and the keys that signed them."""

import sqlalchemy as sa
from alembic import op

revision = "0110_capsules"
down_revision = "0109_scans"

WAITING, STAMPLESS = sa.text("sha256 IS NULL"), sa.text("stamping = 'awaited'")


def upgrade() -> None:
    op.create_table(
        "capsule",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(300), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_with", sa.String(64), nullable=True),
        sa.Column("stamping", sa.String(32), nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("(sha256 IS NULL) = (made_at IS NULL)", name=op.f("ck_capsule_made_has_hash")),
        sa.CheckConstraint("sha256 IS NULL OR signed_with IS NOT NULL", name=op.f("ck_capsule_made_is_signed")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_capsule_sample_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_capsule_agency_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_capsule_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capsule")),
        sa.UniqueConstraint("sample_id", "edition", name=op.f("uq_capsule_sample_id_edition")),
    )
    op.create_index(op.f("ix_capsule_sha256"), "capsule", ["sha256"])
    for name, where in (("waiting", WAITING), ("stampless", STAMPLESS)):
        op.create_index(f"ix_capsule_{name}", "capsule", ["next_try_at"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "capsule_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_capsule_key_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capsule_key")),
        sa.UniqueConstraint("agency_id", "fingerprint", name=op.f("uq_capsule_key_agency_id_fingerprint")),
    )


def downgrade() -> None:
    """The record keeps that they were made; their bytes go as all do that no row names."""
    op.drop_table("capsule_key")
    op.drop_table("capsule")
