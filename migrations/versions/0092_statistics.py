"""How many listings each stratum had when it was drawn; and what was counted of closed campaigns, for the public."""

import sqlalchemy as sa
from alembic import op

revision = "0092_statistics"
down_revision = "0089a_lines"


def upgrade() -> None:
    op.create_table(
        "drawn_stratum",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_drawn_stratum_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "stratum", name=op.f("pk_drawn_stratum")),
    )
    op.create_table(
        "public_figures",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_public_figures")),
    )
    op.create_index(op.f("ix_public_figures_kind_ended_on"), "public_figures", ["kind", "ended_on"])


def downgrade() -> None:
    """A job counts both anew: the one from the frozen frames, the other from what is published."""
    op.drop_table("public_figures")
    op.drop_table("drawn_stratum")
