"""The table of all results says which of them are about a label alone, and names no laboratory there.

Lines are written by the code of before while this runs: of a test, as nearly all are. The few about a label that are
there are written anew; they end with agency and laboratory, which was the agency as well.
"""

import csv
import io

import sqlalchemy as sa
from alembic import op

revision = "0118_label_only"
down_revision = "0115_sample_notices"


def upgrade() -> None:
    op.add_column("result_line", sa.Column("label_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    for key, line in about_labels():
        put(key, [*cells_of(line)[:-1], ""], label_only=True)


def downgrade() -> None:
    for key, line in about_labels():
        *cells, agency, _laboratory = cells_of(line)
        put(key, [*cells, agency, agency])
    op.drop_column("result_line", "label_only")


def about_labels():
    """In force, with a report of the agency itself."""
    return (
        op.get_bind()
        .execute(
            sa.text(
                "SELECT result_line.result_id, result_line.line FROM report"
                " JOIN finding ON finding.report_id = report.id"
                " JOIN result ON result.finding_id = finding.id"
                " JOIN result_line ON result_line.result_id = result.id"
                " WHERE report.laboratory_id = report.agency_id"
            )
        )
        .all()
    )


def cells_of(line):
    return next(csv.reader([line]))


def put(key, cells, **more):
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    line = sa.table(
        "result_line",
        sa.column("result_id", sa.Integer),
        sa.column("line", sa.Text),
        sa.column("label_only", sa.Boolean),
    )
    op.execute(sa.update(line).where(line.c.result_id == key).values(line=text.getvalue(), **more))
