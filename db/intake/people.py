"""Plans the import of pupils and staff: rows and what is known in, a plan out. No database.

A row is somebody known by the hash of their code; without one by name and class, as long as
only one such person and one such row are there. Who is not in the file is proposed as left,
and nothing more (domain specification 3.3).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from db.identifiers import PatronCard, read_code
from db.intake.columns import Row, Rows, is_error
from db.intake.remarks import Counts, Faulty, Level, Reason, Remark, about, count
from db.ordering import name_sort_key
from db.outcomes import PatronCategory
from db.school_codes import (
    Homeroom,
    NoHomeroom,
    NoPupilCode,
    PupilCode,
    PupilCodeKind,
    hashed,
    parse_homeroom,
    read_pupil_code,
)
from db.text import TooLong, fold, read_text

NAME_LENGTH = 80
POSITION_LENGTH = 80
SUBJECT_LENGTH = 48
CODE_LENGTH = 24
"""Characters of a school's own code."""

_ACTIVE = frozenset({"dang hoc", "dang hoc tap", "dang lam viec", "dang cong tac", "dang day"})
_ACTIVE_ALSO = frozenset({"", "hoc", "co", "x"})
_FEMALE = {"nu": True, "x": True, "1": True, "nam": False, "": None, "0": False}


@dataclass(frozen=True, slots=True)
class CodeDigest:
    """What is kept of a code: whose it is, and its keyed hash."""

    kind: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a file or the records have them; only what is kept."""

    name: str
    category: PatronCategory
    homeroom: str = ""
    grade: int | None = None
    codes: frozenset[CodeDigest] = frozenset()
    card: str = ""
    female: bool | None = None
    position: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody in the records."""

    id: UUID
    person: Person
    school_year: str = ""
    active: bool = True
    revoked_cards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody known, as they are and as the file has them."""

    id: UUID
    before: Person
    after: Person
    returned: bool = False
    """Whether they had left and are here again, or are new in this school year."""


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """What an import of people would do."""

    school_year: str
    new: tuple[Person, ...]
    changed: tuple[Change, ...]
    unchanged: int
    remarks: tuple[Remark, ...]
    absent: tuple[KnownPerson, ...]
    """Active people who are not in the file: proposed as left."""
    rows: Rows

    @property
    def counts(self) -> Counts:
        """Rows by what becomes of them."""
        return count(len(self.new), len(self.changed), self.unchanged, self.remarks)


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """What holds for one import of people."""

    key: bytes
    """The school's secret for hashing codes."""
    school_year: str
    keep_sex: bool = False
    """Whether sex is kept; off unless the school wants it in its reports."""


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    new: list[Person] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    remarks: list[Remark] = field(default_factory=list)
    met: set[UUID] = field(default_factory=set)
    """Who the file speaks of, also in a row that is not imported."""
    left: list[KnownPerson] = field(default_factory=list)


def plan_pupils(rows: Rows, known: Iterable[KnownPerson], rules: PeopleRules) -> PeoplePlan:
    """Plan the import of pupils."""
    pupils = [one for one in known if one.person.category is PatronCategory.STUDENT]
    return _plan(rows, pupils, rules, pupils_file=True)


def plan_staff(rows: Rows, known: Iterable[KnownPerson], rules: PeopleRules) -> PeoplePlan:
    """Plan the import of teachers and other staff."""
    staff = [one for one in known if one.person.category is not PatronCategory.STUDENT]
    return _plan(rows, staff, rules, pupils_file=False)


def _plan(
    rows: Rows, known: list[KnownPerson], rules: PeopleRules, *, pupils_file: bool
) -> PeoplePlan:
    draft = _Draft()
    read: list[tuple[Row, Person]] = []
    for row in rows.rows:
        try:
            person = _read_row(row, rules, draft, known, pupils_file=pupils_file)
        except Faulty as fault:
            draft.remarks.append(fault.remark)
            draft.met.update(_namesakes(row, known))  # a row to mend is nobody's leaving
            continue
        if person is not None:
            read.append((row, person))
    _match(_without_doubles(read, draft), known, rules, draft)
    remarks = sorted(draft.remarks, key=lambda one: (one.place.sheet, one.place.row))
    return PeoplePlan(
        rules.school_year,
        tuple(draft.new),
        tuple(draft.changed),
        draft.unchanged,
        tuple(remarks),
        _absent(known, [person for _, person in read], draft, pupils_file=pupils_file),
        rows,
    )


def _read_row(
    row: Row, rules: PeopleRules, draft: _Draft, known: list[KnownPerson], *, pupils_file: bool
) -> Person | None:
    """Read one person; None for a row that is none, which is then remarked on.

    Raises:
        Faulty: It is one, and cannot be imported.
    """
    filled = [name for name in row.values if row.text(name)]
    if row.first and not row.text("code"):
        draft.remarks.append(about(Level.SKIPPED, Reason.TOTAL_ROW, row))
        return None
    if len(filled) < 2:
        draft.remarks.append(about(Level.SKIPPED, Reason.NO_RECORD, row))
        return None
    if wrong := next((name for name in filled if is_error(row.values[name])), None):
        raise Faulty(Reason.FORMULA_ERROR, row, wrong)
    codes = _codes(row, rules, draft, "local" if pupils_file else "staff")
    if not _is_active(row):
        draft.remarks.append(about(Level.SKIPPED, Reason.NOT_ACTIVE, row, "status"))
        gone = [one for one in known if one.active and one.person.codes & codes]
        draft.left.extend(gone)
        return None
    name = _name(row)
    card = _card(row)
    female = _female(row) if rules.keep_sex else None
    if pupils_file:
        room = _homeroom(row)
        student = PatronCategory.STUDENT
        return Person(name, student, room.as_written, room.grade, codes, card, female)
    position = _text(row, "position", POSITION_LENGTH)
    subject = _text(row, "subject", SUBJECT_LENGTH)
    category = _staff_category(position)
    return Person(name, category, "", None, codes, card, female, position, subject)


def _namesakes(row: Row, known: Iterable[KnownPerson]) -> Iterator[UUID]:
    name = _said_name(row).casefold()
    return (one.id for one in known if one.person.name.casefold() == name)


def _is_active(row: Row) -> bool:
    said = fold(row.text("status"))
    return said in _ACTIVE_ALSO or said in _ACTIVE


def _name(row: Row) -> str:
    which = "name" if "name" in row.headers else "given"
    name = read_text(_said_name(row), NAME_LENGTH)
    if isinstance(name, TooLong):
        raise Faulty(Reason.TOO_LONG, row, which)
    if not name:
        raise Faulty(Reason.NAME_MISSING, row, which)
    if any(sign.isdigit() for sign in name) or not any(sign.isalpha() for sign in name):
        raise Faulty(Reason.NAME_UNREADABLE, row, which)
    return name


def _said_name(row: Row) -> str:
    """The name as a row has it: whole, or in two columns of which the second is the last word."""
    first, given = row.text("name") or row.text("family"), row.text("given")
    whole = f" {first}".casefold().endswith(f" {given}".casefold())  # repeated, to sort by
    return first if whole else f"{first} {given}".strip()


def _text(row: Row, which: str, most: int) -> str:
    text = read_text(row.text(which), most)
    if isinstance(text, TooLong):
        raise Faulty(Reason.TOO_LONG, row, which)
    return text


def _homeroom(row: Row) -> Homeroom:
    said = row.text("homeroom")
    room = parse_homeroom(said or row.place.sheet)
    grade = row.text("grade")
    match room:
        case NoHomeroom.OTHER_GRADE:
            raise Faulty(Reason.OTHER_GRADE, row, "homeroom")
        case NoHomeroom():
            raise Faulty(Reason.CLASS_UNREADABLE if said else Reason.CLASS_MISSING, row, "homeroom")
    digits = "".join(sign for sign in grade if sign.isdigit())
    if digits and int(digits) != room.grade:
        raise Faulty(Reason.GRADES_DIFFER, row, "grade")
    return room


def _codes(row: Row, rules: PeopleRules, draft: _Draft, own: str) -> frozenset[CodeDigest]:
    """The keyed hash of the row's code, if it has one that may be kept."""
    said = row.text("code")
    if not said:
        return frozenset()
    code = read_pupil_code(said)
    match code:
        case PupilCode(kind=PupilCodeKind.NATIONAL):
            draft.remarks.append(about(Level.NOTE, Reason.CODE_NATIONAL, row, "code"))
            return frozenset()
        case PupilCode():
            if code.padded:
                draft.remarks.append(about(Level.NOTE, Reason.CODE_PADDED, row, "code"))
            return frozenset({CodeDigest("moet", bytes.fromhex(hashed(code, rules.key)))})
        case NoPupilCode.ROUNDED:
            raise Faulty(Reason.CODE_ROUNDED, row, "code")
        case NoPupilCode.WRONG_LENGTH:
            raise Faulty(Reason.CODE_UNREADABLE, row, "code")
    if len(said) > CODE_LENGTH or not any(sign.isalpha() for sign in said):
        raise Faulty(Reason.CODE_UNREADABLE, row, "code")
    local = PupilCode(PupilCodeKind.LOCAL, said.upper())
    return frozenset({CodeDigest(own, bytes.fromhex(hashed(local, rules.key)))})


def _card(row: Row) -> str:
    said = row.text("card").upper()
    if said and not isinstance(read_code(said), PatronCard):
        raise Faulty(Reason.CARD_UNREADABLE, row, "card")
    return said


def _female(row: Row) -> bool | None:
    said = fold(row.text("sex"))
    if said not in _FEMALE:
        raise Faulty(Reason.SEX_UNREADABLE, row, "sex")
    return _FEMALE[said] if said or fold(row.headers.get("sex", "")) != "nu" else False


def _staff_category(position: str) -> PatronCategory:
    """A teacher by position; where the file names none, everybody in it is one."""
    said = fold(position)
    teaches = not said or said.startswith(("giao vien", "to truong", "to pho"))
    return PatronCategory.TEACHER if teaches else PatronCategory.STAFF


def _without_doubles(read: list[tuple[Row, Person]], draft: _Draft) -> list[tuple[Row, Person]]:
    """Leave out what stands in the file twice; sheets that disagree are told with both places."""
    first: dict[object, tuple[Row, Person]] = {}
    kept = []
    for row, person in read:
        keys: list[object] = [*person.codes, *([person.card] if person.card else [])]
        met = next((first[key] for key in keys if key in first), None)
        if met is None:
            first.update(dict.fromkeys(keys, (row, person)))
            kept.append((row, person))
            continue
        same = (met[1].name, met[1].homeroom) == (person.name, person.homeroom)
        reason = Reason.CODE_TWICE if same else Reason.CODE_DIFFERS
        which = "code" if person.codes else "card"
        draft.remarks.append(about(Level.ERROR, reason, row, which, met[0].place))
    return kept


def _match(
    read: list[tuple[Row, Person]], known: list[KnownPerson], rules: PeopleRules, draft: _Draft
) -> None:
    by_code = {code: one for one in known for code in one.person.codes}
    cards = {card: one for one in known for card in (one.person.card, *one.revoked_cards) if card}
    rest: list[tuple[Row, Person]] = []
    for row, person in read:
        found = next((by_code[code] for code in person.codes if code in by_code), None)
        holder = cards.get(person.card)
        if holder and (found or holder) is holder and _has_card(holder, person):
            found = holder
        elif holder:
            draft.remarks.append(about(Level.ERROR, Reason.CARD_TAKEN, row, "card"))
            draft.met.update(_namesakes(row, known))
            continue
        if found is None:
            rest.append((row, person))
        else:
            _compare(found, person, rules, draft)
    _match_by_name(rest, known, rules, draft)


def _has_card(holder: KnownPerson, person: Person) -> bool:
    same_name = holder.person.name.casefold() == person.name.casefold()
    return holder.person.card == person.card and same_name


def _match_by_name(
    rest: list[tuple[Row, Person]], known: list[KnownPerson], rules: PeopleRules, draft: _Draft
) -> None:
    """Match by name and class. Who has a code meets only somebody without, and no other row."""
    free: dict[object, list[KnownPerson]] = defaultdict(list)
    for one in known:
        if one.id not in draft.met and one.active:
            free[_who(one.person)].append(one)
    rows_of = Counter(_who(person) for _, person in rest)
    for row, person in rest:
        same = [one for one in free[_who(person)] if not (person.codes and one.person.codes)]
        same = [one for one in same if not (person.card and one.person.card)]
        if not same:
            draft.new.append(person)
        elif not person.codes or (len(same) == 1 and rows_of[_who(person)] == 1):
            free[_who(person)].remove(same[0])
            _compare(same[0], person, rules, draft)
        else:
            draft.met.update(one.id for one in same)
            which = "name" if "name" in row.headers else "given"
            draft.remarks.append(about(Level.ERROR, Reason.NAME_AMBIGUOUS, row, which))


def _who(person: Person) -> tuple[str, str]:
    return person.name.casefold(), person.homeroom.upper()


def _compare(one: KnownPerson, person: Person, rules: PeopleRules, draft: _Draft) -> None:
    """Enter somebody known as unchanged or changed; what the file leaves out stays."""
    draft.met.add(one.id)
    before = one.person
    after = Person(
        person.name,
        person.category,
        person.homeroom,
        person.grade,
        before.codes | person.codes,
        before.card or person.card,
        before.female if person.female is None else person.female,
        person.position or before.position,
        person.subject or before.subject,
    )
    pupil = person.category is PatronCategory.STUDENT
    returned = not one.active or (pupil and one.school_year != rules.school_year)
    if before == after and not returned:
        draft.unchanged += 1
    else:
        draft.changed.append(Change(one.id, before, after, returned))


def _absent(
    known: list[KnownPerson], people: list[Person], draft: _Draft, *, pupils_file: bool
) -> tuple[KnownPerson, ...]:
    """Who is active and not in the file; a file of one grade speaks for its classes only."""
    rooms = {person.homeroom for person in people}
    whole = not pupils_file or len({person.grade for person in people}) > 1
    gone = {one.id: one for one in draft.left}
    if people:
        gone |= {
            one.id: one
            for one in known
            if one.active and one.id not in draft.met and (whole or one.person.homeroom in rooms)
        }
    in_order = sorted(
        gone.values(), key=lambda one: (one.person.homeroom, name_sort_key(one.person.name))
    )
    return tuple(in_order)


def homerooms(people: Iterable[Person]) -> Iterator[tuple[str, int]]:
    """The classes of some pupils with their grades, each once."""
    found: Mapping[str, int] = {
        one.homeroom: one.grade for one in people if one.homeroom and one.grade
    }
    yield from found.items()
