"""Trust between hub and kiosks: pairing codes, tokens that are rotated and revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("kiosk") as kiosk:
        kiosk.add_column(sa.Column("next_token_sha256", sa.LargeBinary(), nullable=True))
        kiosk.add_column(sa.Column("token_since", sa.DateTime(timezone=True), nullable=True))
        kiosk.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        kiosk.create_unique_constraint("kiosk_next_token_sha256_key", ["next_token_sha256"])
    op.add_column(
        "station", sa.Column("wiped", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "revoked_token",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("kiosk_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "token_sha256"),
    )
    op.create_table(
        "pairing_code",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kiosk_name", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_by_sha256", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
