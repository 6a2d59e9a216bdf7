"""By what pictures are known again, and which of them look alike. A job fills it, the newest first.

Not the migration: to read a million pictures takes an hour in which the program would stand still.
"""

import sqlalchemy as sa
from alembic import op

revision = "0102_resemblances"
down_revision = "0101_arrivals"

WAITS = sa.text("compared_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "picture_hash",
        sa.Column("holding_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("upright", "right", "over", "left")),
        *(sa.Column(f"piece_{place}", sa.Integer(), nullable=True) for place in range(1, 5)),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_picture_hash_holding_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_picture_hash_organisation_id")),
        sa.PrimaryKeyConstraint("holding_id", name=op.f("pk_picture_hash")),
    )
    for place in range(1, 5):
        columns = [f"piece_{place}", "organisation_id", "upright", "holding_id"]
        op.create_index(op.f(f"ix_picture_hash_piece_{place}"), "picture_hash", columns)
    op.create_index("ix_picture_hash_waits", "picture_hash", ["holding_id"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_table(
        "resemblance",
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("is_turned", sa.Boolean(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_resemblance_each_pair_once")),
        sa.ForeignKeyConstraint(["one_id"], ["holding.id"], name=op.f("fk_resemblance_one_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["holding.id"], name=op.f("fk_resemblance_other_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_resemblance")),
    )
    op.create_index(op.f("ix_resemblance_other_id"), "resemblance", ["other_id"])


def downgrade() -> None:
    """A job finds it all again."""
    op.drop_table("resemblance")
    op.drop_table("picture_hash")
