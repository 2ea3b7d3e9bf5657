"""TCVN3 and VNI become Unicode, Unicode stays, and nothing changes unseen."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import db
from db.legacy_fonts import (
    Cell,
    Change,
    Encoding,
    FontHint,
    convert,
    examine,
    read_font,
)
from db.syllables import TONELESS, is_syllable
from db.text import TONES

TCVN3_TABLE = """
A1 Ă A2 Â A3 Ê A4 Ô A5 Ơ A6 Ư A7 Đ A8 ă A9 â AA ê AB ô AC ơ AD ư AE đ
B5 à B6 ả B7 ã B8 á B9 ạ BB ằ BC ẳ BD ẵ BE ắ C6 ặ C7 ầ C8 ẩ C9 ẫ CA ấ CB ậ
CC è CE ẻ CF ẽ D0 é D1 ẹ D2 ề D3 ể D4 ễ D5 ế D6 ệ D7 ì D8 ỉ DC ĩ DD í DE ị
DF ò E1 ỏ E2 õ E3 ó E4 ọ E5 ồ E6 ổ E7 ỗ E8 ố E9 ộ EA ờ EB ở EC ỡ ED ớ EE ợ
EF ù F1 ủ F2 ũ F3 ú F4 ụ F5 ừ F6 ử F7 ữ F8 ứ F9 ự FA ỳ FB ỷ FC ỹ FD ý FE ỵ
"""
"""As printed in the domain specification 7.2."""

VNI_TABLE = """
aø à aù á aû ả aõ ã aï ạ aâ â aá ấ aà ầ aå ẩ aã ẫ aä ậ aê ă aé ắ aè ằ aú ẳ aü ẵ aë ặ
eø è eù é eû ẻ eõ ẽ eï ẹ eâ ê eá ế eà ề eå ể eã ễ eä ệ ì ì í í æ ỉ ó ĩ ò ị
oø ò où ó oû ỏ oõ õ oï ọ oâ ô oá ố oà ồ oå ổ oã ỗ oä ộ ô ơ ôø ờ ôù ớ ôû ở ôõ ỡ ôï ợ
uø ù uù ú uû ủ uõ ũ uï ụ ö ư öø ừ öù ứ öû ử öõ ữ öï ự yø ỳ yù ý yû ỷ yõ ỹ î ỵ ñ đ
"""
"""Every letter, written out from the rules there."""

VECTORS = [
    ("NguyÔn ThÞ H¹nh", "Nguyeãn Thò Haïnh", "Nguyễn Thị Hạnh"),
    ("§Êt rõng ph\u00ad¬ng Nam", "Ñaát röøng phöông Nam", "Đất rừng phương Nam"),
    ("LÞch sö vµ §Þa lÝ 6", "Lòch söû vaø Ñòa lí 6", "Lịch sử và Địa lí 6"),
    ("Ng÷ v¨n 6 tËp mét", "Ngöõ vaên 6 taäp moät", "Ngữ văn 6 tập một"),
]
MISREAD = ("L̃ch sö vµ §̃a lƯ 6", "Lịch sử và Địa lí 6")
"""TCVN3 that was read as code page 1258."""

OLD = (Encoding.TCVN3, Encoding.VNI)
_BYTES, _LETTERS = TCVN3_TABLE.split()[::2], TCVN3_TABLE.split()[1::2]
TO_TCVN3 = {letter: chr(int(byte, 16)) for byte, letter in zip(_BYTES, _LETTERS, strict=True)}
TO_VNI = dict(zip(VNI_TABLE.split()[1::2], VNI_TABLE.split()[::2], strict=True))
WORDS = "nguyễn THỊ Quốc giếng gì yêu ý ưa khuỷu oà Quỳnh"
RUBBLE = "NguyÔn môt hoc cồt ñôn haïnh toï đ Exupéry Potter thíí kr µm"
LAST_VOWEL = re.compile("[aăâeêioôơuưy](?=[^aăâeêioôơuưy]*$)")
ANY_TEXT = st.text(st.characters(exclude_categories=()))
OLD_TEXT = st.text(
    st.sampled_from("anhgoTVKi 6" + "".join(map(chr, range(0xA0, 0x100))) + "ưđ\u0303ễ")
)


@cache
def titles() -> tuple[str, ...]:
    """Titles and authors of the demo catalogue."""
    path = Path(db.__file__).with_name("demo_catalogue.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(row[name] for row in csv.DictReader(file) for name in ("title", "authors"))


def written(text: str, encoding: Encoding) -> str | None:
    """`text` as somebody typed it in an old font; None if the font has no such letter."""
    letters = TO_TCVN3 if encoding is Encoding.TCVN3 else TO_VNI
    spelt = [letters.get(sign, sign if sign.isascii() else None) for sign in text]
    return None if None in spelt else "".join(filter(None, spelt))


def old_cells(encoding: Encoding) -> list[Cell]:
    """The catalogue in an old font."""
    return [Cell(old) for title in titles() if (old := written(title, encoding))]


@cache
def syllables() -> tuple[str, ...]:
    """Every syllable of the pattern with every tone it can bear, on the last of its vowels."""
    toned = (
        unicodedata.normalize("NFC", LAST_VOWEL.sub(rf"\g<0>{tone}", toneless))
        for toneless in sorted(TONELESS)
        for tone in TONES
    )
    return tuple(word for word in toned if is_syllable(word))


@pytest.mark.parametrize(("tcvn3", "vni", "text"), VECTORS)
def test_old_fonts_become_unicode(tcvn3: str, vni: str, text: str) -> None:
    """Given a title in either old font, when converted, then it is Unicode."""
    assert convert(tcvn3, Encoding.TCVN3) == text
    assert convert(vni, Encoding.VNI) == text


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(
    "text", [text for _, _, text in VECTORS] + ["Bé Hoà cả", "Lê Văn Tâm", "Đỗ", "tư", "Toan"]
)
def test_unicode_stays(encoding: Encoding, text: str) -> None:
    """Given Unicode with letters the old fonts do not have, then no conversion touches it."""
    assert convert(text, encoding) == text


def test_misread_bytes_become_unicode() -> None:
    """Given TCVN3 whose bytes were read as code page 1258, when converted, then it is Unicode."""
    assert convert(MISREAD[0], Encoding.TCVN3) == MISREAD[1]
    assert convert("NguyÔn ThÞ".encode("latin-1").decode("cp1258"), Encoding.TCVN3) == "Nguyễn Thị"


def test_table_is_the_standards() -> None:
    """Given every byte of TCVN3's table, then it is the letter printed beside it."""
    found = {
        letter: sign for letter, sign in TO_TCVN3.items() if convert(sign, Encoding.TCVN3) == letter
    }

    assert found == TO_TCVN3
    assert len(found) == 74
    assert all(
        convert(chr(byte), Encoding.TCVN3) == chr(byte)
        for byte in (0xA0, 0xBA, 0xCD, 0xE0, 0xF0, 0xFF)
    )


@pytest.mark.parametrize(("letter", "spelling"), TO_VNI.items())
def test_vni_letters_in_both_cases(letter: str, spelling: str) -> None:
    """Given a letter of VNI, then it is read small, capital, and capital with a small mark."""
    assert convert(spelling, Encoding.VNI) == letter
    assert convert(spelling.upper(), Encoding.VNI) == letter.upper()
    assert convert(spelling[0].upper() + spelling[1:], Encoding.VNI) == letter.upper()


@pytest.mark.parametrize("encoding", OLD)
def test_every_syllable_comes_back(encoding: Encoding) -> None:
    """Given every syllable, when written in an old font and converted, then it is back."""
    wrong = [
        word for word in syllables() if convert(written(word, encoding) or "", encoding) != word
    ]

    assert wrong == []
    assert len(syllables()) > 20_000


@settings(deadline=None)
@given(words=st.lists(st.sampled_from(syllables()), min_size=1), encoding=st.sampled_from(OLD))
def test_sentences_come_back(words: list[str], encoding: Encoding) -> None:
    """Given any sentence of small letters, when written in an old font, then it comes back."""
    text = " ".join(words)

    assert convert(written(text, encoding) or "", encoding) == text


@pytest.mark.parametrize(
    ("old", "text"),
    [
        ("NGUYÔN V¡N §ång", "NGUYễN VĂN Đồng"),
        ("NGUYÔN V¡N §åNG", "NGUYỄN VĂN ĐỒNG"),
        ("TO¸N 6", "TOÁN 6"),
        ("B\u00b5", "Bà"),
        ("¸nh", "ánh"),
    ],
)
def test_capitals_of_neighbours_tell(old: str, text: str) -> None:
    """Given TCVN3, which has no capital Ễ, then a text of capitals is one, and others are not."""
    assert convert(old, Encoding.TCVN3) == text


def test_capital_fonts_show_capitals() -> None:
    """Given a font that draws capitals, when converted, then they are capitals."""
    assert convert("§Êt rõng", Encoding.TCVN3, capitals=True) == "ĐẤT RỪNG"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        (".VnTime", FontHint(Encoding.TCVN3)),
        (".VnTimeH", FontHint(Encoding.TCVN3, capitals=True)),
        (" .vnarial narrowh", FontHint(Encoding.TCVN3, capitals=True)),
        ("VNI-Times", FontHint(Encoding.VNI)),
        ("VNtimes new roman", FontHint(None)),
        ("Times New Roman", None),
        ("", None),
    ],
)
def test_font_names_give_hints(name: str, hint: FontHint | None) -> None:
    """Given the name of a font, then it says which encoding, that one must ask, or nothing."""
    assert read_font(name) == hint


@pytest.mark.parametrize("encoding", OLD)
def test_old_columns_are_found(encoding: Encoding) -> None:
    """Given the catalogue in an old font without font names, then it is found, and surely."""
    cells = old_cells(encoding)
    finding = examine(cells)

    assert (finding.encoding, finding.sure, finding.mixed) == (encoding, True, False)
    assert finding.before < finding.after / 2 < finding.after <= finding.words
    assert {finding.convert(cell) for cell in cells} < set(titles())


@pytest.mark.parametrize("encoding", OLD)
def test_misread_columns_are_found(encoding: Encoding) -> None:
    """Given an old column whose bytes were read as code page 1258, then its titles come back."""
    right = old_cells(encoding)
    misread = [Cell(cell.text.encode("latin-1").decode("cp1258")) for cell in right]
    finding = examine(misread)
    restored = [finding.convert(cell) for cell in misread]

    assert finding.encoding is encoding
    assert sum(text in titles() for text in restored) >= len(right) - 2


def test_unicode_columns_do_not_change() -> None:
    """Given the catalogue in Unicode, composed or not, then it is found so and nothing changes."""
    for form in ("NFC", "NFD"):
        cells = [Cell(unicodedata.normalize(form, title)) for title in titles()]
        finding = examine(cells)

        assert (finding.encoding, finding.sure) == (Encoding.UNICODE, True)
        assert finding.changes(cells) == ()


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(syllables()), min_size=1, max_size=4)))
def test_no_unicode_column_changes(rows: list[list[str]]) -> None:
    """Given any column of Vietnamese words, then it is Unicode beyond doubt and stays."""
    cells = [Cell(" ".join(row)) for row in rows]
    finding = examine(cells)

    assert (finding.encoding, finding.sure) == (Encoding.UNICODE, True)
    assert finding.changes(cells) == ()


def test_preview_shows_before_and_after() -> None:
    """Given an old column, then its preview has the first rows that change, and no others."""
    cells = [Cell("Toan"), *old_cells(Encoding.TCVN3)]
    changes = examine(cells).changes(cells, most=2)

    assert changes[0] == Change(before="To¸n 6", after="Toán 6")
    assert len(changes) == 2
    assert len(examine(cells).changes(cells)) == 20


@pytest.mark.parametrize(
    "cells",
    [
        [Cell("10 µm")],
        [Cell("LÞch sö")],
        [Cell(old, "VNI-Times") for old, _, _ in VECTORS],
        [Cell(old, "VNtimes new roman") for old, _, _ in VECTORS],
        [*(Cell(old) for old, _, _ in VECTORS), *(Cell(text) for _, _, text in VECTORS)],
        [*(Cell(old) for old, _, _ in VECTORS), Cell("Ðßßñ ßß æð")],
    ],
    ids=["one sign", "two words", "font of another", "unknown font", "mixed", "rubble"],
)
def test_doubt_is_asked(cells: list[Cell]) -> None:
    """Given little evidence, or evidence that disagrees, then the finding is not sure."""
    assert not examine(cells).sure


def test_unknown_encoding_is_not_sure() -> None:
    """Given text that is Vietnamese in no way that is known, then it stays, and is not sure."""
    cells = [Cell("ÿÿ þþ"), Cell("½²³")]
    finding = examine(cells)

    assert finding.encoding is Encoding.UNICODE
    assert not finding.sure
    assert finding.changes(cells) == ()


def test_font_makes_few_words_sure() -> None:
    """Given two words only, when their font says what they look like, then that is enough."""
    assert examine([Cell("LÞch sö", ".VnTime")]).sure
    assert not examine([Cell("LÞch sö", "Arial")]).sure


def test_each_cell_has_its_own_font() -> None:
    """Given one cell in another old font than the column, then it is read in its own."""
    cells = [*(Cell(old, ".VnTime") for old, _, _ in VECTORS), Cell("Haïnh", "VNI-Times")]
    cells += [Cell("§Êt", ".VnTimeH")]
    finding = examine(cells)

    assert finding.encoding is Encoding.TCVN3
    assert [finding.convert(cell) for cell in cells[-2:]] == ["Hạnh", "ĐẤT"]


def test_mixed_columns_keep_unicode() -> None:
    """Given a column that somebody went on with in Unicode, then only the old cells change."""
    new = [Cell(text) for text in ("Lê Tâm", "Bá", "Saint-Exupéry", *titles())]
    old = old_cells(Encoding.TCVN3)
    finding = examine([*new, *old])

    assert (finding.encoding, finding.sure, finding.mixed) == (Encoding.TCVN3, False, True)
    assert finding.changes(new) == ()
    assert finding.changes(old)[0].after in titles()


def test_librarian_may_decide_otherwise() -> None:
    """Given a finding that was wrong, when another encoding is chosen, then it is used."""
    finding = replace(examine([Cell("NguyÔn ThÞ H¹nh")]), encoding=Encoding.UNICODE)

    assert finding.convert(Cell("NguyÔn")) == "NguyÔn"
    assert replace(finding, encoding=Encoding.TCVN3).convert(Cell("NguyÔn")) == "Nguyễn"


@settings(deadline=None)
@given(text=ANY_TEXT | OLD_TEXT, encoding=st.sampled_from(Encoding), capitals=st.booleans())
def test_any_text_is_converted(text: str, encoding: Encoding, capitals: bool) -> None:
    """Given any text, when converted, then it is NFC if it was; and ASCII stays as it is."""
    converted = convert(text, encoding, capitals=capitals)

    if unicodedata.is_normalized("NFC", text):
        assert unicodedata.is_normalized("NFC", converted)
    if text.isascii() and not capitals:
        assert converted == text


@settings(deadline=None)
@given(
    texts=st.lists(ANY_TEXT | OLD_TEXT, max_size=6),
    font=st.sampled_from(["", ".VnTimeH", "VNI-Times", "Vn"]),
)
def test_any_column_is_examined(texts: list[str], font: str) -> None:
    """Given any column, then there is a finding, and Unicode changes nothing."""
    cells = [Cell(text, font) for text in texts]
    finding = examine(cells)

    assert 0 <= finding.after <= finding.words
    assert finding.encoding is not Encoding.UNICODE or finding.changes(cells) == ()
    changed = [cell.text for cell in dict.fromkeys(cells) if finding.convert(cell) != cell.text]
    assert [change.before for change in finding.changes(cells)] == changed


def test_capital_inside_a_word_is_rubble() -> None:
    """Given old words that are syllables but for a capital inside, then none reads as it is."""
    finding = examine([Cell("chÊm lÒn trÊn mÌ lÝp")])

    assert (finding.words, finding.before, finding.after) == (5, 0, 5)


@pytest.mark.parametrize("word", WORDS.split())
def test_words_are_syllables(word: str) -> None:
    """Given Vietnamese words, in capitals or not, then they can be syllables."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", [*RUBBLE.split(), ""])
def test_rubble_is_no_syllable(word: str) -> None:
    """Given what is left of a wrong reading, or what is foreign, then it is no syllable."""
    assert not is_syllable(word)
