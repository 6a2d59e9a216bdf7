"""Legal clocks, what changed them, and the calendars of years."""

import sqlalchemy as sa
from alembic import op

revision = "0004_clocks"
down_revision = "0003_evidence"


def upgrade() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar", sa.String(length=200), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("overdue_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("paused_at >= started_at", name=op.f("ck_clock_pauses_after_its_start")),
        sa.CheckConstraint("stopped_at >= started_at", name=op.f("ck_clock_stops_after_its_start")),
        sa.CheckConstraint("stopped_at IS NULL OR paused_at IS NULL", name=op.f("ck_clock_stopped_does_not_stand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint(
            "subject_type",
            "subject_id",
            "rule",
            "started_at",
            name=op.f("uq_clock_subject_type_subject_id_rule_started_at"),
        ),
    )
    op.create_index(
        "ix_clock_running",
        "clock",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND overdue_recorded_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND overdue_recorded_at IS NULL"),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("off_days", sa.Text(), nullable=False),
        sa.Column("worked_days", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_calendar_year_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("year", "edition", name=op.f("uq_calendar_year_year_edition")),
    )
    op.create_table(
        "clock_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(kind = 'extend') = (days IS NOT NULL)", name=op.f("ck_clock_change_extends_by_days")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_clock_change_clock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_change")),
    )
    op.create_index(op.f("ix_clock_change_clock_id"), "clock_change", ["clock_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_clock_change_clock_id"), table_name="clock_change")
    op.drop_table("clock_change")
    op.drop_table("calendar_year")
    op.drop_index(
        "ix_clock_running",
        table_name="clock",
        sqlite_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND overdue_recorded_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND overdue_recorded_at IS NULL"),
    )
    op.drop_table("clock")
