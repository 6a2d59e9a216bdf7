"""A result may be public from a moment on, for its time; what becomes of its listings is stated beside its copy."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0093_embargo"
down_revision = "0092_statistics"

RESULT = sa.table(
    "result",
    sa.column("id"),
    sa.column("status"),
    sa.column("not_before", sa.DateTime(timezone=True)),
    sa.column("approved_by_id"),
)
OFFERED = ["uq_result_proposed", "result", ["number"]]
SINCE = ["ix_result_public_since", "result", ["public_since"]]
GONE = ["ix_result_gone", "result", ["ended_at", "id"]]
REFERRING = {
    "finding_id": "finding.id", "agency_id": "organisation.id", "platform_id": "organisation.id",
    "entered_by_id": "person.id", "decided_by_id": "person.id",
}  # fmt: skip
SCHEDULED = ["ix_result_scheduled", "result", ["not_before"]]


def upgrade() -> None:
    op.add_column("result", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("result", sa.Column("public_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE result SET public_since = (SELECT MIN(first.published_at) FROM result AS first"
        " WHERE first.number = result.number) WHERE published_at IS NOT NULL"
    )
    op.drop_index("uq_result_proposed", "result")
    made_where(OFFERED, "status IN ('proposed', 'scheduled')", unique=True)
    op.create_table(
        "result_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_statement_result_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_statement")),
    )
    op.create_index("ix_result_statement_result_id_id", "result_statement", ["result_id", "id"])
    op.create_table(
        "result_statement_mark",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_statement_mark")),
    )
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "status NOT IN ('shown', 'refused') OR decided_by_id IS NOT NULL", name=op.f("ck_reply_has_its_editor")
        ),
        sa.CheckConstraint("decided_by_id <> entered_by_id", name=op.f("ck_reply_four_eyes")),
        *(sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_reply_{name}")) for name, of in REFERRING.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    op.create_index("ix_reply_finding_id", "reply", ["finding_id"])
    made_where(["uq_reply_live", "reply", ["finding_id", "party"]], "status IN ('received', 'shown')", unique=True)
    made_where(SCHEDULED, "status = 'scheduled'")
    as_the_record_has_it()
    op.drop_index("ix_result_withdrawn", "result")  # those that expired are told of with them
    made_where(SINCE, "status = 'published'")
    made_where(GONE, "status IN ('withdrawn', 'expired') AND published_at IS NOT NULL")


def downgrade() -> None:
    """What waits for its moment is a proposal there, which somebody approves when the moment has come; what expired is withdrawn."""
    op.execute("UPDATE result SET status = 'withdrawn' WHERE status = 'expired'")
    made_where(["ix_result_withdrawn", "result", ["ended_at"]], "status = 'withdrawn'")
    op.drop_table("reply")
    op.drop_table("result_statement_mark")
    op.drop_table("result_statement")
    op.execute("UPDATE result SET status = 'proposed', approved_by_id = NULL WHERE status = 'scheduled'")
    for index in ("ix_result_gone", "ix_result_public_since", "ix_result_scheduled"):
        op.drop_index(index, "result")
    op.drop_index("uq_result_proposed", "result")
    made_where(OFFERED, "status = 'proposed'", unique=True)
    op.drop_column("result", "public_since")
    op.drop_column("result", "not_before")


def as_the_record_has_it() -> None:
    """What had a moment, or had expired, before somebody went down: their last event says so."""
    bind = op.get_bind()
    last = sa.text(
        "SELECT result.id, event.action, event.actor, event.details FROM result"
        " JOIN event ON event.subject_type = 'result' AND event.subject_id = result.id AND event.seq = result.version"
        " WHERE event.action IN ('schedule', 'expire')"
    )
    for key, action, actor, details in bind.execute(last).all():
        if action == "expire":
            bind.execute(sa.text("UPDATE result SET status = 'expired' WHERE id = :id"), {"id": key})
            continue
        moment = datetime.fromisoformat(json.loads(details)["not_before"])
        set_again = sa.update(RESULT).where(RESULT.c.id == key)
        by = int(actor.split()[0].partition(":")[2])
        bind.execute(set_again.values(status="scheduled", not_before=moment, approved_by_id=by))


def made_where(index: list, where: str, *, unique: bool = False) -> None:
    says = sa.text(where)
    op.create_index(*index, unique=unique, sqlite_where=says, postgresql_where=says)
