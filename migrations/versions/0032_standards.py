"""The standards library. What an edition says is kept for ever; a campaign's item may name the limit that it took.

Not in batch mode: SQLite would drop the table of campaign items, to which test orders refer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_standards"
down_revision = "0031_last_word"

KEPT = ("standard_edition", "standard_item", "standard_limit")


def protect(table: str) -> None:
    """Let the database itself refuse to change or remove a row, whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_is_kept_from_{deed.lower()} BEFORE {deed} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the record is only added to, never changed'); END"
        )


def upgrade() -> None:
    op.create_table(
        "standard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column(
            "number",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_standard_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
        sa.UniqueConstraint("agency_id", "number", name=op.f("uq_standard_agency_id_number")),
    )
    op.create_table(
        "standard_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("published", sa.String(length=100), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("succeeded_by", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_standard_edition_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_standard_edition_standard_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_standard_edition_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_edition")),
        sa.UniqueConstraint("standard_id", "edition", name=op.f("uq_standard_edition_standard_id_edition")),
    )
    op.create_table(
        "standard_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("aliases", sa.String(length=200), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=50), nullable=False),
        sa.Column("lod", sa.String(length=50), nullable=False),
        sa.Column("loq", sa.String(length=50), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("rule_reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["standard_edition.id"], name=op.f("fk_standard_item_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_item")),
        sa.UniqueConstraint("edition_id", "item", name=op.f("uq_standard_item_edition_id_item")),
    )
    op.create_table(
        "standard_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("limit", sa.String(length=200), nullable=False),
        sa.Column("clause", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["standard_item.id"], name=op.f("fk_standard_limit_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_limit")),
        sa.UniqueConstraint("item_id", "category", name=op.f("uq_standard_limit_item_id_category")),
    )
    op.add_column(
        "campaign_item",
        sa.Column(
            "standard_limit_id",
            sa.Integer(),
            sa.ForeignKey("standard_limit.id", name=op.f("fk_campaign_item_standard_limit_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    for table in KEPT:
        protect(table)


def downgrade() -> None:
    op.drop_column("campaign_item", "standard_limit_id")
    for table in (*reversed(KEPT), "standard"):
        op.drop_table(table)
