"""Control samples: what they hold, and portions of them that go to laboratories as samples that no task brought.

SQLite cannot take NOT NULL from a column, nor add a CHECK, and a table that others refer to is not made anew: its text
is replaced, as SQLite's own manual says for a change that leaves the rows as they are (see 0036).
"""

import sqlalchemy as sa
from alembic import op

revision = "0040_controls"
down_revision = "0038_portal"
RULE = "(task_id IS NULL) = (campaign_id IS NOT NULL)"
BEFORE_SQL = "task_id INTEGER NOT NULL"
NOW_SQL = "task_id INTEGER"
FIRST = "CONSTRAINT ck_sample_has_a_laboratory CHECK"
CHECKED = f"CONSTRAINT ck_sample_bought_or_made CHECK ({RULE}), \n\t{FIRST}"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute(
            "ALTER TABLE sample ADD COLUMN campaign_id INTEGER CONSTRAINT fk_sample_campaign_id REFERENCES campaign (id)"
        )
        rewrite((BEFORE_SQL, NOW_SQL), (FIRST, CHECKED))
    else:
        op.add_column("sample", sa.Column("campaign_id", sa.Integer(), nullable=True))
        op.create_foreign_key(op.f("fk_sample_campaign_id"), "sample", "campaign", ["campaign_id"], ["id"])
        op.alter_column("sample", "task_id", existing_type=sa.Integer(), nullable=True)
        op.create_check_constraint(op.f("ck_sample_bought_or_made"), "sample", RULE)
    op.create_index(op.f("ix_sample_campaign_id"), "sample", ["campaign_id"])
    op.create_table(
        "control",
        sa.Column("number", sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql"), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("split_of_id", sa.Integer(), nullable=True),
        sa.Column("product_name", sa.String(200), nullable=False),
        sa.Column("material", sa.String(300), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_as", sa.String(64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("(kind = 'split') = (split_of_id IS NOT NULL)", name=op.f("ck_control_split_says_of_what")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_control_agency_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_control_campaign_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_control_made_by_id")),
        sa.ForeignKeyConstraint(["split_of_id"], ["sample.id"], name=op.f("fk_control_split_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control")),
        sa.UniqueConstraint("number", name=op.f("uq_control_number")),
        sa.UniqueConstraint("sent_as", name=op.f("uq_control_sent_as")),
    )
    for column in ("agency_id", "campaign_id", "split_of_id", "status"):
        op.create_index(op.f(f"ix_control_{column}"), "control", [column])
    op.create_index("ix_control_list", "control", ["agency_id", "status", "id"])
    op.create_table(
        "control_content",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("control_id", sa.Integer(), nullable=False),
        sa.Column("campaign_item_id", sa.Integer(), nullable=False),
        sa.Column("expected", sa.String(32), nullable=True),
        sa.Column("assigned", sa.String(50), nullable=True),
        sa.Column("unit", sa.String(50), nullable=False),
        sa.Column("sigma", sa.String(50), nullable=True),
        sa.Column("uncertainty", sa.String(50), nullable=True),
        sa.CheckConstraint("sigma IS NULL OR assigned IS NOT NULL", name=op.f("ck_control_content_sigma_of_a_value")),
        sa.CheckConstraint(
            "uncertainty IS NULL OR assigned IS NOT NULL", name=op.f("ck_control_content_uncertainty_of_a_value")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_item_id"], ["campaign_item.id"], name=op.f("fk_control_content_campaign_item_id")
        ),
        sa.ForeignKeyConstraint(["control_id"], ["control.id"], name=op.f("fk_control_content_control_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_content")),
        sa.UniqueConstraint(
            "control_id", "campaign_item_id", name=op.f("uq_control_content_control_id_campaign_item_id")
        ),
    )
    op.create_table(
        "control_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("control_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["control_id"], ["control.id"], name=op.f("fk_control_unit_control_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_control_unit_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_unit")),
        sa.UniqueConstraint("sample_id", name=op.f("uq_control_unit_sample_id")),
    )
    op.create_index(op.f("ix_control_unit_control_id"), "control_unit", ["control_id"])


def downgrade() -> None:
    """Only while no portion of a control was sent: a sample without a task has no place in the tables of before."""
    for table in ("control_unit", "control_content", "control"):
        op.drop_table(table)
    op.drop_index(op.f("ix_sample_campaign_id"), "sample")
    if op.get_bind().dialect.name == "sqlite":
        rewrite((NOW_SQL, BEFORE_SQL), (CHECKED, FIRST))
        op.execute("ALTER TABLE sample DROP COLUMN campaign_id")
        return
    op.drop_constraint(op.f("ck_sample_bought_or_made"), "sample", type_="check")
    op.alter_column("sample", "task_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("sample", "campaign_id")


def rewrite(*pairs: tuple[str, str]) -> None:
    """Each text in the table's own, once, by another."""
    bind = op.get_bind()
    text = bind.execute(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'sample'")).scalar_one()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    number = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    bind.execute(sa.text("PRAGMA writable_schema = 1"))
    bind.execute(sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'sample'"), {"sql": text})
    bind.execute(sa.text(f"PRAGMA schema_version = {number + 1}"))
    bind.execute(sa.text("PRAGMA writable_schema = 0"))
