"""What buyers lay out: expenses with their receipts, approved by the month."""

import sqlalchemy as sa
from alembic import op

revision = "0104_expenses"
down_revision = "0102_resemblances"

LIVE = sa.text("status <> 'withdrawn'")
PAID_BACK = sa.text("status <> 'withdrawn' AND kind = 'price'")


def upgrade() -> None:
    op.create_table(
        "expense",
        sa.Column("number", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=True),
        sa.Column("no_receipt", sa.String(200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("month", sa.String(7).with_variant(sa.String(7, collation="C"), "postgresql"), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_expense_is_money")),
        sa.CheckConstraint("receipt IS NOT NULL OR no_receipt <> ''", name=op.f("ck_expense_shows_it_or_says_why")),
        sa.CheckConstraint("kind <> 'price' OR task_id IS NOT NULL", name=op.f("ck_expense_price_of_a_purchase")),
        sa.CheckConstraint(
            "passed_by_id <> buyer_id AND approved_by_id <> buyer_id", name=op.f("ck_expense_four_eyes")
        ),
        sa.CheckConstraint("passed_by_id <> approved_by_id", name=op.f("ck_expense_two_approve")),
        sa.CheckConstraint(
            "(status = 'approved') = (month IS NOT NULL)", name=op.f("ck_expense_approved_has_its_month")
        ),
        sa.CheckConstraint(
            "(status = 'approved') = (approved_by_id IS NOT NULL)", name=op.f("ck_expense_approved_by_somebody")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_expense_agency_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_expense_buyer_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_expense_task_id")),
        sa.ForeignKeyConstraint(["passed_by_id"], ["person.id"], name=op.f("fk_expense_passed_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_expense_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
        sa.UniqueConstraint("number", name=op.f("uq_expense_number")),
    )
    op.create_index(op.f("ix_expense_status"), "expense", ["status"])
    op.create_index(op.f("ix_expense_buyer_id"), "expense", ["buyer_id"])
    op.create_index(op.f("ix_expense_task_id"), "expense", ["task_id"])
    op.create_index("ix_expense_list", "expense", ["agency_id", "status", "id"])
    op.create_index("ix_expense_month", "expense", ["agency_id", "month", "buyer_id", "id"])
    op.create_index(
        "uq_expense_receipt", "expense", ["agency_id", "receipt"],
        unique=True, sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    op.create_index(
        "uq_expense_price", "expense", ["task_id"],
        unique=True, sqlite_where=PAID_BACK, postgresql_where=PAID_BACK,
    )  # fmt: skip


def downgrade() -> None:
    """The record keeps what was approved. Receipts stay files that lead to the buyer, by a kind that was known before."""
    op.execute("DELETE FROM exhibit WHERE subject_type = 'expense'")
    op.execute(
        "DELETE FROM exhibit WHERE kind = 'expense' AND EXISTS (SELECT 1 FROM exhibit same WHERE same.kind = 'payment' "
        "AND same.subject_type = exhibit.subject_type AND same.subject_id = exhibit.subject_id "
        "AND same.part = exhibit.part AND same.holding_id = exhibit.holding_id)"
    )
    for table in ("exhibit", "holding", "quarantine"):
        op.execute(f"UPDATE {table} SET kind = 'payment' WHERE kind = 'expense'")
    op.drop_table("expense")
