"""Who can buy how much and where, as whom, and how often each may be seen; and of which shop a task is."""

import hashlib
import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0086_assignment"
down_revision = "0084_pieces"

NUMBER = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
A_THOUSAND = 1000


def upgrade() -> None:
    op.create_table(
        "buying_rules",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("shop_again", sa.Integer(), nullable=False),
        sa.Column("cover_period", sa.Integer(), nullable=False),
        sa.Column("cover_on_platform", sa.Integer(), nullable=False),
        sa.Column("cover_in_shop", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "shop_again >= 0 AND cover_period > 0 AND cover_on_platform >= 0 AND cover_in_shop >= 0",
            name=op.f("ck_buying_rules_are_limits"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_buying_rules_agency_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_buying_rules_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buying_rules")),
        sa.UniqueConstraint("agency_id", "edition", name=op.f("uq_buying_rules_agency_id_edition")),
    )
    op.create_table(
        "buyer_profile",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("per_week", sa.Integer(), nullable=True),
        sa.Column("regions", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint("per_week >= 0", name=op.f("ck_buyer_profile_is_a_number")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_buyer_profile_agency_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_buyer_profile_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_profile")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_buyer_profile_membership_id")),
    )
    op.create_index(op.f("ix_buyer_profile_agency_id"), "buyer_profile", ["agency_id"])
    op.create_table(
        "cover_identity",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(60), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_why", sa.String(32), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_why IS NULL)", name=op.f("ck_cover_identity_retired_says_why")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_cover_identity_agency_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["organisation.id"], name=op.f("fk_cover_identity_platform_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_cover_identity_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_identity")),
        sa.UniqueConstraint("number", name=op.f("uq_cover_identity_number")),
    )
    op.create_index(op.f("ix_cover_identity_agency_id"), "cover_identity", ["agency_id"])
    op.create_table(
        "cover_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("blind_index", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["cover_id"], ["cover_identity.id"], name=op.f("fk_cover_secret_cover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_secret")),
        sa.UniqueConstraint("cover_id", "kind", name=op.f("uq_cover_secret_cover_id_kind")),
    )
    op.create_index(op.f("ix_cover_secret_kind_blind_index"), "cover_secret", ["kind", "blind_index"])
    op.add_column("task", sa.Column("shop_key", sa.String(64), nullable=True))
    op.create_index("ix_task_shop", "task", ["shop_key", "buyer_id"])
    name_the_shops()


def recorded() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    ]


def name_the_shops() -> None:
    """Of the tasks that are there, as purchases/shops.py names them."""
    connection, last = op.get_bind(), 0
    asked = sa.text(
        "SELECT t.id, d.platform_id, d.listing FROM task t JOIN drawn d ON d.id = t.drawn_id "
        "WHERE t.id > :last ORDER BY t.id LIMIT :many"
    )
    told = sa.text("UPDATE task SET shop_key = :shop WHERE id = :task")
    while rows := connection.execute(asked, {"last": last, "many": A_THOUSAND}).all():
        last = rows[-1].id
        named = [
            {"task": row.id, "shop": shop}
            for row in rows
            if (shop := shop_key(row.platform_id, json.loads(row.listing)))
        ]
        if named:
            connection.execute(told, named)


def shop_key(platform_id: int, listing: dict) -> str | None:
    for column in ("shop_id", "shop_uscc", "shop_name"):
        said = unicodedata.normalize("NFKC", str(listing.get(column) or "")).strip()
        if said:
            return hashlib.sha256(f"{platform_id}\0{column}\0{said}".encode()).hexdigest()
    return None


def downgrade() -> None:
    op.drop_index("ix_task_shop", "task")
    op.drop_column("task", "shop_key")
    for table in ("cover_secret", "cover_identity", "buyer_profile", "buying_rules"):
        op.drop_table(table)
