"""Who gave books in a range, class by class, to be thanked (S20). Keeps out readers' loans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import and_, func, select

from db.models import Copy, CopyChange, Voucher
from db.ordering import sort_key
from db.registers.asked import Asked
from db.registers.sheet import Column, Part, Row, Weight
from db.registers.stock import BEGINNINGS
from db.states import VoucherKind

_HEAD: Final = (
    Column("TT", 1, "middle"),
    Column("Lớp, người tặng", 8),
    Column("Số lần", 2, "number"),
    Column("Số cuốn", 2, "number"),
)


def thanks_report(asked: Asked, _wanted: object) -> Iterator[Part]:
    """The donors named on entry vouchers of the range, with the copies that came in by then."""
    of_voucher = and_(Copy.school_id == Voucher.school_id, Copy.entry_id == Voucher.id)
    came = select(CopyChange.copy_id).where(
        CopyChange.school_id == asked.school_id,
        CopyChange.reason.in_(BEGINNINGS),
        CopyChange.changed_at > asked.as_of,
    )
    given = (
        select(Voucher.donor, func.count(Voucher.id.distinct()), func.count(Copy.id))
        .join(Copy, of_voucher)
        .where(
            Voucher.school_id == asked.school_id,
            Voucher.kind == VoucherKind.ENTRY,
            Voucher.donor != "",
            Copy.id.not_in(came),
            Voucher.entered_on.between(asked.since, asked.until),
        )
        .group_by(Voucher.donor)
    )
    told = sorted(asked.connection.execute(given), key=lambda row: sort_key(row[0]))
    rows = [Row((place, *row)) for place, row in enumerate(told, start=1)]
    times, copies = sum(row[1] for row in told), sum(row[2] for row in told)
    total = Row(("", "Cộng", times, copies), Weight.TOTAL)
    yield Part("", _HEAD, [*rows, total])
