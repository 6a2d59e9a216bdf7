"""Results in force are narrowed by region and producer too, and counted as they come and go.

What is published already is placed by its copy: where no region stands in it, by the province that registered the shop's
company. What its text is found by besides (see 0012) is left to a job. On SQLite the pairs of characters lie in their
key and nowhere else, which halves them.
"""

import hashlib
import json
import unicodedata
from datetime import UTC, timedelta

import sqlalchemy as sa
from alembic import op
from stdnum.cn import uscc

revision = "0089_facets"
down_revision = "0088_epoch"

AT_ONCE = 500
TEXTS = {"kind": 16, "region": 40, "producer": 16, "takedown": 16, "year": 4}
INDEXED = ("region", "producer")
FACETS = ("platform", "category", "region", "verdict", "year")
COUNTED_BY = {name: name for name in (*FACETS, "takedown")} | {"sampled": "kind || '/' || verdict"}
PROVINCES = {
    "北京": "11", "天津": "12", "河北": "13", "山西": "14", "内蒙古": "15", "辽宁": "21", "吉林": "22", "黑龙江": "23",
    "上海": "31", "江苏": "32", "浙江": "33", "安徽": "34", "福建": "35", "江西": "36", "山东": "37", "河南": "41",
    "湖北": "42", "湖南": "43", "广东": "44", "广西": "45", "海南": "46", "重庆": "50", "四川": "51", "贵州": "52",
    "云南": "53", "西藏": "54", "陕西": "61", "甘肃": "62", "青海": "63", "宁夏": "64", "新疆": "65", "台湾": "71",
    "香港": "81", "澳门": "82",
}  # fmt: skip


def upgrade() -> None:
    for name, length in TEXTS.items():
        op.add_column("result_entry", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("result_entry", sa.Column("denied", sa.Boolean(), nullable=False, server_default=sa.false()))
    place()
    for name in INDEXED:
        op.create_index(f"ix_result_entry_{name}", "result_entry", [name, "published_at", "result_id"])
    op.create_table(
        "result_tally",
        sa.Column("of", sa.String(16), nullable=False),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("under", sa.String(100), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("of", "value", "by", "under", name=op.f("pk_result_tally")),
    )
    count()
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE result_pair ALTER COLUMN pair TYPE varchar(16) COLLATE "C"')
    else:
        keep_pairs(16, sqlite_with_rowid=False)


def downgrade() -> None:
    op.execute("DELETE FROM result_pair WHERE length(pair) > 2")
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE result_pair ALTER COLUMN pair TYPE varchar(2) COLLATE "default"')
    else:
        keep_pairs(2)
    op.drop_table("result_tally")
    for name in INDEXED:
        op.drop_index(f"ix_result_entry_{name}", table_name="result_entry")
    for name in ("denied", *TEXTS):
        op.drop_column("result_entry", name)


def keep_pairs(length: int, **how: bool) -> None:
    """The same rows in a table made anew."""
    op.create_table(
        "result_pair_new",
        sa.Column("pair", sa.String(length), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_pair_result_id")),
        sa.PrimaryKeyConstraint("pair", "published_at", "result_id", name=op.f("pk_result_pair")),
        **how,
    )
    op.execute("INSERT INTO result_pair_new SELECT pair, published_at, result_id FROM result_pair ORDER BY 1, 2, 3")
    op.drop_table("result_pair")
    op.rename_table("result_pair_new", "result_pair")


def place() -> None:
    """What each copy says of its own place in the list."""
    entry = sa.table(
        "result_entry",
        sa.column("result_id", sa.Integer),
        sa.column("published_at", sa.DateTime(timezone=True)),
        sa.column("denied", sa.Boolean),
        *(sa.column(name, sa.String) for name in TEXTS),
    )
    result = sa.table("result", sa.column("id", sa.Integer), sa.column("copy", sa.Text))
    rows = sa.select(entry.c.result_id, entry.c.published_at, result.c.copy).join(
        result, result.c.id == entry.c.result_id
    )
    placed = sa.update(entry).where(entry.c.result_id == sa.bindparam("of_result"))
    placed = placed.values({name: sa.bindparam(f"its_{name}") for name in ("denied", *TEXTS)})
    last = 0
    while True:
        some = rows.where(entry.c.result_id > last).order_by(entry.c.result_id).limit(AT_ONCE)
        found = op.get_bind().execute(some).all()
        if not found:
            return
        op.get_bind().execute(placed, [values_of(*row) for row in found])
        last = found[-1].result_id


def values_of(result_id, published_at, kept):
    copy = kept if isinstance(kept, dict) else json.loads(kept)
    name = unicodedata.normalize("NFKC", copy["producer"]["name"]).casefold()
    plain = "".join(c for c in name if c.isalnum())
    code = uscc.compact(copy["seller"]["uscc"])
    day = published_at if published_at.tzinfo is None else published_at.astimezone(UTC)  # SQLite keeps it in UTC
    registered = code[2:4] if uscc.is_valid(code) else ""
    return {
        "of_result": result_id,
        "its_kind": copy["campaign"]["kind"],
        "its_region": next((name for name, digits in PROVINCES.items() if digits == registered), ""),
        "its_producer": hashlib.sha256(plain.encode()).hexdigest()[:16] if plain else "",
        "its_takedown": copy["takedown"]["state"],
        "its_year": str((day + timedelta(hours=8)).year),
        "its_denied": copy["producer_denies"],
    }


def count() -> None:
    for of, value in [("", "''"), *((name, name) for name in FACETS)]:
        for by, under in COUNTED_BY.items():
            if by != of:
                op.execute(
                    'INSERT INTO result_tally ("of", "value", "by", "under", "many") '
                    f"SELECT '{of}', {value}, '{by}', {under}, count(*) FROM result_entry "
                    f"WHERE {under} <> ''" + (f" AND {value} <> ''" if of else "") + " GROUP BY 2, 4"
                )
