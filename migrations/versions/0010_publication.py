"""Published results."""

import sqlalchemy as sa
from alembic import op

revision = "0010_publication"
down_revision = "0009_notices"


def upgrade() -> None:
    op.create_table(
        "result",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("copy", sa.Text(), nullable=False),
        sa.Column("copy_sha256", sa.String(length=64), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status = 'proposed' OR copy_sha256 IS NOT NULL", name=op.f("ck_result_published_is_frozen")
        ),
        sa.CheckConstraint(
            "status NOT IN ('published', 'superseded') OR published_at IS NOT NULL", name=op.f("ck_result_has_its_day")
        ),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_result_four_eyes")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_result_agency_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_result_approved_by_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_result_finding_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_result_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("number", "edition", name=op.f("uq_result_number_edition")),
    )
    op.create_index(op.f("ix_result_agency_id"), "result", ["agency_id"], unique=False)
    op.create_index(op.f("ix_result_finding_id"), "result", ["finding_id"], unique=False)
    op.create_index(op.f("ix_result_published_at"), "result", ["published_at"], unique=False)
    op.create_index(op.f("ix_result_status"), "result", ["status"], unique=False)
    op.create_index(
        "uq_result_in_force",
        "result",
        ["number"],
        unique=True,
        sqlite_where=sa.text("status = 'published'"),
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "uq_result_proposed",
        "result",
        ["number"],
        unique=True,
        sqlite_where=sa.text("status = 'proposed'"),
        postgresql_where=sa.text("status = 'proposed'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_result_proposed",
        table_name="result",
        sqlite_where=sa.text("status = 'proposed'"),
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.drop_index(
        "uq_result_in_force",
        table_name="result",
        sqlite_where=sa.text("status = 'published'"),
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index(op.f("ix_result_status"), table_name="result")
    op.drop_index(op.f("ix_result_published_at"), table_name="result")
    op.drop_index(op.f("ix_result_finding_id"), table_name="result")
    op.drop_index(op.f("ix_result_agency_id"), table_name="result")
    op.drop_table("result")
