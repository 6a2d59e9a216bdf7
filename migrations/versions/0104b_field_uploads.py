"""Telephones that send sealed pieces, and uploads that go on where they broke off."""

import sqlalchemy as sa
from alembic import op

revision = "0104b_field_uploads"
down_revision = "0104a_purchase_rules"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "phone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_seen_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_phone_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_phone_token_digest")),
    )
    op.create_index(op.f("ix_phone_membership_id"), "phone", ["membership_id"])
    op.create_table(
        "piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("whole_at", MOMENT, nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("said_at", MOMENT, nullable=True),
        sa.Column("does", sa.String(16), nullable=True),
        sa.Column("about", sa.String(40), nullable=True),
        sa.Column("name", sa.String(32), nullable=True),
        sa.Column("reason_code", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("typed", sa.Text(), nullable=True),
        sa.Column("sealed", sa.String(64), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state <> 'refused' OR reason_code IS NOT NULL", name=op.f("ck_piece_refused_says_why")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_piece_phone_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_piece_membership_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_piece_agency_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_piece_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece")),
        sa.UniqueConstraint("phone_id", "uuid", name=op.f("uq_piece_phone_id_uuid")),
    )
    op.create_index("ix_piece_standing", "piece", ["membership_id", "state", "id"])
    op.create_index("ix_piece_agency", "piece", ["agency_id", "state", "id"])
    op.create_index(op.f("ix_piece_sealed"), "piece", ["sealed"])
    op.create_index(op.f("ix_piece_next_try_at"), "piece", ["next_try_at"])
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("piece_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=True),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("said_sha256", sa.String(64), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("came", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("whole_at", MOMENT, nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.CheckConstraint("came >= 0 AND came <= length", name=op.f("ck_upload_no_more_than_all")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_upload_membership_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_upload_phone_id")),
        sa.ForeignKeyConstraint(["piece_id"], ["piece.id"], name=op.f("fk_upload_piece_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("piece_id", name=op.f("uq_upload_piece_id")),
        sa.UniqueConstraint("token", name=op.f("uq_upload_token")),
    )
    op.create_index(op.f("ix_upload_membership_id_whole_at"), "upload", ["membership_id", "whole_at"])
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"])
    op.create_index(op.f("ix_upload_next_try_at"), "upload", ["next_try_at"])
    op.create_table(
        "upload_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_part_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_part")),
        sa.UniqueConstraint("upload_id", "begins", name=op.f("uq_upload_part_upload_id_begins")),
    )


def downgrade() -> None:
    """What was done on telephones is done; what was still on its way is sent anew."""
    for table in ("upload_part", "upload", "piece", "phone"):
        op.drop_table(table)
