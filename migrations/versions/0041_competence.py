"""Certificates of laboratories, what they cover, what a laboratory can take; items reported outside of them."""

import sqlalchemy as sa
from alembic import op

revision = "0041_competence"
down_revision = "0040_controls"


def by_bytes(length):
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", by_bytes(40), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("certificate_no", by_bytes(60), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_certificate_ends_after_it_begins")),
        sa.CheckConstraint(
            "status IN ('proposed', 'rejected') OR confirmed_by_id IS NOT NULL",
            name=op.f("ck_certificate_confirmed_by_somebody"),
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_certificate_four_eyes")),
        sa.CheckConstraint(
            "status <> 'withdrawn' OR ended_on IS NOT NULL", name=op.f("ck_certificate_withdrawn_says_when")
        ),
        sa.CheckConstraint(
            "status <> 'superseded' OR replaced_on IS NOT NULL", name=op.f("ck_certificate_superseded_says_when")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_certificate_agency_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_certificate_laboratory_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["certificate.id"], name=op.f("fk_certificate_supersedes_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_certificate_proposed_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_certificate_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_certificate_supersedes_id")),
    )
    for column in ("status", "agency_id", "laboratory_id"):
        op.create_index(op.f(f"ix_certificate_{column}"), "certificate", [column])
    op.create_table(
        "scope_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("item_key", by_bytes(200), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("remarks", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_scope_line_certificate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope_line")),
    )
    op.create_index(op.f("ix_scope_line_certificate_id_item_key"), "scope_line", ["certificate_id", "item_key"])
    op.create_table(
        "certificate_suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("resumed_on >= from_on", name=op.f("ck_certificate_suspension_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_suspension_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_suspension")),
    )
    op.create_index(op.f("ix_certificate_suspension_certificate_id"), "certificate_suspension", ["certificate_id"])
    op.create_table(
        "laboratory_capacity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("item_key", by_bytes(200), nullable=False),
        sa.Column("per_week", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("stated_by_id", sa.Integer(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["organisation.id"], name=op.f("fk_laboratory_capacity_laboratory_id")
        ),
        sa.ForeignKeyConstraint(["stated_by_id"], ["person.id"], name=op.f("fk_laboratory_capacity_stated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laboratory_capacity")),
        sa.UniqueConstraint("laboratory_id", "item_key", name=op.f("uq_laboratory_capacity_laboratory_id_item_key")),
    )
    op.create_table(
        "outside_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "status = 'marked' OR answered_by_id IS NOT NULL", name=op.f("ck_outside_item_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_outside_item_report_id")),
        sa.ForeignKeyConstraint(["result_id"], ["test_result.id"], name=op.f("fk_outside_item_result_id")),
        sa.ForeignKeyConstraint(["marked_by_id"], ["person.id"], name=op.f("fk_outside_item_marked_by_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_outside_item_answered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_item")),
        sa.UniqueConstraint("result_id", name=op.f("uq_outside_item_result_id")),
    )
    op.create_index(op.f("ix_outside_item_report_id"), "outside_item", ["report_id"])
    op.add_column("report", sa.Column("tested_on", sa.Date(), nullable=True))
    op.add_column("report", sa.Column("competence", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("report", "competence")
    op.drop_column("report", "tested_on")
    for table in ("outside_item", "laboratory_capacity", "certificate_suspension", "scope_line", "certificate"):
        op.drop_table(table)
