"""Importing a register of 10 000 copies, against openpyxl's bare read of the same file.

Both read the same .xlsx, each in a process of its own, in turn; ours also finds the columns,
plans every row and writes editions, copies and vouchers in one transaction with fsync. Times
are taken inside the processes, after their imports; peak memory is the importing process's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl

from benchmarks.reporting import arguments, medians, report
from db.clock import SCHOOL_ZONE

NOW = datetime(2026, 11, 23, 8, 40, tzinfo=SCHOOL_ZONE)
HEADERS = (
    "Ngày vào sổ", "Số ĐKCB", "Tên sách", "Tác giả", "Nơi XB", "Nhà XB", "Năm XB", "Giá tiền",
    "Môn loại", "Số vào sổ tổng quát", "Ngày và số biên bản xuất", "Kiểm kê 2025", "Phụ chú",
)  # fmt: skip
"""Of the customary accession register (domain specification 2.3, R2)."""


def main() -> None:
    """Measure and print; the children call `work`."""
    asked = arguments(__doc__ or "", rounds=5, rows=10_000)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "register.xlsx"
        write_register(file, asked.rows)
        ours, bare = Child("ours", file), Child("bare", file)
        ours_s, bare_s = medians(asked.rounds, ours, bare)
    figures = {
        "time_ratio_to_openpyxl": ours_s / bare_s,
        "import_s": ours_s,
        "openpyxl_s": bare_s,
        "peak_rss_mb": ours.peak_mb,
        "openpyxl_rss_mb": bare.peak_mb,
        "rows": asked.rows,
    }
    report(figures, asked.json)


def write_register(file: Path, rows: int) -> None:
    """Write a register as schools keep it: ten copies of a title, one voucher each."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("STK")
    sheet.append(["SỔ ĐĂNG KÝ CÁ BIỆT"])
    sheet.append(HEADERS)
    for i in range(1, rows + 1):
        title = (i - 1) // 10 + 1
        day = date(2015, 9, 5) + timedelta(days=title)
        sheet.append(
            [
                f"{day:%d/%m/%Y}", f"STK.{i:05d}", f"Bồi dưỡng học sinh giỏi quyển {title}",
                f"Nguyễn Văn Tác Giả {title % 97}", "Hà Nội", "NXB Giáo dục Việt Nam",
                2000 + title % 20, 15000 + title % 50 * 1000, "5", title, None, "C", None,
            ]
        )  # fmt: skip
    book.save(file)


class Child:
    """Does one of the two jobs in a process of its own, as often as it is called."""

    def __init__(self, job: str, file: Path) -> None:
        self.peak_mb = 0.0
        self._words = [sys.executable, "-m", "benchmarks.import_register", job, str(file)]

    def __call__(self) -> float:
        """Do it once, and return its seconds."""
        done = subprocess.run(self._words, check=True, capture_output=True, text=True)
        told: dict[str, float] = json.loads(done.stdout)
        self.peak_mb = max(self.peak_mb, told["peak_mb"])
        return told["seconds"]


def work(job: str, file: Path) -> None:
    """Be the child: do a job and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = _ours(file, Path(folder)) if job == "ours" else _bare(file)
        began = time.perf_counter()
        prepared()
        seconds = time.perf_counter() - began
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak_mb": peak_kb / 1024}))


def _bare(file: Path) -> Callable[[], None]:
    def read() -> None:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for sheet in book.worksheets:
            for _ in sheet.iter_rows(values_only=True):
                pass

    return read


def _ours(file: Path, folder: Path) -> Callable[[], None]:
    from db.engine import open_engine, sqlite_url  # the bare child does without
    from db.intake.importing import FileKind, Order, import_sheets
    from db.intake.register import RegisterPlan
    from db.intake.workbook import Refusal, read_workbook

    engine = open_engine(sqlite_url(folder / "school.db"))

    def bring() -> None:
        sheets = read_workbook(file)
        assert not isinstance(sheets, Refusal)
        plan = import_sheets(engine, 1, sheets, Order(FileKind.COPIES), NOW)
        assert isinstance(plan, RegisterPlan)
        assert plan.counts.new == sum(len(sheet.lines) for sheet in sheets) - 2

    return bring


if __name__ == "__main__":
    if sys.argv[1:2] in (["ours"], ["bare"]):
        work(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
