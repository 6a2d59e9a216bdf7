"""How an agency looks, edition by edition; which claims two persons look at. Those from before were drawn by nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0057_second_look"
down_revision = "0056_signatures"


def upgrade() -> None:
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("second_look_percent", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("second_look_percent BETWEEN 0 AND 100", name=op.f("ck_practice_is_a_share")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_practice_agency_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_practice_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("agency_id", "edition", name=op.f("uq_practice_agency_id_edition")),
    )
    op.add_column("claim", sa.Column("second_look_percent", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("claim", sa.Column("is_drawn", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in ("is_drawn", "second_look_percent"):
        op.drop_column("claim", name)
    op.drop_table("practice")
