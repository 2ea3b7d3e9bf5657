"""What a Vietnamese syllable can be, to tell words from the rubble of a wrong reading.

A pattern, not a dictionary: every syllable that is written fits it, and some that are
never written do too ("kuôch").
"""

from __future__ import annotations

from db.text import spell

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
"""Consonants a syllable can begin with; it may also begin with its vowel."""

_RHYMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu "
    "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
    "o oc oi om on ong oong ooc op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet "
    "u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt uân uâng uât uây uê uêch uên uênh "
    "uơ uy uya uych uyn uynh uyp uyt uyu uyên uyêt "
    "ư ưa ưc ưi ưm ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu "
    "y ych yn ynh yp yt yêm yên yêng yêt yêu"
)
"""What can follow: vowels and final consonants, without tone."""

TONELESS = frozenset(onset + rhyme for onset in ("", *_ONSETS.split()) for rhyme in _RHYMES.split())
"""Every syllable of the pattern, in lower case and without tone."""

_VOWELS = frozenset("aăâeêioôơuưy")
_STOPS = ("c", "ch", "p", "t")
_TONES_OF_STOPS = (4, 5)
"""Sắc and nặng: "một" and "mốt" are words, "môt" and "mồt" cannot be."""


def is_syllable(word: str) -> bool:
    """Whether `word`, in capitals or not, can be a Vietnamese syllable with its tone."""
    letters = list(spell(word.casefold()))
    bare = "".join(letter for letter, _ in letters)
    toned = [found for found in letters if found.tone]
    if (
        bare not in TONELESS
        or len(toned) > 1
        or any(found.letter not in _VOWELS for found in toned)
    ):
        return False
    return not bare.endswith(_STOPS) or bool(toned and toned[0].tone in _TONES_OF_STOPS)
