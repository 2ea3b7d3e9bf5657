"""Numbers of periodicals as they come, and readers who were counted by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "periodical",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        sa.PrimaryKeyConstraint("school_id", "edition_id"),
    )
    op.create_table(
        "periodical_issue",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("price_vnd", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        sa.PrimaryKeyConstraint("school_id", "edition_id", "year", "number"),
    )
    op.create_table(
        "head_count",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("head_counts_by_day", "head_count", ["school_id", "day"])


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
