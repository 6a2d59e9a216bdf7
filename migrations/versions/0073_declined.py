"""What buyers declined to buy, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0073_declined"
down_revision = "0072_frames"


def upgrade() -> None:
    op.create_table(
        "declined",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_declined_task_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_declined_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declined")),
    )
    op.create_index("ix_declined_task", "declined", ["task_id", "person_id"])


def downgrade() -> None:
    op.drop_table("declined")
