"""A price cap that is raised after freezing, asked for by one person and granted by another; what a seller gave back.

And the counts of closed campaigns know which drawn listings did not belong to what was sampled.
"""

import sqlalchemy as sa
from alembic import op

revision = "0098_cap_raise"
down_revision = "0097a_open_tables"

ASKED = sa.text("status = 'asked'")


def upgrade() -> None:
    op.create_table(
        "cap_raise",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(300), nullable=False),
        sa.Column("cap_fen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cap_fen > 0", name=op.f("ck_cap_raise_is_money")),
        sa.CheckConstraint("status <> 'granted' OR decided_by_id <> asked_by_id", name=op.f("ck_cap_raise_four_eyes")),
        sa.CheckConstraint(
            "(status = 'asked') = (decided_by_id IS NULL)", name=op.f("ck_cap_raise_decided_by_somebody")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_cap_raise_campaign_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_cap_raise_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_cap_raise_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_raise")),
    )
    op.create_index(op.f("ix_cap_raise_campaign_id"), "cap_raise", ["campaign_id"])
    op.create_index(op.f("ix_cap_raise_status"), "cap_raise", ["status"])
    op.create_index(
        "uq_cap_raise_asked", "cap_raise", ["campaign_id", "stratum"],
        unique=True, sqlite_where=ASKED, postgresql_where=ASKED,
    )  # fmt: skip
    op.add_column("task", sa.Column("refunded_fen", sa.Integer(), nullable=True))
    op.execute(  # what was counted of them says nothing of what was out of scope: a job counts them anew
        "DELETE FROM public_figures WHERE kind = 'campaign' AND name IN (SELECT campaign.number FROM campaign "
        "JOIN task ON task.campaign_id = campaign.id WHERE task.exit_reason = 'out_of_scope')"
    )


def downgrade() -> None:
    """The record keeps what was granted and what came back; caps are the plans' own again, and purchases as paid."""
    op.drop_column("task", "refunded_fen")
    op.drop_table("cap_raise")
