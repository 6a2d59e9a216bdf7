"""Open data has tables beside that of results, compressed files, and knows of each dump what it was laid out like."""

import sqlalchemy as sa
from alembic import op

revision = "0097a_open_tables"
down_revision = "0097_stated"

AS_THEY_WERE = "'csv', 'jsonl', 'parquet'"


def upgrade() -> None:
    op.add_column("open_data", sa.Column("layout", sa.String(16), nullable=False, server_default=""))
    op.execute("CREATE TABLE open_data_kept AS SELECT * FROM open_data_file")
    op.drop_table("open_data_file")
    make(sa.Column("table", sa.String(32), nullable=False))
    op.execute(
        'INSERT INTO open_data_file (dump_id, "table", format, bytes, sha256, kept) '
        "SELECT dump_id, 'results', format, bytes, sha256, kept FROM open_data_kept"
    )
    op.drop_table("open_data_kept")


def downgrade() -> None:
    """Files of other tables are let go: their bytes leave the vault by themselves, since no row names them."""
    op.execute(
        "CREATE TABLE open_data_kept AS SELECT dump_id, format, bytes, sha256, kept FROM open_data_file "
        f"WHERE \"table\" = 'results' AND format IN ({AS_THEY_WERE})"
    )
    op.drop_table("open_data_file")
    make()
    op.execute(
        "INSERT INTO open_data_file (dump_id, format, bytes, sha256, kept) "
        "SELECT dump_id, format, bytes, sha256, kept FROM open_data_kept"
    )
    op.drop_table("open_data_kept")
    op.drop_column("open_data", "layout")


def make(*more: sa.Column[str]) -> None:
    op.create_table(
        "open_data_file",
        sa.Column("dump_id", sa.Integer(), nullable=False),
        *more,
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kept", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["dump_id"], ["open_data.id"], name=op.f("fk_open_data_file_dump_id")),
        sa.PrimaryKeyConstraint("dump_id", *(each.name for each in more), "format", name=op.f("pk_open_data_file")),
    )
    for column in ("sha256", "kept"):
        op.create_index(op.f(f"ix_open_data_file_{column}"), "open_data_file", [column])
