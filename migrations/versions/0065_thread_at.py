"""What was said about notices since a moment is found without reading all that was ever said."""

from alembic import op

revision = "0065_thread_at"
down_revision = "0064_letters_of_cases"


def upgrade() -> None:
    op.create_index(op.f("ix_thread_entry_at"), "thread_entry", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_thread_entry_at"), "thread_entry")
