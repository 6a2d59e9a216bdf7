"""What purchases have to show, edition by edition; and the reasons why a piece is not there, with what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0114_checklists"
down_revision = "0113_cover_protection"

WAITING = sa.text("approved_at IS NULL AND ended_at IS NULL")
OPEN = sa.text("status IN ('asked', 'accepted')")
ASKED = sa.text("status = 'asked'")


def upgrade() -> None:
    category = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")
    op.create_table(
        "checklist_edition",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("category", category, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_checklist_edition_four_eyes")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_checklist_edition_approved_by_somebody")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_checklist_edition_agency_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_checklist_edition_drafted_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_checklist_edition_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_edition")),
        sa.UniqueConstraint(
            "agency_id", "category", "edition", name=op.f("uq_checklist_edition_agency_id_category_edition")
        ),
    )
    op.create_index(
        "uq_checklist_edition_waiting", "checklist_edition", ["agency_id", "category"],
        unique=True, sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip
    op.create_table(
        "waiver",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("need", sa.String(40), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status <> 'accepted' OR decided_by_id <> asked_by_id", name=op.f("ck_waiver_four_eyes")),
        sa.CheckConstraint("(status = 'asked') = (decided_by_id IS NULL)", name=op.f("ck_waiver_decided_by_somebody")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_waiver_task_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_waiver_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_waiver_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    op.create_index(op.f("ix_waiver_task_id"), "waiver", ["task_id"])
    op.create_index(
        "uq_waiver_open", "waiver", ["task_id", "need"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_waiver_waiting", "waiver", ["task_id"], sqlite_where=ASKED, postgresql_where=ASKED)


def downgrade() -> None:
    """The record keeps that they were; what a purchase has to show is the usual list again."""
    op.drop_table("waiver")
    op.drop_table("checklist_edition")
