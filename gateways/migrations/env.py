"""Where Alembic starts: on the connection that `gateways/database/migrate.py` hands over."""

from alembic import context

from gateways.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
