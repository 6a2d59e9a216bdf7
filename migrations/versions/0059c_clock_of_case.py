"""A clock says of which case it is, also where it runs for a part: a list by due day walks one index."""

import sqlalchemy as sa
from alembic import op

revision = "0059c_clock_of_case"
down_revision = "0059b_redating"
PARTS = [  # the table of the part, its case's, and the column that leads there
    ("notice_item", "notice", "notice_id"),
    ("portion", "sample", "sample_id"),
    ("outside_item", "report", "report_id"),
    ("telling", "finding", "finding_id"),
]
RUNS = sa.text("stopped_at IS NULL")


def upgrade() -> None:
    op.add_column("clock", sa.Column("case_type", sa.String(32), nullable=False, server_default=""))
    op.add_column("clock", sa.Column("case_id", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE clock SET case_type = subject_type, case_id = subject_id")
    for part, whole, column in PARTS:
        found = f"SELECT {column} FROM {part} WHERE {part}.id = clock.subject_id"
        op.execute(f"UPDATE clock SET case_type = '{whole}', case_id = ({found}) WHERE subject_type = '{part}'")
    for name, columns in (
        ("ix_clock_case_due", ["case_type", "due_at", "id"]),
        ("ix_clock_of_case", ["case_type", "case_id"]),
    ):
        op.create_index(name, "clock", columns, sqlite_where=RUNS, postgresql_where=RUNS)


def downgrade() -> None:
    op.drop_index("ix_clock_of_case", "clock")
    op.drop_index("ix_clock_case_due", "clock")
    op.drop_column("clock", "case_id")
    op.drop_column("clock", "case_type")
