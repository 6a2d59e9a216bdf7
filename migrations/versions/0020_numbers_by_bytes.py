"""Cases are found by how their number begins, by the day they were opened and by their platform.

A range of an index finds what begins alike only where texts stand in the order of their bytes: SQLite compares so,
PostgreSQL with the collation "C". It changes no row; the unique indexes are made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_numbers_by_bytes"
down_revision = "0019_order_numbers"
OPENING = sa.text("seq = 1")
NUMBERS = (
    ("campaign", "number", 40), ("task", "number", 40), ("sample", "number", 40), ("portion", "blind_no", 16),
    ("portion", "seal_no", 40), ("report", "report_no", 40), ("finding", "number", 40), ("objection", "number", 40),
    ("notice", "number", 40), ("notice", "reference", 40), ("result", "number", 40),
)  # fmt: skip


def collate(collation: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length in NUMBERS:
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR({length}) COLLATE "{collation}"')


def upgrade() -> None:
    collate("C")
    op.create_index(op.f("ix_report_report_no"), "report", ["report_no"])
    op.create_index(op.f("ix_drawn_platform_id"), "drawn", ["platform_id"])
    op.create_index(
        "ix_event_opened",
        "event",
        ["subject_type", "at", "subject_id"],
        sqlite_where=OPENING,
        postgresql_where=OPENING,
    )


def downgrade() -> None:
    op.drop_index("ix_event_opened", table_name="event")
    op.drop_index(op.f("ix_drawn_platform_id"), table_name="drawn")
    op.drop_index(op.f("ix_report_report_no"), table_name="report")
    collate("default")
