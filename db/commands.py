"""What the records' commands do. Keeps out how they are spelt and what is imported how.

Exit status: 0 done, 1 the file cannot be used and nothing was written, 2 the command line is
wrong, 3 the records or another file cannot be opened (docs/import.md).
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from db import catalogue_index, privacy
from db.clock import SystemClock
from db.engine import open_engine, sqlite_url
from db.errors import DatabaseDamaged, DatabaseInUse, DatabaseTooNew, DatabaseUnreachable
from db.intake import exchange, lists, store
from db.intake.columns import Asked, Converted
from db.intake.importing import FileKind, Order, Plan, import_sheets
from db.intake.lists import ListKind
from db.intake.people import PeoplePlan
from db.intake.records import from_csv, from_marc, to_csv, to_marc
from db.intake.workbook import Refusal, Unusable, read_workbook
from db.legacy_fonts import Encoding
from db.models import Card
from db.wording import Wording

DATABASE = Path("var/hub/hub.db")
FIRST_SCHOOL = 1
RECORDS = "records"
DONE, UNUSABLE, NO_RECORDS = 0, 1, 3


def import_file(options: Namespace) -> int:
    """Import a file, or show what that would do."""
    wording = Wording(options.language)
    if options.kind == RECORDS:
        return _import_records(options, wording)
    sheets = read_workbook(options.file)
    if isinstance(sheets, Refusal):
        return _refuse(sheets, options, wording)
    with _opened(options, wording) as engine:
        order = _order(options, wording)
        now = SystemClock().now()
        plan = import_sheets(engine, FIRST_SCHOOL, sheets, order, now, preview=options.preview)
    if isinstance(plan, Refusal):
        return _refuse(plan, options, wording)
    if options.json:
        print(json.dumps(_as_object(plan, options, wording), ensure_ascii=False))
    else:
        print("\n".join(_as_text(plan, options, wording)))
    return DONE


def export_list(options: Namespace) -> int:
    """Write a list, or the catalogue's records, to a file."""
    wording = Wording(options.language)
    with _opened(options, wording) as engine, engine.begin() as connection:
        if options.format in ("marc", "records"):
            if options.kind != ListKind.EDITIONS:
                print(wording.say("command.editions-only"), file=sys.stderr)
                return 2
            found = exchange.read_records(connection, FIRST_SCHOOL)
            data = to_marc(found) if options.format == "marc" else to_csv(found)
            rows = len(found)
        else:
            listing = lists.read_list(connection, FIRST_SCHOOL, ListKind(options.kind))
            data = lists.as_csv(listing) if options.format == "csv" else lists.as_xlsx(listing)
            rows = len(listing.rows)
    try:
        options.out.write_bytes(data)
    except OSError as error:
        why = _first_line(error)
        _stop(wording.say("command.not-writable", file=str(options.out), why=why))
    print(wording.say("result.exported", n=rows, file=str(options.out)))
    return DONE


def retire(options: Namespace) -> int:
    """Forget who had loans that ended before a day."""
    wording = Wording(options.language)
    now = SystemClock().now()
    with _opened(options, wording) as engine, engine.begin() as connection:
        done = asdict(privacy.retire(connection, FIRST_SCHOOL, options.before, now))
    print(json.dumps(done) if options.json else wording.say("result.retired", **done))
    return DONE


def one_reader(options: Namespace) -> int:
    """Write out all that is kept of a reader, or erase them."""
    wording = Wording(options.language)
    now = SystemClock().now()
    with _opened(options, wording) as engine, engine.begin() as connection:
        card = select(Card.patron_id).filter_by(school_id=FIRST_SCHOOL, number=options.card)
        patron_id = connection.execute(card).scalar()
        if patron_id is None or options.erase not in (None, options.card):
            print(wording.say("command.no-reader"), file=sys.stderr)
            return UNUSABLE
        if options.erase:
            outcome = privacy.erase(connection, FIRST_SCHOOL, patron_id, now, options.author)
            if isinstance(outcome, privacy.StillOwes):
                print(wording.say("command.still-owes", **asdict(outcome)), file=sys.stderr)
                return UNUSABLE
            print(wording.say("result.erased", n=outcome.loans))
            return DONE
        told = privacy.reader_record(connection, FIRST_SCHOOL, patron_id, now, options.author)
    return _write_reader(told, options.out, wording)


def reindex(options: Namespace) -> int:
    """Make the catalogue's index anew, or only compare it; 1 when it is not as it should be."""
    wording = Wording(options.language)
    with _opened(options, wording) as engine, engine.begin() as connection:
        if not options.check:
            catalogue_index.reindex(connection)
        found = catalogue_index.check(connection)
    figures = {
        "editions": found.editions,
        "differing": len(found.differing),
        "index_holds": found.index_holds,
    }
    key = "result.index-holds" if found.holds else "result.index-differs"
    print(json.dumps(figures) if options.json else wording.say(key, **figures))
    return DONE if found.holds else 1


def _write_reader(told: dict[str, Any], folder: Path, wording: Wording) -> int:
    readable = "\n".join(_lines(told, wording)) + "\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "reader.json").write_text(
            json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        (folder / "reader.txt").write_text(readable, encoding="utf-8")
    except OSError as error:
        why = _first_line(error)
        _stop(wording.say("command.not-writable", file=str(folder), why=why))
    print(wording.say("result.reader", folder=str(folder)))
    return DONE


def _lines(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    """A reader's record for people: one line each, lists indented."""
    for name, value in told.items():
        title = wording.say(f"reader.{name}")
        if not isinstance(value, list):
            yield f"{title}: {value}"
            continue
        yield f"{title}: {len(value)}"
        for one in value:
            yield "  " + (" · ".join(map(str, one.values())) if isinstance(one, dict) else one)


def _import_records(options: Namespace, wording: Wording) -> int:
    """Take records of another library; one wrong record does not keep the others out."""
    try:
        data = options.file.read_bytes()
    except OSError:
        return _refuse(Refusal(Unusable.MISSING), options, wording)
    records, wrong = from_marc(data) if data[:5].isdigit() else from_csv(data)
    if not records:
        return _refuse(Refusal(Unusable.NO_RECORDS), options, wording)
    with _opened(options, wording) as engine, engine.connect() as connection:
        now = SystemClock().now()
        copies = {"with_copies": not options.without_copies, "new_numbers": options.new_numbers}
        with connection.begin() as transaction:
            taken = exchange.take_records(connection, FIRST_SCHOOL, records, now, **copies)
            if options.preview:
                transaction.rollback()
    counts = {"new": taken.new, "updated": 0, "unchanged": taken.unchanged, "errors": len(wrong)}
    said = [wording.say(f"record.{one.reason.value}", n=one.number) for one in wrong]
    said += [wording.say("record.copy-refused", number=one) for one in taken.refused_copies]
    said += [
        wording.say("record.renumbered", number=one, given=given) for one, given in taken.renumbered
    ]
    if options.json:
        told = {"kind": RECORDS, "written": not options.preview, **counts, "notices": said}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(wording.say("result.preview" if options.preview else "result.written"))
        print("\n".join([wording.say(f"result.{name}", n=n) for name, n in counts.items()] + said))
    return DONE


def _order(options: Namespace, wording: Wording) -> Order:
    kind = FileKind(options.kind)
    encoding = Encoding(options.encoding) if options.encoding else None
    return Order(
        kind,
        Asked(dict(options.column), options.header_row, encoding),
        b"" if kind is FileKind.COPIES else _key(options, wording),
        options.school_year or "",
        options.keep_sex,
        options.kho,
    )


def _key(options: Namespace, wording: Wording) -> bytes:
    """The school's secret, from a file beside the database unless another is named."""
    file = options.key_file or _database_file(options).with_suffix(".key")
    try:
        return store.school_key(file)
    except (OSError, ValueError) as error:
        _stop(wording.say("command.key-unusable", file=str(file), why=_first_line(error)))


def _database_file(options: Namespace) -> Path:
    url = make_url(options.database) if options.database else None
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        DATABASE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DATABASE
    return Path(url.database)


@contextmanager
def _opened(options: Namespace, wording: Wording) -> Iterator[Engine]:
    engine = _open(options.database or sqlite_url(_database_file(options)), wording)
    try:
        yield engine
    finally:
        engine.dispose()


def _open(url: str, wording: Wording) -> Engine:
    try:
        return open_engine(url)
    except DatabaseInUse:
        _stop(wording.say("command.database-in-use"))
    except DatabaseDamaged:
        _stop(wording.say("command.database-damaged"))
    except DatabaseTooNew:
        _stop(wording.say("command.database-too-new"))
    except DatabaseUnreachable as error:
        _stop(wording.say("command.database-unreachable", why=_first_line(error.__cause__)))
    except (ImportError, SQLAlchemyError) as error:
        _stop(wording.say("command.database-unreachable", why=_first_line(error)))


def _refuse(refusal: Refusal, options: Namespace, wording: Wording) -> int:
    """Say why a file is not imported at all."""
    sentence = wording.refusal(refusal)
    if options.json:
        counts = dict.fromkeys(("new", "updated", "unchanged", "errors", "skipped"), 0)
        error = {**asdict(refusal), "sentence": sentence}
        print(json.dumps({"written": False, **counts, "error": error}, ensure_ascii=False))
    print(sentence, file=sys.stderr)
    if refusal.changes and not options.json:
        print(wording.say("command.would-read", encoding=refusal.encoding), file=sys.stderr)
        for change in refusal.changes:
            print(wording.say("result.change", **asdict(change)), file=sys.stderr)
    return UNUSABLE


def _as_object(plan: Plan, options: Namespace, wording: Wording) -> dict[str, Any]:
    shown = {
        "kind": options.kind,
        "written": not options.preview,
        **asdict(plan.counts),
        "columns": dict(plan.rows.columns),
        "ignored": list(plan.rows.ignored),
        "conversions": [asdict(one) for one in plan.rows.converted],
        "notices": _notices(plan, wording),
        "remarks": [
            {
                "level": one.level.value,
                "reason": one.reason.value,
                "sheet": one.place.sheet,
                "row": one.place.row,
                "column": one.column,
                "sentence": wording.remark(one),
            }
            for one in plan.remarks
        ],
    }
    if isinstance(plan, PeoplePlan):
        absent = [
            {"patron": str(one.id), "name": one.person.name, "homeroom": one.person.homeroom}
            for one in plan.absent
        ]
        return shown | {"school_year": plan.school_year, "absent": absent}
    return shown | {"gaps": [asdict(one) for one in plan.registers if one.gaps]}


def _as_text(plan: Plan, options: Namespace, wording: Wording) -> Iterator[str]:
    counts = plan.counts
    writes = bool(counts.new or counts.updated)
    done = "written" if writes else "nothing"
    yield wording.say("result.preview" if options.preview else f"result.{done}")
    for name, number in asdict(counts).items():
        yield wording.say(f"result.{name}", n=number)
    if isinstance(plan, PeoplePlan) and plan.absent:
        yield wording.say("result.absent", n=len(plan.absent))
    yield wording.say("result.columns", columns=", ".join(plan.rows.columns.values()))
    yield wording.say("result.ignored", columns=", ".join(plan.rows.ignored))
    yield from _notices(plan, wording)
    for remark in plan.remarks:
        yield wording.remark(remark)


def _notices(plan: Plan, wording: Wording) -> list[str]:
    """What is to be said of whole columns, sheets and registers."""
    said = [line for one in plan.rows.converted for line in _conversion(one, "converted", wording)]
    said += [line for one in plan.rows.unsure for line in _conversion(one, "unsure", wording)]
    said += [wording.say("result.unread", sheet=name) for name in plan.rows.unread]
    for place in plan.rows.stopped:
        where = wording.place(place.sheet, place.row)
        said.append(wording.say("result.stopped", where=where))
    if not isinstance(plan, PeoplePlan):
        said += [
            wording.say("result.gap", kho=one.kho, first=gap.first, last=gap.last)
            for one in plan.registers
            for gap in one.gaps
        ]
    return said


def _conversion(one: Converted, key: str, wording: Wording) -> Iterator[str]:
    yield wording.say(f"result.{key}", column=one.header, encoding=one.encoding.value.upper())
    for change in one.changes:
        yield wording.say("result.change", before=change.before, after=change.after)


def _first_line(error: BaseException | None) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(NO_RECORDS)
