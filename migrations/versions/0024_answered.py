"""What was answered to a request with an Idempotency-Key, kept 30 days."""

import sqlalchemy as sa
from alembic import op

revision = "0024_answered"
down_revision = "0023_documents"


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=300), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_answered_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered")),
        sa.UniqueConstraint(
            "membership_id", "route", "idempotency_key", name=op.f("uq_answered_membership_id_route_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_answered_began_at"), "answered", ["began_at"])


def downgrade() -> None:
    op.drop_table("answered")
