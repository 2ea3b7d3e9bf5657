"""Committees that count the stock, what they found, and lists of what is to be written off."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.String(length=32), nullable=False, server_default="full"),
        sa.Column("kho", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("shelf", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("begun_by", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("closed_by", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("minutes", sa.JSON(), nullable=True),
    ):
        op.add_column("stocktake", column)
    of_count = (["school_id", "stocktake_id"], ["stocktake.school_id", "stocktake.id"])
    of_copy = (["school_id", "copy_id"], ["copy.school_id", "copy.id"])
    op.create_table(
        "stocktake_member",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(*of_count),
        sa.PrimaryKeyConstraint("school_id", "stocktake_id", "place"),
    )
    op.create_table(
        "stocktake_cause",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("proposal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(*of_count),
        sa.ForeignKeyConstraint(*of_copy),
        sa.PrimaryKeyConstraint("school_id", "stocktake_id", "copy_id"),
    )
    op.create_table(
        "weeding_list",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_why", sa.String(length=100), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["school_id", "voucher_id"], ["voucher.school_id", "voucher.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "weeding_line",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("weeding_id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("handling", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "weeding_id"], ["weeding_list.school_id", "weeding_list.id"]
        ),
        sa.ForeignKeyConstraint(*of_copy),
        sa.PrimaryKeyConstraint("school_id", "weeding_id", "copy_id"),
    )
    op.create_index("weedings_of_copy", "weeding_line", ["school_id", "copy_id"])


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
