"""Test orders, reports, results and findings."""

import sqlalchemy as sa
from alembic import op

revision = "0007_lab"
down_revision = "0006_purchases"


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("report_no", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("analyst", sa.String(length=100), nullable=False),
        sa.Column("analyst_id", sa.Integer(), nullable=False),
        sa.Column("method_note", sa.Text(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("authorised_by_id", sa.Integer(), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status <> 'authorised' OR authorised_by_id IS NOT NULL", name=op.f("ck_report_authorised_by_somebody")
        ),
        sa.CheckConstraint(
            "authorised_by_id <> entered_by_id AND authorised_by_id <> analyst_id", name=op.f("ck_report_four_eyes")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_report_agency_id")),
        sa.ForeignKeyConstraint(["analyst_id"], ["person.id"], name=op.f("fk_report_analyst_id")),
        sa.ForeignKeyConstraint(["authorised_by_id"], ["person.id"], name=op.f("fk_report_authorised_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_report_entered_by_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_report_laboratory_id")),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_report_portion_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_report_sample_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["report.id"], name=op.f("fk_report_supersedes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("laboratory_id", "report_no", name=op.f("uq_report_laboratory_id_report_no")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_report_supersedes_id")),
    )
    op.create_index(op.f("ix_report_agency_id"), "report", ["agency_id"], unique=False)
    op.create_index(op.f("ix_report_laboratory_id"), "report", ["laboratory_id"], unique=False)
    op.create_index(op.f("ix_report_portion_id"), "report", ["portion_id"], unique=False)
    op.create_index(op.f("ix_report_sample_id"), "report", ["sample_id"], unique=False)
    op.create_index(op.f("ix_report_status"), "report", ["status"], unique=False)
    op.create_table(
        "test_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("campaign_item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_item_id"], ["campaign_item.id"], name=op.f("fk_test_order_campaign_item_id")
        ),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_test_order_portion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_order")),
        sa.UniqueConstraint("portion_id", "campaign_item_id", name=op.f("uq_test_order_portion_id_campaign_item_id")),
    )
    op.create_table(
        "finding",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'rejected') OR confirmed_by_id IS NOT NULL",
            name=op.f("ck_finding_confirmed_by_somebody"),
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_finding_four_eyes")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_finding_agency_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_finding_confirmed_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_finding_proposed_by_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_finding_report_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_finding_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("number", name=op.f("uq_finding_number")),
    )
    op.create_index(op.f("ix_finding_agency_id"), "finding", ["agency_id"], unique=False)
    op.create_index(op.f("ix_finding_sample_id"), "finding", ["sample_id"], unique=False)
    op.create_index(op.f("ix_finding_status"), "finding", ["status"], unique=False)
    op.create_index(
        "uq_finding_standing",
        "finding",
        ["sample_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'confirmed')"),
        postgresql_where=sa.text("status IN ('proposed', 'confirmed')"),
    )
    op.create_table(
        "test_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=50), nullable=False),
        sa.Column("uncertainty", sa.String(length=50), nullable=False),
        sa.Column("lod", sa.String(length=50), nullable=False),
        sa.Column("loq", sa.String(length=50), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("limit", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_test_result_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_result")),
        sa.UniqueConstraint("report_id", "item", name=op.f("uq_test_result_report_id_item")),
    )


def downgrade() -> None:
    op.drop_table("test_result")
    op.drop_index(
        "uq_finding_standing",
        table_name="finding",
        sqlite_where=sa.text("status IN ('proposed', 'confirmed')"),
        postgresql_where=sa.text("status IN ('proposed', 'confirmed')"),
    )
    op.drop_index(op.f("ix_finding_status"), table_name="finding")
    op.drop_index(op.f("ix_finding_sample_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_agency_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("test_order")
    op.drop_index(op.f("ix_report_status"), table_name="report")
    op.drop_index(op.f("ix_report_sample_id"), table_name="report")
    op.drop_index(op.f("ix_report_portion_id"), table_name="report")
    op.drop_index(op.f("ix_report_laboratory_id"), table_name="report")
    op.drop_index(op.f("ix_report_agency_id"), table_name="report")
    op.drop_table("report")
