"""Each result in force as a line of the table of all of them, made once; and those withdrawn by the day on which."""

import csv
import io
import json
import re
import unicodedata
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0089a_lines"
down_revision = "0089_facets"

AT_ONCE = 500
COPIED = (
    "product.name", "product.brand", "product.spec", "product.batch", "producer.name", "producer.address",
    "producer_denies", "platform.code", "platform.name", "seller.shop", "seller.uscc", "region", "listing_id", "takedown.state",
    "campaign.number", "campaign.title", "campaign.kind", "campaign.category", "agency.name", "laboratory",
)  # fmt: skip
FAILED = {"fail", "conditional_fail"}
FORMULA = re.compile(r"[=+@\-＝＋＠－\t\r](?!\d[\d.,]*$)")


def upgrade() -> None:
    line = op.create_table(
        "result_line",
        sa.Column("result_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_line_result_id")),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_result_line")),
    )
    where = sa.text("status = 'withdrawn'")
    op.create_index("ix_result_withdrawn", "result", ["ended_at"], sqlite_where=where, postgresql_where=where)
    fill(line)


def fill(line: sa.Table) -> None:
    result = sa.table(
        "result",
        sa.column("id", sa.Integer),
        sa.column("number", sa.String),
        sa.column("edition", sa.Integer),
        sa.column("published_at", sa.DateTime(timezone=True)),
        sa.column("copy", sa.Text),
    )
    entry = sa.table("result_entry", sa.column("result_id", sa.Integer), sa.column("region", sa.String))
    last = 0
    while True:
        some = sa.select(result, entry.c.region).where(result.c.id == entry.c.result_id, result.c.id > last)
        rows = op.get_bind().execute(some.order_by(result.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        op.bulk_insert(line, [{"result_id": row.id, "line": line_of(row)} for row in rows])
        last = rows[-1].id


def line_of(row):
    copy, at = json.loads(row.copy), row.published_at
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    failed = "；".join(item["item"] for item in copy["items"] if item["verdict"] in FAILED)
    cells = [copy["number"], copy["edition"], f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}", copy["verdict"], failed]
    for path in COPIED:
        value = copy | {"region": row.region}
        for name in path.split("."):
            value = value.get(name, "")
        cells.append(("no", "yes")[value] if path == "producer_denies" else str(value))
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([harmless(visible(cell)) for cell in cells])
    return text.getvalue()


def harmless(cell):
    return f"'{cell}" if FORMULA.match(cell) else cell


def visible(text):
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join(" " if kind.startswith(("C", "Zl", "Zp")) else c for c, kind in kinds if kind != "Cf").strip()


def downgrade() -> None:
    op.drop_index("ix_result_withdrawn", table_name="result")
    op.drop_table("result_line")
