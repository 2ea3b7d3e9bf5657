"""Every sentence of the screens: present in both languages, short, kind, and in our letters."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from db.outcomes import PatronCategory, Refusal, Refused
from kiosk import icons
from kiosk.icons import Icon
from kiosk.widgets.camera_words import HINT_ICONS
from kiosk.widgets.shelf import SHELF_TITLES
from kiosk.wording import Language, Wording
from printer import fonts
from scanner.guidance import Hint
from tests.screen_states import pupil, teacher

LANGUAGES: tuple[Language, ...] = ("vi", "en")
LONGEST_LINE = 48
AVOIDED = ("phạt", "vi phạm", "lỗi của em", "user", "barcode", "scan", "!")
COMPUTED = re.compile(
    r"(door|mode|filter)\.\w+(\.is)?|"
    r"refusal\..+|hint\.\w+|day\.[1-7]|status\.[\w-]+\.short|"
    r"staff\.(role|today|state|page|told|ask|reason|damage|code|source|trouble)\.[\w-]+|"
    r"corner\.word\.[\w-]+|"
    r"staff\.(shelf\.(right|missing|misplaced|odd)|(pairing|stick)\.step\.[123]|set\.how\.\w+|sound\.(volume|brightness))|"
    r"staff\.(stick\.(no-stick|not-written)|power\.(restart|off)(\.sure)?)|.+\.(staff|one|most|scanner)(\.one)?"
)
SOURCES = Path(icons.__file__).parents[1]


@pytest.fixture(params=LANGUAGES)
def wording(request: pytest.FixtureRequest) -> Wording:
    """The sentences of each language in turn."""
    return Wording(request.param)


def placeholders(sentence: str) -> set[str]:
    """What a sentence leaves open."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _without_variant(key: str) -> str:
    return key.removesuffix(".one").removesuffix(".staff").removesuffix(".scanner")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_camera_no_frame_is_named(language: Language) -> None:
    """Given a station with a hand scanner only, when anybody is told what to do, then they scan."""
    wording = Wording(language, by_hand=True)
    of_camera = [key for key, said in wording if "khung" in said or "frame" in said]
    said = [wording.say(_without_variant(key), staff=".staff" in key) for key in of_camera]

    assert len(said) > 5
    assert not [sentence for sentence in said if "khung" in sentence or "frame" in sentence]


def test_every_refusal_has_next_step(wording: Wording) -> None:
    """Given any refusal, when it is put into words, then there is a sentence and a next step."""
    for reason in Refusal:
        for staff in (False, True):
            why, what_next = wording.refusal(Refused(reason, count=2), staff=staff)

            assert why
            assert what_next


def test_every_hint_has_sentence(wording: Wording) -> None:
    """Given any hint, when it is put into words, then it has a sentence and an icon."""
    sentences = [wording.say(f"hint.{hint}") for hint in Hint]

    assert len(set(sentences)) == len(Hint)
    assert len({HINT_ICONS[hint] for hint in Hint}) == len(Hint)


def test_both_languages_have_same_keys() -> None:
    """Given both files, when the variants are left aside, then the keys are the same."""
    vi, en = ({_without_variant(key) for key, _ in Wording(language)} for language in LANGUAGES)

    assert vi == en


def test_variants_leave_same_places_open(wording: Wording) -> None:
    """Given a sentence with variants, when compared, then all have the same placeholders."""
    sentences = dict(wording)

    for key, sentence in sentences.items():
        base = _without_variant(key)
        if base in sentences:
            assert placeholders(sentence) == placeholders(sentences[base]), key


def test_sentences_are_short_and_composed(wording: Wording) -> None:
    """Given any sentence, when measured, then it has at most 48 characters and is NFC."""
    for key, sentence in wording:
        assert len(sentence) <= LONGEST_LINE, key
        assert unicodedata.is_normalized("NFC", sentence), key


def test_no_blaming_words() -> None:
    """Given the Vietnamese sentences, when searched, then none holds an avoided word."""
    for key, sentence in Wording("vi"):
        assert not [word for word in AVOIDED if word in sentence.lower()], key


def test_every_sentence_is_used() -> None:
    """Given the screens' sources, when searched, then every key stands in one of them."""
    source = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))

    unused = [
        k
        for k, _ in Wording("vi")
        if not re.search(rf"[\"']{re.escape(k)}[\"']", source) and not COMPUTED.fullmatch(k)
    ]

    assert unused == []


def test_every_key_in_sources_exists() -> None:
    """Given the screens' sources, when keys are collected, then each has a sentence."""
    keys = {key for key, _ in Wording("vi")}
    tables = "|".join({key.split(".")[0] for key in keys})
    source = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))

    used = set(re.findall(rf'"((?:{tables})\.[a-z.-]+)"', source))

    assert used
    assert set() == used - keys - {"day.pattern"}


@pytest.mark.parametrize("font", [fonts.REGULAR, fonts.SEMIBOLD, fonts.BOLD])
def test_font_has_every_letter(font: Path) -> None:
    """Given all sentences and shelf titles, when looked up, then no letter is missing."""
    said = {letter for lang in LANGUAGES for _, sentence in Wording(lang) for letter in sentence}

    missing = (said | set("".join(SHELF_TITLES))) - {chr(c) for c in TTFont(font).getBestCmap()}

    assert set() == missing


def test_icon_font_has_every_icon() -> None:
    """Given the icon font, when its characters are listed, then every icon is among them."""
    cmap = TTFont(icons.FONT).getBestCmap()

    assert {ord(icon.value) for icon in Icon} <= set(cmap)


def test_day_is_said_with_weekday() -> None:
    """Given a Monday and a Sunday, when said, then weekday, day and month are heard."""
    wording = Wording("vi")

    assert wording.day(date(2026, 12, 7)) == "thứ Hai, 07/12"
    assert wording.day(date(2026, 12, 13)) == "Chủ nhật, 13/12"


def test_lone_weekday_has_a_capital() -> None:
    """Given a Monday and a Sunday, when they stand alone, then each begins with a capital."""
    wording = Wording("vi")

    said = [wording.weekday(date(2026, 12, day)) for day in (7, 13)]

    assert said == ["Thứ Hai", "Chủ nhật"]


@pytest.mark.parametrize(
    ("due", "said"),
    [(28, "Còn 5 ngày"), (23, "Hạn trả hôm nay"), (20, "Quá hạn 3 ngày")],
)
def test_days_left_are_said(due: int, said: str) -> None:
    """Given a due day before, on or after today, when said, then the words fit."""
    assert said == Wording("vi").days_left(date(2026, 11, due), date(2026, 11, 23))


def test_english_counts_one() -> None:
    """Given one and two copies, when counted in English, then only one is singular."""
    wording = Wording("en")

    assert wording.say("finish.lent", n=1) == "You borrowed 1 book"
    assert wording.say("finish.lent", n=2, staff=True) == "You borrowed 2 books"


def test_greeting_fits_reader() -> None:
    """Given a pupil, a pupil without class and a teacher, when greeted, then each fits."""
    wording = Wording("vi")

    assert wording.greeting(pupil()) == "Chào An, lớp 6A"
    assert wording.greeting(replace(pupil(), homeroom="")) == "Chào An"
    assert wording.greeting(teacher()) == "Chào thầy/cô Hạnh"


def test_staff_are_not_called_em() -> None:
    """Given a member of staff, when anything is said to them, then it never says "em"."""
    wording, staff = Wording("vi"), replace(pupil(), category=PatronCategory.STAFF)
    said = [wording.greeting(staff)]
    for key, sentence in wording:
        if not key.endswith((".staff", ".one")):
            said.append(wording.say(key, staff=True, **dict.fromkeys(placeholders(sentence), 2)))

    assert not [line for line in said if re.search(r"\bem\b", line.lower())]


def test_missing_sentence_is_loud(wording: Wording) -> None:
    """Given a key that does not exist, when asked for, then it is an error."""
    with pytest.raises(KeyError):
        wording.say("home.nothing")
