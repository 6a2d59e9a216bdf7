"""Places of an agency's store, and disposals of portions with two signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0034_storage"
down_revision = "0033_two_sides"


def by_bytes(length):
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_index(op.f("ix_hand_over_portion_id"), "hand_over", ["portion_id"])
    op.create_index(op.f("ix_hand_over_taken_by"), "hand_over", ["taken_by"])
    op.create_table(
        "storage_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("code", by_bytes(40), nullable=False),
        sa.Column("room", sa.String(length=100), nullable=False),
        sa.Column("shelf", sa.String(length=100), nullable=False),
        sa.Column("least_tenths", sa.Integer(), nullable=True),
        sa.Column("most_tenths", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("least_tenths <= most_tenths", name=op.f("ck_storage_place_range_is_one")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_storage_place_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_place")),
        sa.UniqueConstraint("agency_id", "code", name=op.f("uq_storage_place_agency_id_code")),
    )
    op.create_table(
        "disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_disposal_four_eyes")),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_disposal_confirmed_says_when")
        ),
        sa.ForeignKeyConstraint(["portion_id"], ["portion.id"], name=op.f("fk_disposal_portion_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_disposal_proposed_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_disposal_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
        sa.UniqueConstraint("portion_id", name=op.f("uq_disposal_portion_id")),
    )


def downgrade() -> None:
    op.drop_table("disposal")
    op.drop_table("storage_place")
    op.drop_index(op.f("ix_hand_over_taken_by"), "hand_over")
    op.drop_index(op.f("ix_hand_over_portion_id"), "hand_over")
