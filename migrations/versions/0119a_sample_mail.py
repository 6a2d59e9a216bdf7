"""Platforms are called by mail to the notices that samples were taken, and reminded of those that they did not open.

What was told before and is not received yet is due at once: where the desk of a platform has named its mailbox by then,
one mail gathers it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0119a_sample_mail"
down_revision = "0119_label_unscanned"

WAITS = sa.text("call_at IS NOT NULL")
DUE = sa.text("next_try_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("sample_notice", sa.Column("calls", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("sample_notice", sa.Column("call_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sample_notice SET call_at = sent_at WHERE party = 'platform' AND received_at IS NULL")
    op.create_index(
        "ix_sample_notice_call", "sample_notice", ["platform_id", "call_at"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_table(
        "sample_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivered_at IS NULL OR next_try_at IS NULL", name=op.f("ck_sample_mail_delivered_is_not_tried")
        ),
        sa.CheckConstraint("dead_at IS NULL OR next_try_at IS NULL", name=op.f("ck_sample_mail_dead_is_not_tried")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_sample_mail_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_sample_mail_message_id")),
    )
    op.create_index("ix_sample_mail_made", "sample_mail", ["platform_id", "made_at"])
    op.create_index("ix_sample_mail_due", "sample_mail", ["next_try_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_table(
        "sample_mail_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["sample_mail.id"], name=op.f("fk_sample_mail_line_mail_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["sample_notice.id"], name=op.f("fk_sample_mail_line_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_mail_line")),
        sa.UniqueConstraint("notice_id", "call", name=op.f("uq_sample_mail_line_notice_id_call")),
    )
    op.create_index(op.f("ix_sample_mail_line_mail_id"), "sample_mail_line", ["mail_id"])


def downgrade() -> None:
    """Which mails went out is gone; who was told, and who has it, stays."""
    op.drop_table("sample_mail_line")
    op.drop_table("sample_mail")
    op.drop_index("ix_sample_notice_call", "sample_notice")
    op.drop_column("sample_notice", "call_at")
    op.drop_column("sample_notice", "calls")
