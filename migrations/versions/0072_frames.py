"""A frame is a thing of its own, whatever campaigns are drawn from it; what headings mean is kept by source.

What campaigns are drawn from already is told from their record: who gave it to them, when, and what was left out.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0072_frames"
down_revision = "0071_batches"

GIVEN = """
    SELECT c.agency_id, c.frame_sha256, c.frame_source, c.frame_rows, c.drafted_by_id, e.at, e.actor, e.details
    FROM campaign c JOIN event e ON e.subject_type = 'campaign' AND e.subject_id = c.id AND e.action = 'set_frame'
    WHERE c.frame_sha256 IS NOT NULL ORDER BY e.id
"""


def upgrade() -> None:
    op.create_table(
        "frame_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql"), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_frame_source_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_source")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_frame_source_agency_id_name")),
    )
    frame = op.create_table(
        "frame",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("encoding", sa.String(40), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("refused_file", sa.String(80), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_frame_agency_id")),
        sa.ForeignKeyConstraint(["source_id"], ["frame_source.id"], name=op.f("fk_frame_source_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["person.id"], name=op.f("fk_frame_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame")),
        sa.UniqueConstraint("agency_id", "sha256", name=op.f("uq_frame_agency_id_sha256")),
    )
    op.create_index(op.f("ix_frame_agency_id_id"), "frame", ["agency_id", "id"])
    op.bulk_insert(frame, list(given().values()))


def given() -> dict[tuple[int, str], dict[str, object]]:
    """The frames that campaigns have now, each as it was first given to one of its agency."""
    asked = sa.text(GIVEN).columns(at=sa.DateTime(timezone=True))
    found: dict[tuple[int, str], dict[str, object]] = {}
    for agency, sha256, name, accepted, drafter, at, actor, details in op.get_bind().execute(asked):
        told = json.loads(details) if isinstance(details, str) else details
        if told.get("sha256") != sha256:
            continue
        refused = int(told.get("refused", 0))
        person = actor.partition(" ")[0].partition(":")[2]
        found.setdefault(
            (agency, sha256),
            {
                "agency_id": agency,
                "sha256": sha256,
                "name": name or "",
                "encoding": "",
                "rows": (accepted or 0) + refused,
                "accepted": accepted or 0,
                "refused": refused,
                "refused_file": told.get("refused_file"),
                "imported_at": at,
                "imported_by_id": int(person) if person.isdigit() else drafter,
            },
        )
    return found


def downgrade() -> None:
    op.drop_table("frame")
    op.drop_table("frame_source")
