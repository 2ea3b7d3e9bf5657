"""How Alembic runs here: always on a connection that `db.engine` hands over."""

from alembic import context

from db.catalogue_triggers import is_in_models
from db.models import Base


def run() -> None:
    """Bring the connection's tables to the asked revision, inside its transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=is_in_models,
    )
    context.run_migrations()


run()
