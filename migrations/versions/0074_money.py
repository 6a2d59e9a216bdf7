"""What a campaign may cost, what a laboratory asks for each item, which one is planned, and why so many are bought.

Not in batch mode: SQLite would drop the tables, to which others refer. A budget outgrows 32 bits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0074_money"
down_revision = "0073_declined"

PLANNED = sa.Column(
    "laboratory_id",
    sa.Integer(),
    sa.ForeignKey("organisation.id", name=op.f("fk_campaign_laboratory_id")),
    nullable=True,
)


def upgrade() -> None:
    op.add_column("campaign", sa.Column("budget_fen", sa.BigInteger(), nullable=True))
    op.add_column("campaign", sa.Column("size_basis", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("follow_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("campaign", PLANNED, inline_references=True)
    op.add_column("campaign_item", sa.Column("lab_fee_fen", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("campaign_item", "lab_fee_fen")
    for name in ("laboratory_id", "follow_up", "size_basis", "budget_fen"):
        op.drop_column("campaign", name)
