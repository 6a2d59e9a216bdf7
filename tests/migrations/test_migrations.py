"""The migrations make what the models say, can be undone, and leave the record protected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import migrations
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.tables import metadata

FOLDER = CHECKOUT / "migrations"
FILES = sorted((FOLDER / "versions").glob("[0-9]*.py"))


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata, "compare_type": True})
        return list(compare_metadata(context, metadata))


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_the_newest_migration_makes_what_the_models_say(app: Flask) -> None:
    assert differences() == []


def test_checks_are_what_the_models_say(app: Flask) -> None:
    """Autogenerate compares no CHECK; their names at least must be there."""
    inspector = sa.inspect(db.engine)
    for table in metadata.sorted_tables:
        named = {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint) and c.name}
        there = {c["name"] for c in inspector.get_check_constraints(table.name)}
        assert {name for name in named if not name.endswith("_enum")} <= there, table.name


def test_an_index_over_some_rows_is_over_the_same_in_both_databases(app: Flask) -> None:
    """Autogenerate does not compare them, and a model tells SQLite's half only (core/db.py)."""
    wanted = {
        str(index.name): plain(str(index.dialect_options["sqlite"]["where"]))
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    asked = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    if db.engine.dialect.name == "sqlite":
        asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with db.engine.connect() as connection:
        made = {name: sql.partition(" WHERE ")[2] for name, sql in connection.execute(sa.text(asked))}
    assert {name: plain(where) for name, where in made.items() if where} == wanted
    assert wanted


def plain(where: str) -> str:
    """As both databases write it: PostgreSQL adds brackets and casts, and writes IN as ANY of an array."""
    text = re.sub(r"::(character varying|text)(\(\d+\))?(\[\])?", "", where)
    text = re.sub(r"= ANY \(+ARRAY\[(.*?)\]\)+", r"IN (\1)", text)
    return re.sub(r"[()\s]", "", text).lower()


def test_up_down_and_up_again(app: Flask) -> None:
    db.session.remove()
    everything = tables()
    migrations.downgrade("base")
    assert tables() == set()
    migrations.upgrade()
    assert tables() == everything == set(metadata.tables)


@pytest.mark.parametrize("table", ["event", "access"])
def test_the_record_is_protected_at_head(session: Session, table: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        query = "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
        wanted = 1
    else:
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        wanted = 2
    assert session.scalar(sa.text(query), {"table": table}) == wanted


def test_every_database_has_a_name_of_its_own(session: Session) -> None:
    names = session.scalars(sa.text("SELECT name FROM installation")).all()
    assert len(names) == 1
    assert re.fullmatch("[0-9a-f]{32}", names[0])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_revision_is_named_like_its_file_in_32_characters_and_imports_no_model(path: Path) -> None:
    text = path.read_text()
    assert f'revision = "{path.stem}"' in text
    assert len(path.stem) <= 32  # PostgreSQL keeps no more
    assert "quality" not in re.sub(r'""".*?"""', "", text, flags=re.S)


def test_the_head_is_written_down() -> None:
    """Two branches that each add a migration then meet in one line of one file."""
    assert (FOLDER / ".head").read_text().strip() == FILES[-1].stem
