"""Letters tell a result or the conclusion of a re-inspection; their receipt is proven by a press or by post.

Letters that are there told results, and those that were received were received by a press on their page. Objections
that were decided by a second report before this have nobody who was told its conclusion with a letter: they are left
as told, for it stood on the page of the result's letter.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046_conclusion_told"
down_revision = "0045_label_sheets"


def upgrade() -> None:
    op.add_column("letter", sa.Column("kind", sa.String(32), nullable=False, server_default="result"))
    op.add_column("letter", sa.Column("proof", sa.String(32), nullable=True))
    op.add_column("letter", sa.Column("receipt_no", sa.String(100), nullable=False, server_default=""))
    op.execute("UPDATE letter SET proof = 'link' WHERE received_at IS NOT NULL")
    op.add_column("objection", sa.Column("conclusion_told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE objection SET conclusion_told_at = received_at WHERE status = 'decided' AND report_id IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM letter WHERE kind <> 'result'")
    op.drop_column("objection", "conclusion_told_at")
    for name in ("receipt_no", "proof", "kind"):
        op.drop_column("letter", name)
