"""A corrected activity keeps what it was; what is looked at before it begins."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("head_count", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("activity", sa.Column("entry_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE activity SET entry_id = id")
    with op.batch_alter_table("activity") as activity:
        activity.alter_column("entry_id", existing_type=sa.Uuid(), nullable=False)
    op.create_index("activities_by_entry", "activity", ["school_id", "entry_id"], unique=False)
    op.create_table(
        "safety_look",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "entry_id", "point", "looked_at"),
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
