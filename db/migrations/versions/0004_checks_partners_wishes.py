"""Textbook checks, loans between libraries, wishes; a corner outlives its teacher's record."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missing_textbook",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("semester", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        sa.ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        sa.PrimaryKeyConstraint("school_id", "school_year", "semester", "patron_id", "edition_id"),
    )
    op.create_index("missing_of_patron", "missing_textbook", ["school_id", "patron_id"])
    op.create_table(
        "partner",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "partner_loan",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["school_id", "partner_id"], ["partner.school_id", "partner.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("one_handover_per_number", "partner_loan", ["school_id", "number"], unique=True)
    op.create_table(
        "partner_loan_line",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("partner_loan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("accession", sa.String(length=48), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "partner_loan_id"], ["partner_loan.school_id", "partner_loan.id"]
        ),
        sa.ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        sa.PrimaryKeyConstraint("school_id", "partner_loan_id", "position"),
    )
    op.create_index("partner_loans_of_copy", "partner_loan_line", ["school_id", "copy_id"])
    op.create_table(
        "wish",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("one_wish_per_title", "wish", ["school_id", "folded"], unique=True)
    op.create_table(
        "wish_vote",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id", "wish_id"], ["wish.school_id", "wish.id"]),
        sa.ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        sa.PrimaryKeyConstraint("school_id", "wish_id", "patron_id"),
    )
    op.create_index("votes_of_patron", "wish_vote", ["school_id", "patron_id"])
    with op.batch_alter_table("corner") as batch_op:
        batch_op.alter_column("teacher_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
