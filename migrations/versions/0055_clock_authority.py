"""A changed clock says on whose word; a change of another party's time is asked for, and granted by another person.

What was changed before was changed by the program itself: nobody's word stands with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055_clock_authority"
down_revision = "0051_withdrawn_by_party"
OPEN = sa.text("granted IS NULL")


def upgrade() -> None:
    for name in ("allowed_by", "decision_no"):
        op.add_column("clock_change", sa.Column(name, sa.String(100), nullable=True))
    op.create_table(
        "clock_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allowed_by", sa.String(100), nullable=False),
        sa.Column("decision_no", sa.String(100), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(kind = 'extend') = (days IS NOT NULL)", name=op.f("ck_clock_request_extends_by_days")),
        sa.CheckConstraint("(granted IS NULL) = (decided_at IS NULL)", name=op.f("ck_clock_request_is_decided_once")),
        sa.CheckConstraint(
            "(granted IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_clock_request_is_decided_by_somebody")
        ),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_clock_request_four_eyes")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_clock_request_clock_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_clock_request_agency_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_clock_request_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_clock_request_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_request")),
    )
    op.create_index(op.f("ix_clock_request_clock_id"), "clock_request", ["clock_id"])
    op.create_index(
        "uq_clock_request_open", "clock_request", ["clock_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(
        "ix_clock_request_waiting", "clock_request", ["agency_id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_table("clock_request")
    for name in ("decision_no", "allowed_by"):
        op.drop_column("clock_change", name)
