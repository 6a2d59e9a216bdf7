"""A platform tries its own system: runs, and what its program called in them."""

import sqlalchemy as sa
from alembic import op

revision = "0070_conformance"
down_revision = "0069_templates"
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "conformance_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("number", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("sandbox_id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("forger_id", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "passed_at IS NULL OR ended_at IS NOT NULL", name=op.f("ck_conformance_run_passed_is_ended")
        ),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_conformance_run_platform_id")),
        sa.ForeignKeyConstraint(["sandbox_id"], ["organisation.id"], name=op.f("fk_conformance_run_sandbox_id")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_conformance_run_endpoint_id")),
        sa.ForeignKeyConstraint(["forger_id"], ["endpoint.id"], name=op.f("fk_conformance_run_forger_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_conformance_run_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conformance_run")),
        sa.UniqueConstraint("number", name=op.f("uq_conformance_run_number")),
    )
    for column in ("platform_id", "sandbox_id"):
        op.create_index(op.f(f"ix_conformance_run_{column}"), "conformance_run", [column])
    op.create_index(
        "uq_conformance_run_open", "conformance_run", ["platform_id"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    op.create_table(
        "conformance_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trial", sa.String(32), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("listings", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["conformance_run.id"], name=op.f("fk_conformance_call_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conformance_call")),
    )
    op.create_index(op.f("ix_conformance_call_run_id"), "conformance_call", ["run_id"])


def downgrade() -> None:
    op.drop_table("conformance_call")
    op.drop_table("conformance_run")
