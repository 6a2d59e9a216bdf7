"""Files that prove something, and the cases that refer to them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_evidence"
down_revision = "0002_people"


def upgrade() -> None:
    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_holding_organisation_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_holding_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_holding_organisation_id_sha256")),
    )
    op.create_index(op.f("ix_holding_sha256"), "holding", ["sha256"], unique=False)
    op.create_table(
        "exhibit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("holding_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_exhibit_by_id")),
        sa.ForeignKeyConstraint(["holding_id"], ["holding.id"], name=op.f("fk_exhibit_holding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibit")),
        sa.UniqueConstraint(
            "subject_type",
            "subject_id",
            "part",
            "holding_id",
            "kind",
            name=op.f("uq_exhibit_subject_type_subject_id_part_holding_id_kind"),
        ),
    )
    op.create_index(op.f("ix_exhibit_holding_id"), "exhibit", ["holding_id"], unique=False)
    op.create_index(op.f("ix_exhibit_subject_type_subject_id"), "exhibit", ["subject_type", "subject_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_exhibit_subject_type_subject_id"), table_name="exhibit")
    op.drop_index(op.f("ix_exhibit_holding_id"), table_name="exhibit")
    op.drop_table("exhibit")
    op.drop_index(op.f("ix_holding_sha256"), table_name="holding")
    op.drop_table("holding")
