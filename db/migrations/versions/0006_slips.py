"""What a slip says is kept for a day; the station remembers what its printer said of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipt_job", sa.Column("contents", sa.JSON(), nullable=True))
    op.add_column(
        "receipt_job", sa.Column("reprints", sa.Integer(), nullable=False, server_default="0")
    )
    where = sa.text("contents IS NOT NULL")
    op.create_index(
        "kept_slips", "receipt_job", ["started_at"], sqlite_where=where, postgresql_where=where
    )
    # It meant "nothing was sent so far", and no reader waits any more.
    op.execute("UPDATE receipt_job SET state = 'expired' WHERE state = 'failed'")
    op.add_column(
        "station",
        sa.Column("printer_trouble", sa.String(length=32), nullable=False, server_default=""),
    )
    op.add_column(
        "station", sa.Column("paper_low", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
