"""A drawn unit has its listed price and what its tests cost beside its row, so that the database can add them up.

The price is in the row that was drawn; of fees no plan of before says anything.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0081_prices"
down_revision = "0079_order"

DRAWN = sa.table(
    "drawn", sa.column("id", sa.Integer), sa.column("listing", sa.Text), sa.column("price_fen", sa.BigInteger)
)
AT_ONCE = 1_000


def upgrade() -> None:
    for name in ("price_fen", "lab_fee_fen"):
        op.add_column("drawn", sa.Column(name, sa.BigInteger(), nullable=True))
    last, connection = 0, op.get_bind()
    priced = sa.update(DRAWN).where(DRAWN.c.id == sa.bindparam("key")).values(price_fen=sa.bindparam("price"))
    asked = sa.select(DRAWN.c.id, DRAWN.c.listing).order_by(DRAWN.c.id).limit(AT_ONCE)
    while rows := connection.execute(asked.where(DRAWN.c.id > last)).all():
        prices = [{"key": key, "price": json.loads(listing).get("price_fen")} for key, listing in rows]
        connection.execute(priced, prices)
        last = rows[-1].id


def downgrade() -> None:
    for name in ("lab_fee_fen", "price_fen"):
        op.drop_column("drawn", name)
