"""Documents: what each says, its code, and the hash of its PDF in the vault."""

import sqlalchemy as sa
from alembic import op

revision = "0023_documents"
down_revision = "0022_delivery"
WAITING = sa.text("sha256 IS NULL")


def by_bytes(length):
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("code", by_bytes(20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("number", by_bytes(60), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(sha256 IS NULL) = (made_at IS NULL)", name=op.f("ck_document_made_has_hash")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_document_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("code", "language", name=op.f("uq_document_code_language")),
        sa.UniqueConstraint(
            "subject_type", "subject_id", "kind", "edition", "language",
            name=op.f("uq_document_subject_type_subject_id_kind_edition_language"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"])
    op.create_index("ix_document_waiting", "document", ["next_try_at"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_table("document")
