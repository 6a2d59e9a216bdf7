"""Corrections of what a finding found, the steps of their ladder, what parties report, and transfers."""

import sqlalchemy as sa
from alembic import op

revision = "0061_corrections"
down_revision = "0060_thread"
NUMBER = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.String(32), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("party IN ('seller', 'producer')", name=op.f("ck_correction_of_seller_or_producer")),
        sa.CheckConstraint(
            "status <> 'reported' OR reported_at IS NOT NULL", name=op.f("ck_correction_reported_says_when")
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'withdrawn') OR (ordered_by_id IS NOT NULL AND ordered_at IS NOT NULL)",
            name=op.f("ck_correction_ordered_by_somebody"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('announced', 'second_failed', 'suspension_proposed') OR announced_at IS NOT NULL",
            name=op.f("ck_correction_announced_says_when"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_correction_agency_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_correction_finding_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["person.id"], name=op.f("fk_correction_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("number", name=op.f("uq_correction_number")),
    )
    op.create_index(op.f("ix_correction_agency_id"), "correction", ["agency_id"])
    op.create_index(op.f("ix_correction_finding_id"), "correction", ["finding_id"])
    op.create_index("ix_correction_list", "correction", ["agency_id", "status", "id"])
    op.create_index(op.f("ix_correction_status"), "correction", ["status"])
    op.create_index(
        "uq_correction_live",
        "correction",
        ["finding_id", "party"],
        unique=True,
        sqlite_where=sa.text("status <> 'withdrawn'"),
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.create_table(
        "correction_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["correction_id"], ["correction.id"], name=op.f("fk_correction_report_correction_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_correction_report_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_report")),
    )
    op.create_index(op.f("ix_correction_report_correction_id"), "correction_report", ["correction_id"])
    op.create_table(
        "correction_step",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'announcement') = (authority <> '')", name=op.f("ck_correction_step_announcement_says_by_whom")
        ),
        sa.CheckConstraint(
            "(verdict IS NOT NULL) = (kind IN ('recheck', 'second_recheck'))",
            name=op.f("ck_correction_step_recheck_says_what"),
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR answered_by_id IS NOT NULL", name=op.f("ck_correction_step_confirmed_by_somebody")
        ),
        sa.CheckConstraint("status <> 'rejected' OR answer <> ''", name=op.f("ck_correction_step_rejected_says_why")),
        sa.CheckConstraint("(verdict IS NULL) = (seen_at IS NULL)", name=op.f("ck_correction_step_recheck_says_when")),
        sa.CheckConstraint("answered_by_id <> proposed_by_id", name=op.f("ck_correction_step_four_eyes")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_correction_step_answered_by_id")),
        sa.ForeignKeyConstraint(["correction_id"], ["correction.id"], name=op.f("fk_correction_step_correction_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_correction_step_finding_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_correction_step_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_step")),
    )
    op.create_index(op.f("ix_correction_step_correction_id"), "correction_step", ["correction_id"])
    op.create_index(op.f("ix_correction_step_status"), "correction_step", ["status"])
    op.create_index(
        "uq_correction_step_waiting",
        "correction_step",
        ["correction_id"],
        unique=True,
        sqlite_where=sa.text("status = 'proposed'"),
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "transfer",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("receipt_no", sa.String(length=100), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status <> 'receipted' OR (receipt_no <> '' AND received_on IS NOT NULL)",
            name=op.f("ck_transfer_receipted_by_a_receipt"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('sent', 'receipted') OR sent_at IS NOT NULL", name=op.f("ck_transfer_sent_says_when")
        ),
        sa.CheckConstraint("(sent_by_id IS NULL) = (sent_at IS NULL)", name=op.f("ck_transfer_sent_by_somebody")),
        sa.CheckConstraint("sent_by_id <> proposed_by_id", name=op.f("ck_transfer_four_eyes")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_transfer_agency_id")),
        sa.ForeignKeyConstraint(["correction_id"], ["correction.id"], name=op.f("fk_transfer_correction_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_transfer_finding_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_transfer_proposed_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_transfer_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_transfer_number")),
    )
    op.create_index(op.f("ix_transfer_agency_id"), "transfer", ["agency_id"])
    op.create_index(op.f("ix_transfer_correction_id"), "transfer", ["correction_id"])
    op.create_index(op.f("ix_transfer_finding_id"), "transfer", ["finding_id"])
    op.create_index("ix_transfer_list", "transfer", ["agency_id", "status", "id"])
    op.create_index(op.f("ix_transfer_status"), "transfer", ["status"])
    op.create_index(
        "uq_transfer_open",
        "transfer",
        ["finding_id", "party"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'sent')"),
        postgresql_where=sa.text("status IN ('proposed', 'sent')"),
    )


def downgrade() -> None:
    for table in ("transfer", "correction_step", "correction_report", "correction"):
        op.drop_table(table)
