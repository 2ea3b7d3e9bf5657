"""`Catalogue.find` among 100 000 editions, against a bare FTS5 query of the same text.

The demo catalogue is among generated editions, whose titles, authors and series are made of
common Vietnamese words; so is half of what is asked, as people type it: without accents or
with, the last word broken off. Both answer from the same file in the same run, in turn, on a
connection of their own. The bare query only gives row numbers, by bm25; ours also ranks, counts
and reads titles, shelves and copies. With `--database` both ask PostgreSQL, and the bare query
is one of `tsquery`, by `ts_rank`.
"""

from __future__ import annotations

import csv
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import TSQUERY

from benchmarks.reporting import arguments, percentile, report
from db.catalogue import Catalogue
from db.catalogue_index import WORD, lexeme
from db.clock import SCHOOL_ZONE
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from db.models import CatalogueEntry, Copy, Edition
from db.states import CopyState
from db.text import fold_for_search

NOW = datetime(2026, 11, 26, 8, 40, tzinfo=SCHOOL_ZONE)
ACCEPTANCE = Path(__file__).parent.parent / "tests" / "search_queries.csv"
PAGE = 20
"""Hits that either gives for one query; `Catalogue.find` does of itself."""

# No title made of these answers a query of the acceptance list better than the book it means.
_SUBJECTS = (
    "Toán|Ngữ văn|Tiếng Anh|Khoa học tự nhiên|Lịch sử và Địa lí|Tin học|Công nghệ|Âm nhạc|"
    "Mĩ thuật|Giáo dục công dân|Vật lí|Hóa học|Sinh học"
)
_STUDY = (
    "Nâng cao kiến thức|Bồi dưỡng học sinh giỏi|Ôn luyện kiểm tra|Hướng dẫn tự học|"
    "Phương pháp giải nhanh|Tuyển tập đề thi|Củng cố kiến thức|Luyện tập trắc nghiệm"
)
_SERIES = ("Kết nối tri thức với cuộc sống", "Chân trời sáng tạo", "Cánh Diều", "", "")
_WORDS = (
    "mùa hè|con đường|dòng sông|ngôi nhà|bầu trời|cánh đồng|người bạn|ngọn gió|ánh trăng|bông hoa|"
    "khu vườn|hải đảo|bình minh|chiếc lá|ngày xưa|hành trình|thế giới|bí mật|kỉ niệm|tiếng hát|"
    "biển xanh|mặt trời|ngôi sao|câu chuyện|mái trường|thầy giáo|cô gái|chàng trai|ông lão|em bé|"
    "thành phố|làng quê|núi cao|cơn mưa|giấc mơ|lá thư|bức tranh|cây đàn|chuyến tàu|đêm đông|"
    "khoa học|lịch sử|thiên nhiên|động vật|vũ trụ|phát minh|danh nhân|tuổi xanh|năm tháng|tình bạn"
)
_LINKS = "và|của|trong|trên|những|một|giữa|bên|với|cho"
_FAMILY = "Nguyễn|Trần|Lê|Phạm|Hoàng|Phan|Vũ|Đặng|Bùi|Đỗ|Ngô|Dương|Lý"
_MIDDLE = "Văn|Thị|Minh|Thu|Đức|Quang|Ngọc|Thanh|Hữu|Xuân"
_GIVEN = "Lan|Hùng|Dũng|Hạnh|Bình|Sơn|Thảo|Tuấn|Hương|Khánh|Phúc|Linh|Trang|Quân|Yến"


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", editions=100_000, rounds=5, seed=2026)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.db"
        engine = open_engine(asked.database or sqlite_url(path))
        began = time.perf_counter()
        titles = fill(engine, asked.editions, asked.seed)
        filled_s = time.perf_counter() - began
        bare, peer = (_bare_server(engine), "tsquery") if asked.database else (_bare(path), "fts5")
        figures = _compare(engine, bare, peer, titles, asked.rounds, asked.seed)
        engine.dispose()
    report({**figures, "editions": asked.editions, "fill_s": filled_s}, asked.json)


def _compare(
    engine: Engine,
    bare: Callable[[str], list[int]],
    peer: str,
    titles: Sequence[str],
    rounds: int,
    seed: int,
) -> dict[str, float | int]:
    catalogue = Catalogue(engine, 1)
    acceptance = _acceptance()
    queries = [row["query"] for row in acceptance]
    queries += _typed(random.Random(seed), titles, len(queries))
    ours_s: list[float] = []
    bare_s: list[float] = []
    for _ in range(rounds):
        for query in queries:
            ours_s.append(_timed(catalogue.find, query))
            bare_s.append(_timed(bare, query))
    return {
        f"p95_ratio_to_{peer}": percentile(ours_s, 0.95) / percentile(bare_s, 0.95),
        "right_first_hits": sum(_is_right(catalogue, row) for row in acceptance),
        "asked_first_hits": len(acceptance),
        "find_p95_ms": percentile(ours_s, 0.95) * 1000,
        "find_median_ms": percentile(ours_s, 0.5) * 1000,
        "find_worst_ms": max(ours_s) * 1000,
        f"{peer}_p95_ms": percentile(bare_s, 0.95) * 1000,
        f"{peer}_median_ms": percentile(bare_s, 0.5) * 1000,
        "queries": len(queries),
    }


def _timed(find: Callable[[str], object], query: str) -> float:
    began = time.perf_counter()
    find(query)
    return time.perf_counter() - began


def _bare(path: Path) -> Callable[[str], list[int]]:
    """What a program does that has nothing but FTS5: every word, the last one perhaps begun."""
    connection = sqlite3.connect(path)
    ask = "SELECT rowid FROM catalogue_fts WHERE catalogue_fts MATCH ? ORDER BY rank LIMIT ?"

    def find(query: str) -> list[int]:
        words = "".join(c if c.isalnum() else " " for c in fold_for_search(query)).split()
        match = " ".join(f'"{word}"' for word in words)
        return [row for (row,) in connection.execute(ask, (f"{match} *", PAGE))]

    return find


def _bare_server(engine: Engine) -> Callable[[str], list[int]]:
    """The same of PostgreSQL's own search."""
    connection = engine.connect()
    matching = CatalogueEntry.vector.op("@@")(bindparam("asked", type_=TSQUERY))
    weight = func.ts_rank(CatalogueEntry.vector, bindparam("asked", type_=TSQUERY)).desc()
    ask = select(CatalogueEntry.id).where(matching).order_by(weight).limit(PAGE)

    def find(query: str) -> list[int]:
        words = "".join(c if c.isalnum() else " " for c in fold_for_search(query)).split()
        asked = " & ".join(f"'{lexeme(1, WORD, word)}'" for word in words)
        return list(connection.scalars(ask, {"asked": f"{asked}:*"}))

    return find


def _acceptance() -> list[dict[str, str]]:
    with ACCEPTANCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_right(catalogue: Catalogue, row: dict[str, str]) -> bool:
    first = catalogue.find(row["query"], limit=1).hits[0]
    return (first.title, first.volume, first.series) == (row["title"], row["volume"], row["series"])


def _typed(chance: random.Random, titles: Sequence[str], how_many: int) -> list[str]:
    """The first words of some titles, half of them without accents, half with the last cut."""
    queries = []
    for title in chance.sample(titles, how_many):
        typed = " ".join(title.split()[: chance.randint(1, 5)])
        typed = fold_for_search(typed) if chance.random() < 0.5 else typed
        queries.append(typed[: -chance.randint(0, 1)] or typed if len(typed) > 3 else typed)
    return queries


def fill(engine: Engine, editions: int, seed: int) -> list[str]:
    """Write the demo school and `editions` invented ones, each with a copy; give their titles."""
    fill_demo_school(engine, 1, NOW)
    rows = list(_editions(random.Random(seed), editions))
    with engine.begin() as connection:
        connection.execute(insert(Edition), rows)
        connection.execute(insert(Copy), [_copy(n, row) for n, row in enumerate(rows, 100_000)])
    return [row["title"] for row in rows]


def _editions(chance: random.Random, how_many: int) -> Iterator[dict[str, Any]]:
    for number in range(1, how_many + 1):
        study = chance.random() < 0.4
        made = _study_book(chance) if study else _story_book(chance)
        yield {
            "school_id": 1,
            "id": UUID(int=number),
            "volume": chance.choice(("", "", "tập một", "tập hai")),
            "authors": ", ".join(_author(chance) for _ in range(chance.randint(1, 2))),
            **made,
        }


def _study_book(chance: random.Random) -> dict[str, Any]:
    subject, grade = _one(chance, _SUBJECTS), chance.randint(6, 9)
    return {
        "title": f"{_one(chance, _STUDY)} môn {subject} lớp {grade}",
        "series": chance.choice(_SERIES),
        "grade": grade,
        "subject": subject,
        "kho": "STK",
    }


def _story_book(chance: random.Random) -> dict[str, Any]:
    words = chance.sample(_WORDS.split("|"), chance.randint(2, 4))
    title = f" {_one(chance, _LINKS)} ".join(words)
    return {
        "title": title[0].upper() + title[1:],
        "series": "",
        "grade": None,
        "subject": "",
        "kho": "STN",
    }


def _one(chance: random.Random, words: str) -> str:
    return chance.choice(words.split("|"))


def _author(chance: random.Random) -> str:
    return " ".join(_one(chance, part) for part in (_FAMILY, _MIDDLE, _GIVEN))


def _copy(number: int, edition: dict[str, Any]) -> dict[str, Any]:
    kho = edition["kho"]
    return {
        "school_id": 1,
        "id": UUID(int=number),
        "accession": f"{kho}.{number:06d}",
        "kho": kho,
        "number": number,
        "edition_id": edition["id"],
        "state": CopyState.AVAILABLE,
    }


if __name__ == "__main__":
    main()
