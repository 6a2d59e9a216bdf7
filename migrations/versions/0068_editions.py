"""What was told of an issued notice, edition by edition. Every notice that was issued begins with its original."""

import sqlalchemy as sa
from alembic import op

revision = "0068_editions"
down_revision = "0067_inquiry"
UNDER_WAY = sa.text("issued_at IS NULL AND dropped_at IS NULL")
NOT_DROPPED = sa.text("dropped_at IS NULL")
ORIGINALS = """
INSERT INTO notice_edition (notice_id, edition, kind, reason, wording, withdrawn, added, changed,
                            drafted_by_id, drafted_at, approved_by_id, approved_at,
                            issued_at, in_version, sealed, sealed_sha256, code)
SELECT notice.id, 1, 'original', '', '{}', '[]', '[]', '[]',
       notice.drafted_by_id, notice.issued_at, notice.approved_by_id,
       CASE WHEN notice.approved_by_id IS NULL THEN NULL ELSE notice.issued_at END,
       notice.issued_at,
       (SELECT max(event.seq) FROM event
        WHERE event.subject_type = 'notice' AND event.subject_id = notice.id AND event.action = 'sealed'),
       notice.sealed, notice.sealed_sha256, notice.verification_code
FROM notice WHERE notice.sealed IS NOT NULL AND notice.issued_at IS NOT NULL
"""


def upgrade() -> None:
    for table in ("notice", "notice_item", "receipt"):
        op.add_column(table, sa.Column("edition", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.create_table(
        "notice_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Text(), nullable=False),
        sa.Column("added", sa.Text(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_version", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("sealed_sha256", sa.String(64), nullable=True),
        sa.Column("code", sa.String(20), nullable=True),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_notice_edition_four_eyes")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_notice_edition_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "issued_at IS NULL OR kind IN ('original', 'withdrawal') OR approved_by_id IS NOT NULL",
            name=op.f("ck_notice_edition_issued_was_approved"),
        ),
        sa.CheckConstraint(
            "issued_at IS NULL OR (sealed IS NOT NULL AND dropped_at IS NULL)",
            name=op.f("ck_notice_edition_issued_is_sealed"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_edition_notice_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_notice_edition_drafted_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_notice_edition_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_edition")),
    )
    op.create_index(
        "uq_notice_edition_under_way", "notice_edition", ["notice_id"], unique=True,
        sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY,
    )  # fmt: skip
    op.create_index(
        "uq_notice_edition_number", "notice_edition", ["notice_id", "edition"], unique=True,
        sqlite_where=NOT_DROPPED, postgresql_where=NOT_DROPPED,
    )  # fmt: skip
    op.create_index("ix_notice_edition_approved", "notice_edition", ["approved_at", "issued_at"])
    op.execute(ORIGINALS)


def downgrade() -> None:
    op.drop_table("notice_edition")
    for table in ("receipt", "notice_item", "notice"):
        op.drop_column(table, "edition")
