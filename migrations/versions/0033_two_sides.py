"""Hand-overs have two sides: who is silent yet, what the other side read, and why a gap is none."""

import sqlalchemy as sa
from alembic import op

revision = "0033_two_sides"
down_revision = "0032_standards"


def upgrade() -> None:
    no = sa.false()
    op.add_column("hand_over", sa.Column("parcel_no", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("hand_over", sa.Column("tenths_celsius", sa.Integer(), nullable=True))
    op.add_column("hand_over", sa.Column("giver_is_silent", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("hand_over", sa.Column("taker_is_silent", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("hand_over", sa.Column("explanation", sa.String(length=500), nullable=False, server_default=""))
    by_bytes = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")
    op.create_table(
        "hand_over_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hand_over_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_no", by_bytes, nullable=False),
        sa.Column("seal_intact", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.String(length=300), nullable=False),
        sa.Column("tenths_celsius", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hand_over_id"], ["hand_over.id"], name=op.f("fk_hand_over_confirmation_hand_over_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_hand_over_confirmation_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_confirmation")),
        sa.UniqueConstraint("hand_over_id", "side", name=op.f("uq_hand_over_confirmation_hand_over_id_side")),
    )


def downgrade() -> None:
    op.drop_table("hand_over_confirmation")
    for name in ("explanation", "taker_is_silent", "giver_is_silent", "tenths_celsius", "parcel_no"):
        op.drop_column("hand_over", name)
