"""An agency's templates of what its notices say. Notices that were drafted before came of none."""

import sqlalchemy as sa
from alembic import op

revision = "0069_templates"
down_revision = "0068_editions"
WAITING = sa.text("confirmed_at IS NULL AND refused_at IS NULL")


def upgrade() -> None:
    op.add_column("notice", sa.Column("template_id", sa.Integer(), nullable=True))
    op.add_column("notice", sa.Column("english", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "notice_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confirmed_by_id <> drafted_by_id", name=op.f("ck_notice_template_four_eyes")),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_notice_template_confirmed_by_somebody")
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR refused_at IS NULL", name=op.f("ck_notice_template_confirmed_or_refused")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_notice_template_agency_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_notice_template_drafted_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_notice_template_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_template")),
        sa.UniqueConstraint("agency_id", "name", "edition", name=op.f("uq_notice_template_agency_id_name_edition")),
    )
    op.create_index(
        "uq_notice_template_waiting", "notice_template", ["agency_id", "name"], unique=True,
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("notice_template")
    op.drop_column("notice", "english")
    op.drop_column("notice", "template_id")
