"""The editor's desk: withdrawals that are proposed, replies to review, texts of announcements and their templates."""

import sqlalchemy as sa
from alembic import op

revision = "0096_editors_desk"
down_revision = "0095_subscribers"

MOMENT = sa.DateTime(timezone=True)
NOT_ENDED = sa.text("ended_at IS NULL")
TO_REVIEW = sa.text("status = 'received'")
WAITING = sa.text("approved_at IS NULL AND ended_at IS NULL")
STANDING = sa.text("approved_at IS NOT NULL AND ended_at IS NULL")


def upgrade() -> None:
    withdrawals()
    templates()
    texts()
    for name, table, columns, where in (
        ("uq_withdrawal_request_open", "withdrawal_request", ["result_id"], NOT_ENDED),
        ("ix_withdrawal_request_open", "withdrawal_request", ["agency_id", "asked_at", "id"], NOT_ENDED),
        ("ix_reply_to_review", "reply", ["agency_id", "received_at", "id"], TO_REVIEW),
        ("uq_announcement_template_waiting", "announcement_template", ["agency_id", "kind"], WAITING),
        ("uq_announcement_text_waiting", "announcement_text", ["campaign_id"], WAITING),
        ("uq_announcement_text_standing", "announcement_text", ["campaign_id"], STANDING),
    ):
        op.create_index(name, table, columns, unique=name.startswith("uq_"), sqlite_where=where, postgresql_where=where)


def withdrawals() -> None:
    op.create_table(
        "withdrawal_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_withdrawal_request_result_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_withdrawal_request_agency_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_withdrawal_request_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_request")),
    )


def templates() -> None:
    name = "announcement_template"
    op.create_table(
        name,
        *recorded(),
        sa.Column("kind", sa.String(32), nullable=False),
        *drafted(name),
        sa.UniqueConstraint("agency_id", "kind", "edition", name=op.f(f"uq_{name}_agency_id_kind_edition")),
    )


def texts() -> None:
    name = "announcement_text"
    op.create_table(
        name,
        *recorded(),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("is_behind", sa.Boolean(), nullable=False),
        *drafted(name),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f(f"fk_{name}_campaign_id")),
        sa.ForeignKeyConstraint(["template_id"], ["announcement_template.id"], name=op.f(f"fk_{name}_template_id")),
        sa.UniqueConstraint("campaign_id", "edition", name=op.f(f"uq_{name}_campaign_id_edition")),
    )
    op.create_index("ix_announcement_text_list", name, ["agency_id", "id"])


def recorded() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
    ]


def drafted(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", MOMENT, nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f(f"ck_{name}_four_eyes")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f(f"ck_{name}_approved_by_somebody")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f(f"fk_{name}_agency_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f(f"fk_{name}_drafted_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f(f"fk_{name}_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    ]


def downgrade() -> None:
    """What was written is in the record by its hash, and in the announcements that say it."""
    op.drop_index("ix_reply_to_review", "reply")
    for table in ("announcement_text", "announcement_template", "withdrawal_request"):
        op.drop_table(table)
