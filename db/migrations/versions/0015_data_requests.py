"""What was asked about readers' data, and loans found by the day they began or ended."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("loans_by_beginning", "loan", ["school_id", "lent_at"])
    op.create_index("loans_by_end", "loan", ["school_id", "returned_at"])
    op.create_table(
        "data_request",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("wish", sa.String(length=32), nullable=False),
        sa.Column("paper", sa.String(length=64), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("done_by", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("data_requests_of_patron", "data_request", ["school_id", "patron_id"])


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
