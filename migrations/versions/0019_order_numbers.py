"""One order number of a platform stands with one purchase of an agency, whoever writes it down at the same moment."""

import sqlalchemy as sa
from alembic import op

revision = "0019_order_numbers"
down_revision = "0018_clocks_that_run"

secret = sa.table("task_secret", sa.column("task_id"), sa.column("kind"), sa.column("only_in"))
task = sa.table("task", sa.column("id"), sa.column("agency_id"), sa.column("drawn_id"))
drawn = sa.table("drawn", sa.column("id"), sa.column("platform_id"))


def upgrade() -> None:
    op.add_column("task_secret", sa.Column("only_in", sa.String(length=32), nullable=True))
    of = (
        sa.select(sa.cast(task.c.agency_id, sa.String) + ":" + sa.cast(drawn.c.platform_id, sa.String))
        .select_from(task.join(drawn, drawn.c.id == task.c.drawn_id))
        .where(task.c.id == secret.c.task_id)
        .scalar_subquery()
    )
    op.execute(sa.update(secret).where(secret.c.kind == "order_number").values(only_in=of))
    op.create_index("ux_task_secret_only_in", "task_secret", ["only_in", "kind", "blind_index"], unique=True)


def downgrade() -> None:
    op.drop_index("ux_task_secret_only_in", table_name="task_secret")
    op.drop_column("task_secret", "only_in")
