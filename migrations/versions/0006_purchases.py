"""Sampling tasks, samples, portions and their custody."""

import sqlalchemy as sa
from alembic import op

revision = "0006_purchases"
down_revision = "0005_campaigns"


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("drawn_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=True),
        sa.Column("exit_reason", sa.String(length=32), nullable=True),
        sa.Column("paid_fen", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label_problems", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status <> 'sealed' OR label_checked_at IS NOT NULL", name=op.f("ck_task_sealed_was_checked")
        ),
        sa.CheckConstraint(
            "status = 'planned' OR status = 'cancelled' OR buyer_id IS NOT NULL", name=op.f("ck_task_has_a_buyer")
        ),
        sa.CheckConstraint(
            "status NOT IN ('ordered','shipped','received','sealed') OR paid_fen > 0", name=op.f("ck_task_was_paid")
        ),
        sa.CheckConstraint(
            "status NOT IN ('unobtainable', 'transferred_untested') OR exit_reason IS NOT NULL",
            name=op.f("ck_task_exit_has_reason"),
        ),
        sa.CheckConstraint("received_at >= shipped_at", name=op.f("ck_task_received_after_it_was_shipped")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_task_agency_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_task_buyer_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_task_campaign_id")),
        sa.ForeignKeyConstraint(["drawn_id"], ["drawn.id"], name=op.f("fk_task_drawn_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("drawn_id", name=op.f("uq_task_drawn_id")),
        sa.UniqueConstraint("number", name=op.f("uq_task_number")),
    )
    op.create_index(op.f("ix_task_agency_id"), "task", ["agency_id"], unique=False)
    op.create_index(op.f("ix_task_buyer_id"), "task", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_task_campaign_id"), "task", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_task_status"), "task", ["status"], unique=False)
    op.create_table(
        "sample",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=True),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("spec", sa.String(length=200), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("batch", sa.String(length=100), nullable=False),
        sa.Column("producer_name", sa.String(length=300), nullable=False),
        sa.Column("producer_address", sa.String(length=500), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_reason", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("status = 'sealed' OR laboratory_id IS NOT NULL", name=op.f("ck_sample_has_a_laboratory")),
        sa.CheckConstraint(
            "status NOT IN ('refused_by_lab', 'test_impossible', 'transferred_untested') OR exit_reason IS NOT NULL",
            name=op.f("ck_sample_exit_has_reason"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_sample_agency_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_sample_buyer_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_sample_laboratory_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_sample_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("number", name=op.f("uq_sample_number")),
        sa.UniqueConstraint("task_id", name=op.f("uq_sample_task_id")),
    )
    op.create_index(op.f("ix_sample_agency_id"), "sample", ["agency_id"], unique=False)
    op.create_index(op.f("ix_sample_buyer_id"), "sample", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_sample_laboratory_id"), "sample", ["laboratory_id"], unique=False)
    op.create_index(op.f("ix_sample_status"), "sample", ["status"], unique=False)
    op.create_table(
        "task_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("blind_index", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_secret_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_secret")),
        sa.UniqueConstraint("task_id", "kind", name=op.f("uq_task_secret_task_id_kind")),
    )
    op.create_index(op.f("ix_task_secret_kind_blind_index"), "task_secret", ["kind", "blind_index"], unique=False)
    op.create_table(
        "portion",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("blind_no", sa.String(length=16), nullable=False),
        sa.Column("seal_no", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.String(length=100), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('sealed', 'disposed') OR laboratory_id IS NOT NULL", name=op.f("ck_portion_has_a_laboratory")
        ),
        sa.ForeignKeyConstraint(["laboratory_id"], ["organisation.id"], name=op.f("fk_portion_laboratory_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_portion_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portion")),
        sa.UniqueConstraint("blind_no", name=op.f("uq_portion_blind_no")),
        sa.UniqueConstraint("sample_id", "kind", name=op.f("uq_portion_sample_id_kind")),
        sa.UniqueConstraint("seal_no", name=op.f("uq_portion_seal_no")),
    )
    op.create_index(op.f("ix_portion_laboratory_id"), "portion", ["laboratory_id"], unique=False)
    op.create_index(op.f("ix_portion_status"), "portion", ["status"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("seal_no", sa.String(length=40), nullable=False),
        sa.Column("seal_intact", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("condition", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_hand_over_portion_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_hand_over_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_sample_id"), "hand_over", ["sample_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hand_over_sample_id"), table_name="hand_over")
    op.drop_table("hand_over")
    op.drop_index(op.f("ix_portion_status"), table_name="portion")
    op.drop_index(op.f("ix_portion_laboratory_id"), table_name="portion")
    op.drop_table("portion")
    op.drop_index(op.f("ix_task_secret_kind_blind_index"), table_name="task_secret")
    op.drop_table("task_secret")
    op.drop_index(op.f("ix_sample_status"), table_name="sample")
    op.drop_index(op.f("ix_sample_laboratory_id"), table_name="sample")
    op.drop_index(op.f("ix_sample_buyer_id"), table_name="sample")
    op.drop_index(op.f("ix_sample_agency_id"), table_name="sample")
    op.drop_table("sample")
    op.drop_index(op.f("ix_task_status"), table_name="task")
    op.drop_index(op.f("ix_task_campaign_id"), table_name="task")
    op.drop_index(op.f("ix_task_buyer_id"), table_name="task")
    op.drop_index(op.f("ix_task_agency_id"), table_name="task")
    op.drop_table("task")
