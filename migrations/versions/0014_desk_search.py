"""Cases can be searched by product, shop and listing. The job fills the index, also with what is there already."""

import sqlalchemy as sa
from alembic import op

revision = "0014_desk_search"
down_revision = "0013_campaign_versions"


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_type", "subject_id", name=op.f("pk_search_entry")),
    )
    op.create_table(
        "search_pair",
        sa.Column("pair", sa.String(length=2), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("pair", "subject_type", "subject_id", name=op.f("pk_search_pair")),
    )
    for table in ("task", "sample", "notice", "finding"):  # a list of one status, the newest first
        op.create_index(f"ix_{table}_list", table, ["agency_id", "status", "id"])


def downgrade() -> None:
    for table in ("task", "sample", "notice", "finding"):
        op.drop_index(f"ix_{table}_list", table_name=table)
    op.drop_table("search_pair")
    op.drop_table("search_entry")
