"""Results in force are counted by what was stated last of their listings, and no longer by what their copies say."""

import sqlalchemy as sa
from alembic import op

revision = "0097_stated"
down_revision = "0096_editors_desk"

FACETS = ("platform", "category", "region", "verdict", "year")


def upgrade() -> None:
    last = (
        "(SELECT {said} FROM result_statement s WHERE s.result_id = result_entry.result_id ORDER BY s.id DESC LIMIT 1)"
    )
    stated = "EXISTS (SELECT 1 FROM result_statement s WHERE s.result_id = result_entry.result_id)"
    said = "json_extract(s.says, '$.state')" if on_sqlite() else "(s.says)::json ->> 'state'"
    op.execute(f"UPDATE result_entry SET takedown = {last.format(said=said)} WHERE {stated}")
    count_again()


def downgrade() -> None:
    said = "json_extract(r.copy, '$.takedown.state')" if on_sqlite() else "(r.copy)::json -> 'takedown' ->> 'state'"
    op.execute(f"UPDATE result_entry SET takedown = (SELECT {said} FROM result r WHERE r.id = result_entry.result_id)")
    count_again()


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def count_again() -> None:
    op.execute("""DELETE FROM result_tally WHERE "by" = 'takedown'""")
    for of in ("", *FACETS):
        value, known, by = (of, f"{of} <> '' AND", f"{of}, takedown") if of else ("''", "", "takedown")
        op.execute(
            sa.text(
                'INSERT INTO result_tally ("of", "value", "by", "under", "many") '
                f"SELECT '{of}', {value}, 'takedown', takedown, count(*) FROM result_entry "
                f"WHERE {known} takedown <> '' GROUP BY {by}"
            )
        )
