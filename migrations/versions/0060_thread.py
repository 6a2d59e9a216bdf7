"""The two sides of a notice ask, object, answer and decide. Of notices from before nobody asked anything."""

import sqlalchemy as sa
from alembic import op

revision = "0060_thread"
down_revision = "0059c_clock_of_case"
OPEN = sa.text("settled_at IS NULL AND root_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "thread_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("side", sa.String(32), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(root_id IS NULL) = (kind IN ('question', 'objection'))",
            name=op.f("ck_thread_entry_answers_something"),
        ),
        sa.CheckConstraint("(upheld IS NOT NULL) = (kind = 'decision')", name=op.f("ck_thread_entry_decisions_decide")),
        sa.CheckConstraint("kind <> 'objection' OR side = 'platform'", name=op.f("ck_thread_entry_platforms_object")),
        sa.CheckConstraint("kind <> 'decision' OR side = 'agency'", name=op.f("ck_thread_entry_agencies_decide")),
        sa.CheckConstraint("settled_at IS NULL OR root_id IS NULL", name=op.f("ck_thread_entry_roots_are_settled")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_thread_entry_notice_id")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_item.id"], name=op.f("fk_thread_entry_item_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_thread_entry_by_id")),
        sa.ForeignKeyConstraint(["root_id"], ["thread_entry.id"], name=op.f("fk_thread_entry_root_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_entry")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_thread_entry_notice_id_seq")),
    )
    op.create_index(op.f("ix_thread_entry_root_id"), "thread_entry", ["root_id"])
    op.create_index(
        "ix_thread_entry_open", "thread_entry", ["notice_id", "side"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_table("thread_entry")
