"""One number that counts up with everything that changes what the public can read."""

import sqlalchemy as sa
from alembic import op

revision = "0088_epoch"
down_revision = "0088_asked_layer"


def upgrade() -> None:
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_epoch_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
    )
    op.execute("INSERT INTO epoch (id, n) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("epoch")
