"""Open data: the dumps of each day, and their files with their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0094_open_data"
down_revision = "0093_spelling"

OFFERED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "open_data",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("since", moment, nullable=True),
        sa.Column("until", moment, nullable=False),
        sa.Column("claimed_at", moment, nullable=False),
        sa.Column("made_at", moment, nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data")),
    )
    op.create_index(
        "uq_open_data_offered", "open_data", ["day", "kind"],
        unique=True, sqlite_where=OFFERED, postgresql_where=OFFERED,
    )  # fmt: skip
    op.create_table(
        "open_data_file",
        sa.Column("dump_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kept", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["dump_id"], ["open_data.id"], name=op.f("fk_open_data_file_dump_id")),
        sa.PrimaryKeyConstraint("dump_id", "format", name=op.f("pk_open_data_file")),
    )
    for column in ("sha256", "kept"):
        op.create_index(op.f(f"ix_open_data_file_{column}"), "open_data_file", [column])


def downgrade() -> None:
    """A job makes them anew. The bytes leave the vault by themselves, since no row names them."""
    op.drop_table("open_data_file")
    op.drop_table("open_data")
