"""Letters with a link of their own, what parties send with their objections, and how a laboratory was drawn.

Tellings that are there were entered by the agency; objections that are there say nothing beyond their ground.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035_hearing"
down_revision = "0034_storage"
TEXTS = ("statement", "answer", "reason")


def upgrade() -> None:
    op.add_column("telling", sa.Column("proof", sa.String(32), nullable=False, server_default="entered"))
    op.add_column("telling", sa.Column("receipt_no", sa.String(100), nullable=False, server_default=""))
    for name in TEXTS:
        op.add_column("objection", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("objection", sa.Column("draw", sa.Text(), nullable=True))
    op.add_column("objection", sa.Column("cost_fen", sa.Integer(), nullable=True))
    op.add_column("objection", sa.Column("cost_bearer", sa.String(32), nullable=True))
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("addressee", sa.String(300), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_letter_finding_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_letter_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_letter_token_sha256")),
    )
    op.create_index(op.f("ix_letter_finding_id"), "letter", ["finding_id"])
    op.create_table(
        "sent_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["objection_id"], ["objection.id"], name=op.f("fk_sent_file_objection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_file")),
        sa.UniqueConstraint("objection_id", "sha256", name=op.f("uq_sent_file_objection_id_sha256")),
    )
    op.create_index(op.f("ix_sent_file_sha256"), "sent_file", ["sha256"])


def downgrade() -> None:
    op.drop_table("sent_file")
    op.drop_table("letter")
    for name in ("cost_bearer", "cost_fen", "draw", *TEXTS):
        op.drop_column("objection", name)
    for name in ("receipt_no", "proof"):
        op.drop_column("telling", name)
