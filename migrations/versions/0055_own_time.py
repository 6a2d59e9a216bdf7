"""A listing that was sent back or is there again has its own time, from when the platform is proved to know.

What proves it is told by the order of the record, so an opening keeps which version it was of. Openings from before
keep none: where an asking still waits for its proof, the next one is it. A clock that runs for a whole notice runs on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055_own_time"
down_revision = "0055_clock_authority"
ASKED = sa.text("asked_again_in IS NOT NULL")
TO_LISTINGS = """
    UPDATE notice_item SET asked_again_at = (SELECT n.asked_again_at FROM notice n WHERE n.id = notice_item.notice_id),
        asked_again_in = (SELECT max(e.seq) FROM event e WHERE e.subject_type = 'notice'
            AND e.subject_id = notice_item.notice_id AND e.part = 'notice_item:' || notice_item.id
            AND e.action IN ('send_back', 'reopen'))
    WHERE status IN ('returned', 'reopened')
        AND EXISTS (SELECT 1 FROM notice n WHERE n.id = notice_item.notice_id AND n.asked_again_at IS NOT NULL)
"""
TO_NOTICES = """
    UPDATE notice SET asked_again_at = (SELECT max(i.asked_again_at) FROM notice_item i WHERE i.notice_id = notice.id
        AND i.asked_again_in IS NOT NULL)
    WHERE EXISTS (SELECT 1 FROM notice_item i WHERE i.notice_id = notice.id AND i.asked_again_in IS NOT NULL)
"""


def upgrade() -> None:
    op.add_column("access", sa.Column("subject_version", sa.Integer(), nullable=True))
    op.add_column("notice_item", sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice_item", sa.Column("asked_again_in", sa.Integer(), nullable=True))
    op.execute(TO_LISTINGS)
    op.drop_column("notice", "asked_again_at")
    op.create_index(
        "ix_notice_item_asked_again",
        "notice_item",
        ["notice_id", "asked_again_at"],
        sqlite_where=ASKED,
        postgresql_where=ASKED,
    )


def downgrade() -> None:
    op.drop_index("ix_notice_item_asked_again", table_name="notice_item")
    op.add_column("notice", sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(TO_NOTICES)
    for name in ("asked_again_in", "asked_again_at"):
        op.drop_column("notice_item", name)
    op.drop_column("access", "subject_version")
