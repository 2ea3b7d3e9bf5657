"""Books that teachers need for a lesson."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson_request",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=False),
        sa.Column("lesson", sa.String(length=100), nullable=False),
        sa.Column("wanted", sa.String(length=500), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("lesson_requests_of_patron", "lesson_request", ["school_id", "patron_id"])


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
