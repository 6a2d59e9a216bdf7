"""A sealed sample that must not be tested goes to the local authority: it never has a laboratory.

SQLite cannot change a CHECK, and a table that others refer to is not made anew: its text is replaced, as SQLite's own
manual says for a constraint that leaves the rows as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036_untested"
down_revision = "0035_hearing"

BEFORE = "status = 'sealed' OR laboratory_id IS NOT NULL"
NOW = "status IN ('sealed', 'transferred_untested') OR laboratory_id IS NOT NULL"


def upgrade() -> None:
    change(BEFORE, NOW)


def downgrade() -> None:
    op.execute("UPDATE sample SET status = 'sealed', exit_reason = NULL WHERE laboratory_id IS NULL")
    change(NOW, BEFORE)


def change(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        rewrite(f"CHECK ({old})", f"CHECK ({new})")
        return
    op.drop_constraint(op.f("ck_sample_has_a_laboratory"), "sample", type_="check")
    op.create_check_constraint(op.f("ck_sample_has_a_laboratory"), "sample", new)


def rewrite(old: str, new: str) -> None:
    bind = op.get_bind()
    number = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    bind.execute(sa.text("PRAGMA writable_schema = 1"))
    found = bind.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'sample'"),
        {"old": old, "new": new},
    )
    assert found.rowcount == 1
    bind.execute(sa.text(f"PRAGMA schema_version = {number + 1}"))
    bind.execute(sa.text("PRAGMA writable_schema = 0"))
    assert new in bind.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'sample'")).scalar_one()
