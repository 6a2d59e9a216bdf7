"""How each file came: what its sender said of it, and what was read in it. Files that are held already said nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0101_arrivals"
down_revision = "0098_cap_raise"

PROGRAM = sa.text("sent_by_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holding_id", sa.Integer(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_sha256", sa.String(64), nullable=True),
        sa.Column("said_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone_now", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone_minutes", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(32), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["holding_id"], ["holding.id"], name=op.f("fk_arrival_holding_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_arrival_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("holding_id", "sent_by_id", name=op.f("uq_arrival_holding_id_sent_by_id")),
    )
    op.create_index(
        "uq_arrival_program", "arrival", ["holding_id"],
        unique=True, sqlite_where=PROGRAM, postgresql_where=PROGRAM,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("arrival")
