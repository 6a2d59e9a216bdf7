"""A letter may be of a case that came of a finding, and a party may send files with more than an objection."""

import sqlalchemy as sa
from alembic import op

revision = "0064_letters_of_cases"
down_revision = "0063_fallback"
OLD, NEW = "uq_sent_file_objection_id_sha256", "uq_sent_file_subject_type_subject_id_sha256"


def upgrade() -> None:
    op.add_column("letter", sa.Column("case_type", sa.String(32), nullable=True))
    op.add_column("letter", sa.Column("case_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_letter_case_type_case_id"), "letter", ["case_type", "case_id"])
    op.add_column("sent_file", sa.Column("subject_type", sa.String(32), nullable=True))
    op.add_column("sent_file", sa.Column("subject_id", sa.Integer(), nullable=True))
    op.execute("UPDATE sent_file SET subject_type = 'objection', subject_id = objection_id")
    with op.batch_alter_table("sent_file") as table:
        table.drop_constraint(op.f(OLD), type_="unique")
        table.drop_constraint(op.f("fk_sent_file_objection_id"), type_="foreignkey")
        table.drop_column("objection_id")
        table.alter_column("subject_type", existing_type=sa.String(32), nullable=False)
        table.alter_column("subject_id", existing_type=sa.Integer(), nullable=False)
        table.create_unique_constraint(op.f(NEW), ["subject_type", "subject_id", "sha256"])


def downgrade() -> None:
    op.execute("UPDATE correction_report SET letter_id = NULL")
    op.execute("DELETE FROM letter WHERE case_id IS NOT NULL")
    op.execute("DELETE FROM sent_file WHERE subject_type <> 'objection'")
    op.add_column("sent_file", sa.Column("objection_id", sa.Integer(), nullable=True))
    op.execute("UPDATE sent_file SET objection_id = subject_id")
    with op.batch_alter_table("sent_file") as table:
        table.drop_constraint(op.f(NEW), type_="unique")
        for name in ("subject_id", "subject_type"):
            table.drop_column(name)
        table.alter_column("objection_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_sent_file_objection_id"), "objection", ["objection_id"], ["id"])
        table.create_unique_constraint(op.f(OLD), ["objection_id", "sha256"])
    op.drop_index(op.f("ix_letter_case_type_case_id"), "letter")
    for name in ("case_id", "case_type"):
        op.drop_column("letter", name)
