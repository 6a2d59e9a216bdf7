"""What a virus scanner said of each file, or that it was away. Of files that are held already nothing was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0109_scans"
down_revision = "0104b_field_uploads"

WAITING = sa.text("outcome = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "scan",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_scan")),
    )
    op.add_column("quarantine", sa.Column("signature", sa.String(200), nullable=True))
    op.create_index("ix_scan_waits", "scan", ["asked_at"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    """What was said is forgotten; what lies apart because of it stays apart."""
    op.drop_column("quarantine", "signature")
    op.drop_table("scan")
