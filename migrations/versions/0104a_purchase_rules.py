"""What must not happen to a purchase: refunds and returns raise alarms; where its parcel is; what the cap was."""

import sqlalchemy as sa
from alembic import op

revision = "0104a_purchase_rules"
down_revision = "0104_expenses"

OPEN = sa.text("seen_at IS NULL")
NEW = ("shipping_fen", "discount_fen", "cap_fen")


def upgrade() -> None:
    for name in NEW:
        op.add_column("task", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("task", sa.Column("delivery", sa.String(32), nullable=True))
    op.add_column("task", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "delivery_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_delivery_note_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_delivery_note_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_note")),
    )
    op.create_index(op.f("ix_delivery_note_task_id"), "delivery_note", ["task_id"])
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("what_was_done", sa.String(500), nullable=False),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name=op.f("ck_alarm_seen_by_somebody")),
        sa.CheckConstraint("seen_by_id <> by_id", name=op.f("ck_alarm_four_eyes")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_alarm_agency_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_alarm_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_alarm_by_id")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["person.id"], name=op.f("fk_alarm_seen_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(op.f("ix_alarm_task_id"), "alarm", ["task_id"])
    op.create_index("ix_alarm_open", "alarm", ["agency_id", "id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """The record keeps what came back and where a parcel was. Nobody waits for one by a clock any more."""
    for table in ("clock_rung", "clock_change", "clock_request", "redated_clock"):
        op.execute(f"DELETE FROM {table} WHERE clock_id IN (SELECT id FROM clock WHERE rule IN ('shipment', 'parcel'))")
    op.execute("DELETE FROM clock WHERE rule IN ('shipment', 'parcel')")
    op.execute("UPDATE task SET exit_reason = 'seller_cancelled' WHERE exit_reason = 'returned'")
    op.drop_table("alarm")
    op.drop_table("delivery_note")
    for name in ("returned_at", "delivery", *NEW):
        op.drop_column("task", name)
