"""Photos belong to a hand-over, and where there is none it says why.

Of what came before, the pictures of a receipt are found again: a portion came to a laboratory once, and that laboratory
sent them with the portion. Those that showed a sealed portion to the store are the two of the sealing. The rest stay
with the sample, where they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044_photos"
down_revision = "0041_competence"

OF_A_RECEIPT = """
    INSERT INTO hand_over_photo (hand_over_id, exhibit_id)
    SELECT hand_over.id, exhibit.id
    FROM exhibit
    JOIN holding ON holding.id = exhibit.holding_id
    JOIN hand_over ON hand_over.sample_id = exhibit.subject_id
        AND exhibit.part = 'portion:' || hand_over.portion_id
        AND hand_over.taken_by = 'laboratory:' || holding.organisation_id
    WHERE exhibit.subject_type = 'sample' AND exhibit.kind = 'lab_receipt'
    ORDER BY exhibit.id
"""
OF_THE_SEALING = """
    INSERT INTO hand_over_photo (hand_over_id, exhibit_id)
    SELECT first.id, exhibit.id
    FROM exhibit
    JOIN sample ON sample.task_id = exhibit.subject_id
    JOIN portion ON portion.sample_id = sample.id
        AND exhibit.kind = CASE portion.kind WHEN 'test' THEN 'seal_test' ELSE 'seal_backup' END
    JOIN hand_over AS first ON first.portion_id = portion.id
    WHERE exhibit.subject_type = 'task'
        AND first.id = (SELECT min(hand_over.id) FROM hand_over WHERE hand_over.portion_id = portion.id)
    ORDER BY exhibit.id
"""


def upgrade() -> None:
    for table in ("hand_over", "hand_over_confirmation"):
        op.add_column(table, sa.Column("no_photo", sa.String(length=300), nullable=False, server_default=""))
    op.create_table(
        "hand_over_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hand_over_id", sa.Integer(), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.Column("confirmation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["hand_over_id"], ["hand_over.id"], name=op.f("fk_hand_over_photo_hand_over_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_hand_over_photo_exhibit_id")),
        sa.ForeignKeyConstraint(
            ["confirmation_id"], ["hand_over_confirmation.id"], name=op.f("fk_hand_over_photo_confirmation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_photo")),
        sa.UniqueConstraint("hand_over_id", "exhibit_id", name=op.f("uq_hand_over_photo_hand_over_id_exhibit_id")),
    )
    op.execute(OF_A_RECEIPT)
    op.execute(OF_THE_SEALING)


def downgrade() -> None:
    op.drop_table("hand_over_photo")
    for table in ("hand_over", "hand_over_confirmation"):
        op.drop_column(table, "no_photo")
