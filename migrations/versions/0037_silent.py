"""Hand-overs that wait for the word of a person are found by the person."""

from alembic import op

revision = "0037_silent"
down_revision = "0036_untested"


def upgrade() -> None:
    op.create_index("ix_hand_over_given", "hand_over", ["given_by", "giver_is_silent"])
    op.create_index("ix_hand_over_taken", "hand_over", ["taken_by", "taker_is_silent"])


def downgrade() -> None:
    op.drop_index("ix_hand_over_taken", "hand_over")
    op.drop_index("ix_hand_over_given", "hand_over")
