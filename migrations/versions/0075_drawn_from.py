"""A campaign may be drawn from another file than its whole frame: without rows, or with columns, that layers say."""

import sqlalchemy as sa
from alembic import op

revision = "0075_drawn_from"
down_revision = "0074_money"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("drawn_from", sa.String(64), nullable=True))
    op.create_table(
        "frame_layer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_frame_layer_campaign_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_frame_layer_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_layer")),
        sa.UniqueConstraint("campaign_id", "kind", name=op.f("uq_frame_layer_campaign_id_kind")),
    )


def downgrade() -> None:
    op.drop_table("frame_layer")
    op.drop_column("campaign", "drawn_from")
