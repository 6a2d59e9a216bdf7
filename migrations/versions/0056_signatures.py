"""A document says with which certificate it was signed. Those of before bear no signature."""

import sqlalchemy as sa
from alembic import op

revision = "0056_signatures"
down_revision = "0055_own_time"


def upgrade() -> None:
    op.add_column("document", sa.Column("signed_with", sa.String(64), nullable=True))
    op.create_table(
        "signing_certificate",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_signing_certificate_agency_id")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_signing_certificate")),
    )
    op.create_index(op.f("ix_signing_certificate_agency_id"), "signing_certificate", ["agency_id"])


def downgrade() -> None:
    op.drop_table("signing_certificate")
    op.drop_column("document", "signed_with")
