"""What is to be laid over a big frame waits in one table, whether rows are left out or scores are added."""

import sqlalchemy as sa
from alembic import op

revision = "0087_layer_request"
down_revision = "0086_assignment"

KEPT = "campaign_id, asked_by_id, role, via, asked_at, version, wish, taken_at, step, problem"


def upgrade() -> None:
    make("layer_request", sa.Column("kind", sa.String(32), nullable=False))
    op.execute(f"INSERT INTO layer_request ({KEPT}, kind) SELECT {KEPT}, 'exclusions' FROM comparison")
    op.drop_table("comparison")


def downgrade() -> None:
    """Nobody scores a big frame there: whoever asked asks again."""
    make("comparison")
    op.execute(f"INSERT INTO comparison ({KEPT}) SELECT {KEPT} FROM layer_request WHERE kind = 'exclusions'")
    op.drop_table("layer_request")


def make(table: str, *more: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        *more,
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("problem IS NULL OR taken_at IS NOT NULL", name=op.f(f"ck_{table}_failed_was_taken")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f(f"fk_{table}_campaign_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f(f"fk_{table}_asked_by_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f(f"pk_{table}")),
    )
