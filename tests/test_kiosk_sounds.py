"""The four sounds: composed by us, chosen by what is shown, silent when they should be."""

from __future__ import annotations

import wave
from array import array
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest
import structlog

from config.settings import SoundSettings
from db.outcomes import Refusal, Refused
from kiosk.browsing import HelpPage
from kiosk.events import Shown
from kiosk.sounds import FOLDER, Sound
from kiosk.sounds.choosing import sound_of
from kiosk.sounds.compose import MELODIES, RATE_HZ, samples_of
from kiosk.sounds.player import Player, open_sound
from kiosk.visit import Waiting
from kiosk.wording import Wording
from tests.screen_driver import ScreenDriver
from tests.screen_states import STATES, handed_in, lent, pupil, serving, waiting
from tests.staff_states import CORNER_STATES, STAFF_STATES


@pytest.mark.parametrize("sound", Sound)
def test_sound_is_as_it_was_composed(sound: Sound) -> None:
    """Given a sound of the package, when composed anew, then it is the same, short and not loud."""
    with wave.open(str(FOLDER / f"{sound}.wav"), "rb") as file:
        kept = array("h", file.readframes(file.getnframes()))
        assert (file.getnchannels(), file.getframerate()) == (1, RATE_HZ)

    composed = samples_of(MELODIES[sound])

    assert len(composed) == len(kept)
    assert max(abs(a - b) for a, b in zip(composed, kept, strict=True)) <= 1
    assert len(kept) <= 1.1 * RATE_HZ
    assert max(map(abs, kept)) < 20_000
    assert max(map(abs, kept[-50:])) < 1_000


IDLE = waiting()
GREETED, LENT = serving(pupil()), serving(pupil(), lent(0))


@pytest.mark.parametrize(
    ("before", "shown", "sound"),
    [
        (IDLE, GREETED, Sound.YES),
        (GREETED, LENT, Sound.YES),
        (LENT, STATES["serving-already-yours"], Sound.LOOK),
        (GREETED, serving(pupil(), no=Refused(Refusal.TEACHERS_ONLY)), Sound.NO),
        (GREETED, serving(pupil(), no=Refused(Refusal.UNKNOWN_CODE)), Sound.LOOK),
        (LENT, STATES["finished-one"], Sound.END),
        (IDLE, waiting(handed_in(0)), Sound.YES),
        (IDLE, waiting(Refused(Refusal.CARD_REVOKED)), Sound.NO),
        (waiting(handed_in(0)), IDLE, None),
        (STATES["finished-one"], IDLE, None),
        (IDLE, replace(IDLE, page=HelpPage()), None),
        (IDLE, STATES["waiting-troubled"], None),
        (IDLE, STATES["out-of-order"], None),
    ],
)
def test_sound_goes_with_the_answer(before: Shown, shown: Shown, sound: Sound | None) -> None:
    """Given what was shown, when something else is, then the sound is that of its answer."""
    assert sound_of(before, shown, Wording("vi")) is sound


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("corner-out", Sound.YES),
        ("corner-back", Sound.LOOK),
        ("corner-out-first", None),
        ("drop-returned", Sound.YES),
        ("staff-pin-wrong", None),
    ],
)
def test_crates_are_heard(name: str, sound: Sound | None) -> None:
    """Given a crate is packed or a book dropped, when something is held up, then it is heard."""
    shown = (STAFF_STATES | CORNER_STATES)[name]

    assert sound_of(waiting(), shown, Wording("vi")) is sound
    assert sound_of(shown, shown, Wording("vi")) is None


NINE = datetime.combine(date(2026, 11, 23), time(9))


def player(at: time, *mute: str, volume: int = 50) -> Player:
    moment = datetime.combine(date(2026, 11, 23), at)
    return Player(lambda: SoundSettings(volume=volume, mute=mute), lambda: moment)


def test_mute_hours_are_silent() -> None:
    """Given silent hours, also over midnight, when asked at a time, then only they are silent."""
    spans = ("11:30-13:30", "17:00-07:00")
    times = [time(7), time(11, 29), time(11, 30), time(13, 30), time(17), time(23), time(6, 59)]

    silent = [player(at, *spans).is_muted() for at in times]

    assert silent == [False, False, True, False, True, True, True]
    assert player(time(9), volume=0).is_muted()


def test_wrong_mute_hours_are_told() -> None:
    """Given a span that is no span, when the settings are read, then they say what to write."""
    with pytest.raises(ValueError, match="11:30-13:30"):
        SoundSettings(mute=("noon",))


class Loudspeaker:
    """Opens sounds as Kivy does, and remembers how loud each was begun."""

    def __init__(self, *, is_there: bool) -> None:
        self.is_there = is_there
        self.opened: list[str] = []
        self.heard: list[tuple[str, float]] = []

    def open(self, path: str) -> OpenedSound | None:
        self.opened.append(Path(path).stem)
        return OpenedSound(self.heard, Path(path).stem) if self.is_there else None


class OpenedSound:
    """One sound at the loudspeaker."""

    def __init__(self, heard: list[tuple[str, float]], name: str) -> None:
        self.length, self.volume = 0.4, 1.0
        self._heard, self._name = heard, name

    def stop(self) -> None:
        """What was begun before is cut short."""

    def play(self) -> None:
        self._heard.append((self._name, self.volume))


def test_station_without_loudspeaker_is_silent() -> None:
    """Given no loudspeaker, when sounds are to be played, then it is looked for once, and told."""
    none = Loudspeaker(is_there=False)
    voice = Player(SoundSettings, lambda: NINE, none.open)

    with structlog.testing.capture_logs() as told:
        for sound in (*Sound, *Sound):
            voice.play(sound)

    assert none.opened == [next(iter(Sound)).value]
    assert [entry["event"] for entry in told] == ["sound.no_loudspeaker"]


def test_volume_is_that_of_now() -> None:
    """Given sounds that were opened, when the volume is turned, then the next is so loud."""
    loudspeaker = Loudspeaker(is_there=True)
    turned = [SoundSettings(volume=50)]
    voice = Player(lambda: turned[-1], lambda: NINE, loudspeaker.open)
    voice.play(Sound.YES)
    turned.append(SoundSettings(volume=80))
    voice.play(Sound.NO)
    turned.append(SoundSettings(volume=80, mute=("08:00-10:00",)))
    voice.play(Sound.NO)

    assert loudspeaker.heard == [("yes", 0.5), ("no", 0.8)]
    assert len(loudspeaker.opened) == len(Sound)


def test_every_sound_can_be_opened(screen: ScreenDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Kivy's own loudspeaker, when sounds are opened, then each lasts as long as its file."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")

    for sound in Sound:
        opened = open_sound(str(FOLDER / f"{sound}.wav"))
        assert opened is not None
        with wave.open(str(FOLDER / f"{sound}.wav"), "rb") as file:
            assert opened.length == pytest.approx(file.getnframes() / RATE_HZ, abs=0.01)


def test_screen_plays_what_is_answered(screen: ScreenDriver) -> None:
    """Given a screen, when a visit runs, then its sounds are played once each, in their order."""
    heard: list[Sound] = []
    screen.app._play = heard.append

    for name in ("serving-greeting", "serving-greeting", "serving-lent", "finished-one"):
        screen.show(STATES[name])
    screen.show(Shown(Waiting()))

    assert heard == [Sound.YES, Sound.YES, Sound.END]
