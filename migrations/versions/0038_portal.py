"""What a laboratory suspects before it tests, and what was found in the files of its reports."""

import sqlalchemy as sa
from alembic import op

revision = "0038_portal"
down_revision = "0037_silent"


def upgrade() -> None:
    op.create_table(
        "suspicion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_by_id", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_suspicion_decided_by_somebody")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_suspicion_decided_says_when")),
        sa.CheckConstraint("decided_by_id <> stopped_by_id", name=op.f("ck_suspicion_four_eyes")),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_suspicion_portion_id")),
        sa.ForeignKeyConstraint(["stopped_by_id"], ["person.id"], name=op.f("fk_suspicion_stopped_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_suspicion_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion")),
    )
    op.create_index(op.f("ix_suspicion_portion_id"), "suspicion", ["portion_id"])
    op.create_table(
        "report_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("legible", sa.String(32), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("has_report_no", sa.Boolean(), nullable=False),
        sa.Column("has_blind_no", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(accepted_by_id IS NULL) = (accepted_at IS NULL)", name=op.f("ck_report_file_accepted_says_when")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_file_report_id")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"], name=op.f("fk_report_file_accepted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_file")),
        sa.UniqueConstraint("report_id", "sha256", name=op.f("uq_report_file_report_id_sha256")),
    )
    op.create_index(op.f("ix_report_file_sha256"), "report_file", ["sha256"])


def downgrade() -> None:
    op.drop_table("report_file")
    op.drop_table("suspicion")
