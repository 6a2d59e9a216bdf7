"""Who is told that a sample was taken, when it came, and each try of a person to reach somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0115_sample_notices"
down_revision = "0114a_seals"


def upgrade() -> None:
    code = sa.String(20).with_variant(sa.String(20, collation="C"), "postgresql")
    op.create_table(
        "sample_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column("addressee", sa.String(300), nullable=False),
        sa.Column("product", sa.String(300), nullable=False),
        sa.Column("code", code, nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("link_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_sha256", sa.String(64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.String(32), nullable=True),
        sa.Column("receipt_no", sa.String(100), nullable=False),
        sa.CheckConstraint(
            "(party = 'platform') = (platform_id IS NOT NULL)", name=op.f("ck_sample_notice_platform_is_named")
        ),
        sa.CheckConstraint(
            "(party = 'platform') = (token_sha256 IS NULL)", name=op.f("ck_sample_notice_seller_has_a_link")
        ),
        sa.CheckConstraint("(token_sha256 IS NULL) = (expires_at IS NULL)", name=op.f("ck_sample_notice_links_expire")),
        sa.CheckConstraint("(received_at IS NULL) = (proof IS NULL)", name=op.f("ck_sample_notice_receipt_is_proven")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_sample_notice_sample_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_sample_notice_agency_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_sample_notice_platform_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_sample_notice_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_notice")),
        sa.UniqueConstraint("sample_id", "party", name=op.f("uq_sample_notice_sample_id_party")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_sample_notice_token_sha256")),
    )
    op.create_index("ix_sample_notice_platform", "sample_notice", ["platform_id", "id"])
    op.create_index("ix_sample_notice_list", "sample_notice", ["agency_id", "received_at", "id"])
    op.create_table(
        "reach_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_notice_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(sample_notice_id IS NULL) <> (letter_id IS NULL)", name=op.f("ck_reach_try_is_about_one")),
        sa.CheckConstraint(
            "letter_id IS NULL OR outcome <> 'delivered'", name=op.f("ck_reach_try_letters_have_receipts")
        ),
        sa.ForeignKeyConstraint(["sample_notice_id"], ["sample_notice.id"], name=op.f("fk_reach_try_sample_notice_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_reach_try_letter_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_reach_try_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_try")),
    )
    op.create_index(op.f("ix_reach_try_sample_notice_id"), "reach_try", ["sample_notice_id"])
    op.create_index(op.f("ix_reach_try_letter_id"), "reach_try", ["letter_id"])


def downgrade() -> None:
    """The record of each sample keeps who was told, and when."""
    op.drop_table("reach_try")
    op.drop_table("sample_notice")
