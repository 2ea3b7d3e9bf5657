"""What there is for each subject, e-resources that were listed, and who gave books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, update

from db import rulebook
from db.catalogue import Catalogue
from db.editions import Editions
from db.library import Library
from db.models import Copy, Edition, Patron, PatronDetail
from db.outcomes import PatronCategory
from db.register import Intake, Register, VoucherEntry
from db.registers.asked import Asked
from db.registers.donations import thanks_report
from db.registers.stock import items
from db.registers.subjects import links_report, subjects_report
from db.rulebook import KhoRules
from db.states import DocumentType, LendingMode, VoucherKind
from tests.hub_school import HubSchool


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    school = HubSchool(tmp_path / "hub.db")
    yield Library(school.engine, 1, school.clock)
    school.engine.dispose()


@contextmanager
def asked(library: Library) -> Iterator[Asked]:
    """What is asked for a library year."""
    with library.act() as act:
        days = (date(2026, 6, 1), date(2027, 5, 31))
        yield Asked(act.connection, act.school_id, *days, act.now, act.rules.calendar)


def test_subject_without_a_teachers_book_is_listed(library: Library) -> None:
    """S04, S10: given teachers and books of subjects, then one without a teacher's book is told."""
    with library.act() as act:
        for kho in ("SGK", "SGV"):
            of_kho = KhoRules(kho, kho, 5, LendingMode.TAKE_HOME)
            rulebook.set_kho(act.connection, act.school_id, of_kho)
    for subject, kho, copies in (("Ngữ văn", "SGK", 2), ("Toán", "SGK", 1), ("Toán", "SGV", 3)):
        title = Editions(library).enter({"title": f"{subject} 6", "subject": subject, "kho": kho})
        Register(library).take_in(Intake(title, kho, copies))
    with library.act() as act:
        lan = select(Patron.id).where(Patron.category == PatronCategory.TEACHER).limit(1)
        detail = {"school_id": 1, "patron_id": act.connection.scalars(lan).one()}
        act.connection.execute(insert(PatronDetail).values(subject="Toán", **detail))
    with asked(library) as range_of:
        every, lacking = subjects_report(range_of, None)

    assert [row.cells for row in every.rows] == [
        ("Ngữ văn", 0, 2, 0, 0),
        ("Toán", 1, 1, 3, 0),
    ]
    assert [row.cells[0] for row in lacking.rows] == ["Ngữ văn"]


def test_e_resources_are_listed_and_never_counted(library: Library) -> None:
    """S33, S50: given eight addresses, when listed, then found by a reader too, and no copies."""
    with library.act() as act:
        before = _copies(act.connection)
    for number in range(8):
        name = f"Bài giảng điện tử {number}"
        link = {"title": name, "subject": "Toán", "grade": 8, "link": f"https://{number}.example"}
        kind = {"document_type": DocumentType.E_RESOURCE, "kho": ""}
        Editions(library).enter({**link, **kind})
    with asked(library) as range_of:
        (listed,) = links_report(range_of, None)
        after = _copies(range_of.connection)
    rows = [row.cells for row in listed.rows]
    hits = Catalogue(library.engine, 1).find("bai giang dien tu 3").hits

    assert len(rows) == 8
    assert rows[3][1:] == ("Bài giảng điện tử 3", "Toán", 8, "https://3.example", None)
    assert [hit.link for hit in hits] == ["https://3.example"]
    assert after == before


def test_givers_are_thanked_class_by_class(library: Library) -> None:
    """S20: given two classes that gave books, one of them twice, then each stands once."""
    title = Editions(library).enter({"title": "Truyện cổ tích", "kho": "STN"})
    for donor, copies in (("Lớp 6A", 20), ("Lớp 6B", 5), ("Lớp 6A", 1)):
        gift = VoucherEntry(VoucherKind.ENTRY, source="Biếu, tặng, quyên góp", donor=donor)
        voucher = Register(library).enter_voucher(gift)
        Register(library).take_in(Intake(title, "STN", copies, voucher))
    with asked(library) as range_of:
        (told,) = thanks_report(range_of, None)

    assert [row.cells for row in told.rows] == [
        (1, "Lớp 6A", 2, 21),
        (2, "Lớp 6B", 1, 5),
        ("", "Cộng", 3, 26),
    ]


def test_maps_are_not_in_the_general_register(library: Library) -> None:
    """S46: given books that turn out to be maps, then R1 counts them no more."""
    with asked(library) as range_of:
        before = len(items(range_of.connection, 1, range_of.as_of))
        range_of.connection.execute(update(Edition).values(document_type=DocumentType.MAP))
        after = len(items(range_of.connection, 1, range_of.as_of))

    assert (before, after) == (3, 0)


def _copies(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(Copy)).scalar_one()
