"""Notices are kept as they were submitted for review.

Those submitted before have no version kept: their next submission is their first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_notice_versions"
down_revision = "0014_desk_search"


def upgrade() -> None:
    op.create_table(
        "notice_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_version_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_version")),
        sa.UniqueConstraint("notice_id", "edition", name=op.f("uq_notice_version_notice_id_edition")),
    )


def downgrade() -> None:
    op.drop_table("notice_version")
