"""How Alembic reaches the database: the program's own engine, one transaction a migration."""

from alembic import context

from quality.core.db import db
from quality.tables import metadata

with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
