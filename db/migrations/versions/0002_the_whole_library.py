"""The whole library: registers, calendar, people over years, holds, sets, corners, losses."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KHO_NAMES = {
    "SGK": "Sách giáo khoa",
    "SGV": "Sách giáo viên",
    "SNV": "Sách nghiệp vụ",
    "STK": "Sách tham khảo",
    "STN": "Sách thiếu nhi",
    "BC": "Báo, tạp chí",
}
_OTHER = "KHAC"
_NUMBER = re.compile(r"(?P<kho>[^.]{1,8})\.(?P<number>\d{1,9})", re.ASCII)
_GRADE = re.compile(r"[6-9]")


def upgrade() -> None:
    bind = op.get_bind()
    policies = bind.execute(sa.text("SELECT * FROM policy")).mappings().all()
    recalls = bind.execute(sa.text("SELECT id, recall_on FROM school")).all()
    _make_new_tables()
    _widen_school(recalls)
    _widen_people()
    _widen_books()
    _widen_loans()
    _remake_policy(policies)


def _widen_school(recalls) -> None:
    with op.batch_alter_table("school", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("rules_version", sa.Integer(), nullable=False, server_default="1")
        )
        batch_op.drop_column("recall_on")
    with op.batch_alter_table("closed_day", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=32), nullable=False, server_default="own")
        )
    recall_day = sa.table(
        "recall_day", sa.column("school_id"), sa.column("category"), sa.column("day", sa.Date())
    )
    rows = [
        {"school_id": school, "category": category, "day": _day(day)}
        for school, day in recalls
        if day is not None
        for category in ("student", "teacher", "staff")
    ]
    if rows:
        op.bulk_insert(recall_day, rows)


def _widen_people() -> None:
    with op.batch_alter_table("patron", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grade", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("school_year", sa.String(length=9), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("status", sa.String(length=32), nullable=False, server_default="active")
        )
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        batch_op.create_index("patrons_of_homeroom", ["school_id", "homeroom"], unique=False)
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index("ix_card_patron_id")
        batch_op.create_index("cards_of_patron", ["school_id", "patron_id"], unique=False)
    patron = sa.table("patron", sa.column("homeroom"), sa.column("grade"))
    rooms = op.get_bind().execute(sa.select(patron.c.homeroom).distinct()).scalars().all()
    for room in rooms:
        if found := _GRADE.search(room):
            grade = int(found[0])
            op.execute(patron.update().where(patron.c.homeroom == room).values(grade=grade))


def _widen_books() -> None:
    with op.batch_alter_table("edition", schema=None) as batch_op:
        for name in ("volume", "series", "place", "link"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        for name, length in (
            ("size", 16),
            ("subject", 48),
            ("class_19", 4),
            ("ddc", 16),
            ("kho", 8),
        ):
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            )
        for name in ("price_vnd", "pages", "grade"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("document_type", sa.String(length=32), nullable=False, server_default="book")
        )
        batch_op.add_column(sa.Column("link_checked_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("copy", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kho", sa.String(length=8), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("in_library_only", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name, length in (("shelf", 16), ("row", 16), ("original_number", 48)):
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            )
        for name in ("corner_id", "entry_id", "exit_id"):
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("price_vnd", sa.Integer(), nullable=True))
    _number_copies()
    with op.batch_alter_table("copy", schema=None) as batch_op:
        batch_op.drop_index("ix_copy_edition_id")
        batch_op.create_index("copies_of_edition", ["school_id", "edition_id"], unique=False)
        batch_op.create_index("copies_of_corner", ["school_id", "corner_id"], unique=False)
        batch_op.create_index("one_copy_per_number", ["school_id", "kho", "number"], unique=True)
        batch_op.create_foreign_key(
            "copy_kho", "kho", ["school_id", "kho"], ["school_id", "prefix"]
        )
        batch_op.create_foreign_key(
            "copy_corner", "corner", ["school_id", "corner_id"], ["school_id", "id"]
        )
        batch_op.create_foreign_key(
            "copy_entry", "voucher", ["school_id", "entry_id"], ["school_id", "id"]
        )
        batch_op.create_foreign_key(
            "copy_exit", "voucher", ["school_id", "exit_id"], ["school_id", "id"]
        )
    op.execute("UPDATE copy SET state = 'received' WHERE state = 'in-process'")
    op.execute(
        "UPDATE edition SET kho = COALESCE((SELECT MIN(copy.kho) FROM copy"
        " WHERE copy.school_id = edition.school_id AND copy.edition_id = edition.id), '')"
    )


def _number_copies() -> None:
    """Read kho and number out of each accession number; what has no such shape goes to a kho of its own."""
    bind = op.get_bind()
    copies = bind.execute(
        sa.text("SELECT school_id, id, accession FROM copy ORDER BY accession")
    ).all()
    taken: set[tuple[int, str, int]] = set()
    widths: dict[tuple[int, str], int] = {}
    others: Counter[int] = Counter()
    rows = []
    for school, identity, accession in copies:
        found = _NUMBER.fullmatch(accession)
        key = (school, found["kho"], int(found["number"])) if found else (school, _OTHER, 0)
        if not found or key in taken:
            others[school] += 1
            key = (school, _OTHER, others[school])
        taken.add(key)
        width = len(found["number"]) if found and key[1] != _OTHER else 5
        widths[key[:2]] = min(6, max(4, width, widths.get(key[:2], 0)))
        rows.append({"of_school": school, "of_id": identity, "kho": key[1], "number": key[2]})
    kho = sa.table(
        "kho",
        *map(
            sa.column, ("school_id", "prefix", "name", "width", "lending", "register", "position")
        ),
    )
    for position, ((school, prefix), width) in enumerate(sorted(widths.items())):
        lending = (
            "textbook-set"
            if prefix == "SGK"
            else "teachers"
            if prefix in ("SGV", "SNV")
            else "take-home"
        )
        name = _KHO_NAMES.get(prefix, "Khác" if prefix == _OTHER else prefix)
        values = {
            "school_id": school,
            "prefix": prefix,
            "name": name,
            "width": width,
            "register": "",
        }
        op.execute(
            kho.insert().values(
                lending="reference" if prefix == "BC" else lending, position=position, **values
            )
        )
    if rows:
        bind.execute(
            sa.text(
                "UPDATE copy SET kho = :kho, number = :number WHERE school_id = :of_school AND id = :of_id"
            ),
            rows,
        )


def _widen_loans() -> None:
    with op.batch_alter_table("loan", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=32), nullable=False, server_default="take-home")
        )
        batch_op.add_column(sa.Column("set_loan_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("handed_in_by", sa.Uuid(), nullable=True))
        batch_op.drop_index("loans_of_visit")
        batch_op.create_index("loans_of_copy", ["school_id", "copy_id", "lent_at"], unique=False)
        batch_op.create_index(
            "loans_of_set",
            ["school_id", "set_loan_id"],
            unique=False,
            sqlite_where=sa.text("set_loan_id IS NOT NULL"),
            postgresql_where=sa.text("set_loan_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            "loan_set", "set_loan", ["school_id", "set_loan_id"], ["school_id", "id"]
        )


def _remake_policy(policies) -> None:
    op.drop_table("policy")
    policy = op.create_table(
        "policy",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("kho", sa.String(length=8), nullable=False),
        sa.Column("season", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("counts_with", sa.String(length=16), nullable=False),
        sa.Column("max_loans", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(length=32), nullable=False),
        sa.Column("loan_days", sa.Integer(), nullable=False),
        sa.Column("max_renewals", sa.Integer(), nullable=False),
        sa.Column("renewal_days", sa.Integer(), nullable=False),
        sa.Column("renewal_window_days", sa.Integer(), nullable=True),
        sa.Column("renewal_at_desk", sa.Boolean(), nullable=False),
        sa.Column("blocked_by_overdue", sa.Boolean(), nullable=False),
        sa.Column("for_leavers", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "category", "kho", "season", "valid_from"),
    )
    rows = [
        {
            **{name: row[name] for name in ("school_id", "category", "max_loans", "loan_days")},
            "blocked_by_overdue": bool(row["blocked_by_overdue"]),
            "kho": "",
            "season": "term",
            "valid_from": date(2000, 1, 1),
            "counts_with": "reading",
            "term": "days",
            "max_renewals": 0,
            "renewal_days": 0,
            "renewal_window_days": None,
            "renewal_at_desk": False,
            "for_leavers": True,
        }
        for row in policies
    ]
    if rows:
        op.bulk_insert(policy, rows)


def _day(value: object) -> date:
    """SQLite tells a date as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value  # type: ignore[return-value]


def _make_new_tables() -> None:
    # ### commands auto generated by Alembic ###
    op.create_table(
        "audit_entry",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=48), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("audit_by_time", ["school_id", "made_at"], unique=False)
        batch_op.create_index("audit_of_subject", ["school_id", "subject_id"], unique=False)

    op.create_table(
        "bell_time",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("lesson", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "begins"),
    )
    op.create_table(
        "kho",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("lending", sa.String(length=32), nullable=False),
        sa.Column("register", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "prefix"),
    )
    op.create_table(
        "open_day",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "day"),
    )
    op.create_table(
        "opening_slot",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("use", sa.String(length=32), nullable=False),
        sa.Column("homeroom", sa.String(length=16), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "weekday", "begins", "use", "homeroom"),
    )
    op.create_table(
        "recall_day",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "category", "day"),
    )
    op.create_table(
        "school_year",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=9), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("first_semester_ends_on", sa.Date(), nullable=False),
        sa.Column("second_semester_begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "name"),
    )
    op.create_table(
        "set_template",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "setting",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "name"),
    )
    op.create_table(
        "stocktake",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "corner",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("homeroom", sa.String(length=16), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("first_pupil_id", sa.Uuid(), nullable=True),
        sa.Column("second_pupil_id", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "first_pupil_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "second_pupil_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "teacher_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "edition_tag",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "edition_id"],
            ["edition.school_id", "edition.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "tag", "edition_id"),
    )
    with op.batch_alter_table("edition_tag", schema=None) as batch_op:
        batch_op.create_index("tags_of_edition", ["school_id", "edition_id"], unique=False)

    op.create_table(
        "homeroom",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "school_year"],
            ["school_year.school_id", "school_year.name"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "teacher_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "school_year", "name"),
    )
    op.create_table(
        "patron_code",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "kind", "digest"),
    )
    with op.batch_alter_table("patron_code", schema=None) as batch_op:
        batch_op.create_index("codes_of_patron", ["school_id", "patron_id"], unique=False)

    op.create_table(
        "patron_detail",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("female", sa.Boolean(), nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "patron_id"),
    )
    op.create_table(
        "priority_flag",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "patron_id", "set_at"),
    )
    op.create_table(
        "role",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "patron_id", "role", "since"),
    )
    op.create_table(
        "set_loan",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("lent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "template_id"],
            ["set_template.school_id", "set_template.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("set_loan", schema=None) as batch_op:
        batch_op.create_index("set_loans_of_patron", ["school_id", "patron_id"], unique=False)

    op.create_table(
        "set_title",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "edition_id"],
            ["edition.school_id", "edition.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "template_id"],
            ["set_template.school_id", "set_template.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "template_id", "edition_id"),
    )
    op.create_table(
        "skipped_number",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kho", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "kho"],
            ["kho.school_id", "kho.prefix"],
        ),
        sa.PrimaryKeyConstraint("school_id", "kho", "number"),
    )
    op.create_table(
        "voucher",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("donor", sa.String(), nullable=False),
        sa.Column("donor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "donor_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("voucher", schema=None) as batch_op:
        batch_op.create_index(
            "one_voucher_per_serial", ["school_id", "kind", "serial"], unique=True
        )

    op.create_table(
        "crate",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("corner_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "corner_id"],
            ["corner.school_id", "corner.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("crate", schema=None) as batch_op:
        batch_op.create_index("one_crate_per_number", ["school_id", "number"], unique=True)

    op.create_table(
        "enrolment",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("homeroom", sa.String(length=16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "school_year", "homeroom"],
            ["homeroom.school_id", "homeroom.school_year", "homeroom.name"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            "enrolments_of_homeroom", ["school_id", "school_year", "homeroom"], unique=False
        )
        batch_op.create_index(
            "one_open_enrolment",
            ["school_id", "patron_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "condition_note",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("damage", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("condition_note", schema=None) as batch_op:
        batch_op.create_index("notes_of_copy", ["school_id", "copy_id", "noted_at"], unique=False)

    op.create_table(
        "copy_change",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("corner_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("copy_change", schema=None) as batch_op:
        batch_op.create_index(
            "changes_of_copy", ["school_id", "copy_id", "changed_at"], unique=False
        )

    op.create_table(
        "crate_copy",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("crate_id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "crate_id"],
            ["crate.school_id", "crate.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "crate_id", "copy_id"),
    )
    with op.batch_alter_table("crate_copy", schema=None) as batch_op:
        batch_op.create_index("crates_of_copy", ["school_id", "copy_id"], unique=False)

    op.create_table(
        "hold",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "edition_id"],
            ["edition.school_id", "edition.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index("holds_of_copy", ["school_id", "copy_id", "ended_at"], unique=False)
        batch_op.create_index(
            "holds_of_edition", ["school_id", "edition_id", "ended_at", "placed_at"], unique=False
        )
        batch_op.create_index(
            "holds_of_patron", ["school_id", "patron_id", "ended_at"], unique=False
        )

    op.create_table(
        "set_place",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "copy_id"),
    )
    with op.batch_alter_table("set_place", schema=None) as batch_op:
        batch_op.create_index("places_of_patron", ["school_id", "patron_id"], unique=False)

    op.create_table(
        "stocktake_sight",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "stocktake_id"],
            ["stocktake.school_id", "stocktake.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "stocktake_id", "copy_id"),
    )
    op.create_table(
        "due_change",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_due", sa.Date(), nullable=False),
        sa.Column("new_due", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "loan_id"],
            ["loan.school_id", "loan.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("due_change", schema=None) as batch_op:
        batch_op.create_index("due_changes_of_loan", ["school_id", "loan_id"], unique=False)

    op.create_table(
        "loss_case",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("damage", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("search_until", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement", sa.String(length=32), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=False),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "copy_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "loan_id"],
            ["loan.school_id", "loan.id"],
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "replacement_id"],
            ["copy.school_id", "copy.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("loss_case", schema=None) as batch_op:
        batch_op.create_index("cases_of_copy", ["school_id", "copy_id", "settled_at"], unique=False)
        batch_op.create_index("cases_of_loan", ["school_id", "loan_id"], unique=False)

    op.create_table(
        "override",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "loan_id"],
            ["loan.school_id", "loan.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.create_index("overrides_of_loan", ["school_id", "loan_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
