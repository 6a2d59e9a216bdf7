"""Subscribers by mail, what each of them wants to be told, and the news that there are to tell."""

import sqlalchemy as sa
from alembic import op

revision = "0095_subscribers"
down_revision = "0094_open_data"

FILTERS = ("q", "platform", "category", "region", "verdict", "campaign", "producer")
TOLD = sa.text("look_at IS NOT NULL")
ASKED = sa.text("confirm_at IS NOT NULL")
UNCONFIRMED = sa.text("confirmed_at IS NULL")
PARTIAL = [
    ("ix_subscriber_told_to", ["told_to", "look_at"], TOLD),
    ("ix_subscriber_confirm_at", ["confirm_at"], ASKED),
    ("ix_subscriber_unconfirmed", ["asked_at"], UNCONFIRMED),
]


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    by_bytes = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handle", by_bytes, nullable=False),
        sa.Column("address", sa.String(1000), nullable=False),
        sa.Column("address_index", sa.String(64), nullable=False),
        sa.Column("link", sa.String(400), nullable=False),
        sa.Column("link_sha256", sa.String(64), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("rhythm", sa.String(32), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.Column("confirm_at", moment, nullable=True),
        sa.Column("confirm_tries", sa.Integer(), nullable=False),
        sa.Column("confirm_sent_at", moment, nullable=True),
        sa.Column("look_at", moment, nullable=True),
        sa.Column("told_to", sa.Integer(), nullable=False),
        sa.Column("telling_to", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("claimed_until", moment, nullable=True),
        sa.CheckConstraint(
            "confirmed_at IS NOT NULL OR look_at IS NULL", name=op.f("ck_subscriber_told_once_confirmed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_subscriber_{column}"))
            for column in ("handle", "address_index", "link_sha256")
        ),
    )
    for name, columns, where in PARTIAL:
        op.create_index(name, "subscriber", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("tells", sa.String(32), nullable=False),
        *(sa.Column(name, sa.String(100), nullable=False) for name in FILTERS),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("since_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_wish_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_subscriber_id"), "wish", ["subscriber_id"])
    op.create_table(
        "public_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("noted_at", moment, nullable=False),
        sa.CheckConstraint("(result_id IS NULL) <> (campaign_id IS NULL)", name=op.f("ck_public_news_of_one_thing")),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_public_news_result_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_public_news_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_news")),
        sa.UniqueConstraint("event_id", name=op.f("uq_public_news_event_id")),
    )
    op.create_index(op.f("ix_public_news_noted_at"), "public_news", ["noted_at"])
    op.create_table(
        "public_news_mark",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_public_news_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_news_mark")),
    )


def downgrade() -> None:
    """Who subscribed is forgotten: without these tables nobody could end it."""
    for table in ("public_news_mark", "public_news", "wish", "subscriber"):
        op.drop_table(table)
