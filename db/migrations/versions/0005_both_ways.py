"""Sync both ways: the hub's change feed, where a station stands in it, clocks by boot."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("outbox_event", ("boot_id", sa.Uuid()), ("mono_ms", sa.BigInteger()), ("crc", sa.BigInteger()))
    op.create_table(
        "boot",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.Uuid(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_mono_ms", sa.BigInteger(), nullable=True),
        sa.Column("first_met_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("boot_id"),
    )
    _add("station", ("timeline", sa.Uuid()), ("pulled_at", sa.DateTime(timezone=True)))
    for name in ("safe_seq", "cursor", "mirror_acked"):
        _add_number("station", name)
    _add("kiosk", ("waiting", sa.Integer()), ("protocol", sa.Integer()), ("clock", sa.String(32)))
    _add("event_stream", ("latest_at", sa.DateTime(timezone=True)))
    _add_number("event_stream", "safe_seq")
    _add("received_event", ("copy_id", sa.Uuid()), ("sorted_at", sa.DateTime(timezone=True)))
    _add_number("received_event", "spread_s")
    op.add_column(
        "received_event", sa.Column("shift_s", sa.BigInteger(), nullable=False, server_default="0")
    )
    _fill_received_events()
    op.create_index("events_of_copy", "received_event", ["school_id", "copy_id", "sorted_at"])
    _add(
        "discrepancy",
        *((name, sa.Uuid()) for name in ("copy_id", "loan_id", "other_loan_id")),
        ("outcome", sa.String(32)),
    )
    op.add_column(
        "discrepancy", sa.Column("settled_by", sa.String(64), nullable=False, server_default="")
    )
    op.create_index("discrepancies_by_copy", "discrepancy", ["school_id", "copy_id"])
    op.create_table(
        "change",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("row_key", sa.String(), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "kind", "row_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("changes_in_order", "change", ["school_id", "change_seq"])
    op.create_table(
        "change_counter",
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("school_id"),
    )
    op.create_table(
        "timeline",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.Uuid(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "number"),
    )


def _add(table: str, *columns) -> None:
    for name, kind in columns:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def _add_number(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def _fill_received_events() -> None:
    """Say of events that came before which copy they are about, and where they are sorted."""
    server = op.get_bind().dialect.name == "postgresql"
    of_copy = (
        "CAST(payload->>'copy_id' AS uuid)"
        if server
        else "replace(json_extract(payload, '$.copy_id'), '-', '')"
    )
    op.execute("UPDATE received_event SET sorted_at = happened_at")
    op.execute(
        f"UPDATE received_event SET copy_id = {of_copy} WHERE verdict <> 'quarantined'"
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
