"""The words by which editions are found; `db.catalogue_index` fills them after a migration."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("title_length", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("spelt", sa.String(), nullable=False),
        sa.Column("vector", postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "edition_id"], ["edition.school_id", "edition.id"], ondelete="CASCADE"
        ),
    )
    op.create_index(
        "one_entry_per_edition", "catalogue_entry", ["school_id", "edition_id"], unique=True
    )
    where = sa.text("stale")
    op.create_index(
        "stale_entries", "catalogue_entry", ["id"], sqlite_where=where, postgresql_where=where
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index("editions_by_isbn", ["school_id", "isbn"], unique=False)


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
