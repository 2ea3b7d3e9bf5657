"""What each station says of itself, and whether it was told more than a restored hub knows."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("version", sa.String(32), nullable=False, server_default=""),
        sa.Column("printer_trouble", sa.String(32), nullable=True),
        sa.Column("paper_low", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("camera", sa.String(32), nullable=False, server_default=""),
        sa.Column("saw_newer_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("kiosk", column)


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
