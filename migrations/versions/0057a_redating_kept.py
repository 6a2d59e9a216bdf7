"""A calendar year is drafted by one person and entered by another; the list before and after is kept.

What was re-dated before stands in the record of each case, clock by clock; lists are kept from now on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057a_redating_kept"
down_revision = "0057_second_look"


def upgrade() -> None:
    op.create_table(
        "calendar_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("off_days", sa.Text(), nullable=False),
        sa.Column("worked_days", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "entered_id IS NULL OR decided_at IS NOT NULL", name=op.f("ck_calendar_draft_is_entered_when_decided")
        ),
        sa.CheckConstraint(
            "entered_id IS NULL OR decided_by_id <> drafted_by_id", name=op.f("ck_calendar_draft_four_eyes")
        ),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_calendar_draft_drafted_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_calendar_draft_decided_by_id")),
        sa.ForeignKeyConstraint(["entered_id"], ["calendar_year.id"], name=op.f("fk_calendar_draft_entered_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_draft")),
    )
    op.create_table(
        "redating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("calendar_year_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["calendar_year_id"], ["calendar_year.id"], name=op.f("fk_redating_calendar_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redating")),
    )
    op.create_table(
        "redated_clock",
        sa.Column("redating_id", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("after", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["redating_id"], ["redating.id"], name=op.f("fk_redated_clock_redating_id")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_redated_clock_clock_id")),
        sa.PrimaryKeyConstraint("redating_id", "clock_id", name=op.f("pk_redated_clock")),
    )


def downgrade() -> None:
    for name in ("redated_clock", "redating", "calendar_draft"):
        op.drop_table(name)
