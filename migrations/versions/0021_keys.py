"""Keys by which programs come in, and the accounts that they act as where they act for no person."""

import sqlalchemy as sa
from alembic import op

revision = "0021_keys"
down_revision = "0020_numbers_by_bytes"


def upgrade() -> None:
    op.add_column("person", sa.Column("is_program", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("begins", sa.String(length=12), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["follows_id"], ["api_key.id"], name=op.f("fk_api_key_follows_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_api_key_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("follows_id", name=op.f("uq_api_key_follows_id")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_api_key_secret_digest")),
    )
    op.create_index(op.f("ix_api_key_membership_id"), "api_key", ["membership_id"])


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_column("person", "is_program")
