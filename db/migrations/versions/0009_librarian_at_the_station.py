"""The librarian at a station: PINs and wrong tries, paused lending, who brought a crate back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_pin",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        sa.PrimaryKeyConstraint("school_id", "patron_id"),
    )
    op.create_table(
        "pin_try",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "patron_id"),
    )
    op.add_column(
        "station",
        sa.Column("lending_paused", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("crate_copy", sa.Column("handed_in_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
