"""Who was told of a finding, objections and re-inspections."""

import sqlalchemy as sa
from alembic import op

revision = "0008_objections"
down_revision = "0007_lab"


def upgrade() -> None:
    op.create_table(
        "objection",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("result_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_by_id", sa.Integer(), nullable=True),
        sa.Column("laboratory_id", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("no_reinspection", sa.String(32), nullable=True),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status <> 'decided' OR decided_by_id IS NOT NULL", name=op.f("ck_objection_decided_by_somebody")
        ),
        sa.CheckConstraint("status <> 'decided' OR decision IS NOT NULL", name=op.f("ck_objection_decided_says_how")),
        sa.CheckConstraint(
            "status <> 'in_reinspection' OR laboratory_id IS NOT NULL",
            name=op.f("ck_objection_has_a_second_laboratory"),
        ),
        sa.CheckConstraint("decided_by_id <> admitted_by_id", name=op.f("ck_objection_four_eyes")),
        sa.ForeignKeyConstraint(["admitted_by_id"], ["person.id"], name=op.f("fk_objection_admitted_by_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_objection_agency_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_objection_decided_by_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_objection_finding_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_objection_laboratory_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_objection_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("number", name=op.f("uq_objection_number")),
    )
    op.create_index(op.f("ix_objection_agency_id"), "objection", ["agency_id"], unique=False)
    op.create_index(op.f("ix_objection_finding_id"), "objection", ["finding_id"], unique=False)
    op.create_index(op.f("ix_objection_laboratory_id"), "objection", ["laboratory_id"], unique=False)
    op.create_index(op.f("ix_objection_status"), "objection", ["status"], unique=False)
    op.create_table(
        "telling",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_telling_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telling")),
        sa.UniqueConstraint("finding_id", "party", name=op.f("uq_telling_finding_id_party")),
    )
    op.create_index(op.f("ix_telling_status"), "telling", ["status"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_telling_status"), table_name="telling")
    op.drop_table("telling")
    op.drop_index(op.f("ix_objection_status"), table_name="objection")
    op.drop_index(op.f("ix_objection_laboratory_id"), table_name="objection")
    op.drop_index(op.f("ix_objection_finding_id"), table_name="objection")
    op.drop_index(op.f("ix_objection_agency_id"), table_name="objection")
    op.drop_table("objection")
