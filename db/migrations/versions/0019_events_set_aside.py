"""Events that could not be read are found without looking at all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "events_set_aside",
        "received_event",
        ["school_id", "kiosk_id"],
        sqlite_where=sa.text("verdict = 'quarantined'"),
        postgresql_where=sa.text("verdict = 'quarantined'"),
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
