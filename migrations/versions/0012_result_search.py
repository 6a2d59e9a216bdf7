"""Published results can be searched: an entry for each one in force, and every two neighbouring characters of its text.

What is published already gets its entry here. The hash of a copy gets an index, so that anybody may verify by it.
"""

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012_result_search"
down_revision = "0011_accounts"

AT_ONCE = 500
INDEXES = {
    "ix_result_entry_published_at": ["published_at", "result_id"],
    "ix_result_entry_platform": ["platform", "published_at", "result_id"],
    "ix_result_entry_category": ["category", "published_at", "result_id"],
    "ix_result_entry_verdict": ["verdict", "published_at", "result_id"],
    "ix_result_entry_campaign": ["campaign", "published_at", "result_id"],
}


def upgrade() -> None:
    entry = op.create_table(
        "result_entry",
        sa.Column("result_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_entry_result_id")),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_result_entry")),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "result_entry", columns, unique=False)
    pair = op.create_table(
        "result_pair",
        sa.Column("pair", sa.String(length=2), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_pair_result_id")),
        sa.PrimaryKeyConstraint("pair", "published_at", "result_id", name=op.f("pk_result_pair")),
    )
    op.create_index(op.f("ix_result_copy_sha256"), "result", ["copy_sha256"], unique=False)
    fill(entry, pair)


def fill(entry: sa.Table, pair: sa.Table) -> None:
    result = sa.table(
        "result",
        sa.column("id", sa.Integer),
        sa.column("status", sa.String),
        sa.column("published_at", sa.DateTime(timezone=True)),
        sa.column("copy", sa.Text),
    )
    last = 0
    in_force = sa.select(result.c.id, result.c.published_at, result.c.copy).where(result.c.status == "published")
    while True:
        some = in_force.where(result.c.id > last).order_by(result.c.id).limit(AT_ONCE)
        rows = op.get_bind().execute(some).all()
        if not rows:
            return
        entries = [entry_of(row.id, row.published_at, json.loads(row.copy)) for row in rows]
        op.bulk_insert(entry, entries)
        op.bulk_insert(pair, [line for each in entries for line in pairs_of(each)])
        last = rows[-1].id


def entry_of(result_id, published_at, copy):
    product = copy["product"]
    named = [copy["number"], product["name"], product["brand"], product["spec"], product["batch"]]
    return {
        "result_id": result_id,
        "published_at": published_at,
        "platform": copy["platform"]["code"],
        "category": copy["campaign"]["category"],
        "verdict": copy["verdict"],
        "campaign": copy["campaign"]["number"],
        "text": folded(" ".join([*named, copy["producer"]["name"], copy["seller"]["shop"]])),
    }


def folded(text):
    kinds = ((c, unicodedata.category(c)) for c in text)
    seen = "".join(" " if kind.startswith(("C", "Zl", "Zp")) else c for c, kind in kinds if kind != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def pairs_of(entry):
    kept = {"published_at": entry["published_at"], "result_id": entry["result_id"]}
    pairs = {word[at : at + 2] for word in entry["text"].split() for at in range(len(word) - 1)}
    return [{"pair": pair} | kept for pair in sorted(pairs)]


def downgrade() -> None:
    op.drop_index(op.f("ix_result_copy_sha256"), table_name="result")
    op.drop_table("result_pair")
    for name in INDEXES:
        op.drop_index(name, table_name="result_entry")
    op.drop_table("result_entry")
