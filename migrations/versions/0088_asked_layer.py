"""What could not be laid over a big frame keeps its reason when something of another kind is asked for next."""

import sqlalchemy as sa
from alembic import op

revision = "0088_asked_layer"
down_revision = "0087_layer_request"

KEPT = "campaign_id, kind, asked_by_id, role, via, asked_at, version, wish, taken_at, step, problem"


def upgrade() -> None:
    make("asked_layer", ["campaign_id", "kind"])
    op.execute(f"INSERT INTO asked_layer ({KEPT}) SELECT {KEPT} FROM layer_request")
    op.drop_table("layer_request")


def downgrade() -> None:
    """One of a campaign: the one that was asked for last."""
    make("layer_request", ["campaign_id"])
    op.execute(
        f"INSERT INTO layer_request ({KEPT}) SELECT {KEPT} FROM asked_layer WHERE NOT EXISTS (SELECT 1 FROM asked_layer "
        "later WHERE later.campaign_id = asked_layer.campaign_id AND (later.asked_at > asked_layer.asked_at OR "
        "(later.asked_at = asked_layer.asked_at AND later.kind > asked_layer.kind)))"
    )
    op.drop_table("asked_layer")


def make(table: str, key: list[str]) -> None:
    op.create_table(
        table,
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
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
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )
