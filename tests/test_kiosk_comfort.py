"""How loud and how bright the station is, as it was chosen at it."""

from __future__ import annotations

from pathlib import Path

from config.settings import SoundSettings
from kiosk.comfort import Backlight, Loudness

SETTINGS = SoundSettings(volume=50, mute=("09:00-09:30",))
CHOSEN = SoundSettings(volume=80, mute=("11:30-13:30",))


def test_choice_outlasts_a_restart(tmp_path: Path) -> None:
    """Given a volume was chosen at the station, when it starts anew, then that one holds."""
    file = tmp_path / "sound.json"
    first = Loudness(SETTINGS, file)
    before = first.sound

    assert first.choose(CHOSEN)
    assert before == SETTINGS
    assert Loudness(SETTINGS, file).sound == CHOSEN
    assert [path.name for path in tmp_path.iterdir()] == ["sound.json"]


def test_damaged_choice_is_no_fault(tmp_path: Path) -> None:
    """Given half a file, or nonsense in it, when the station starts, then its settings hold."""
    file = tmp_path / "sound.json"
    for damaged in ('{"volume": 5', '{"volume": 900}', ""):
        file.write_text(damaged)
        assert Loudness(SETTINGS, file).sound == SETTINGS


def test_choice_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    """Given nowhere to write, when a volume is chosen, then it holds until the end, and is told."""
    loudness = Loudness(SETTINGS, tmp_path / "missing" / "sound.json")

    assert not loudness.choose(CHOSEN)
    assert loudness.sound == CHOSEN


def test_silent_hours_of_the_settings_can_be_chosen(tmp_path: Path) -> None:
    """Given silent hours in the settings, when hours are offered, then those and the usual are."""
    offered = Loudness(SETTINGS, tmp_path / "sound.json").silences

    assert offered == ("09:00-09:30", "11:30-13:30", "17:00-07:00")


def test_light_is_set_in_steps_of_the_panel(tmp_path: Path) -> None:
    """Given a panel of 255 steps, when its light is set, then it never looks switched off."""
    panel = tmp_path / "10-0045"
    panel.mkdir()
    (panel / "max_brightness").write_text("255\n")
    (panel / "brightness").write_text("128\n")
    light = Backlight(tmp_path)
    seen = [light.percent()]
    for by in (30, 90, -10, -95):
        light.turn(by)
        seen.append(light.percent())

    assert seen == [50, 80, 100, 90, 10]


def test_panel_of_few_steps_goes_by_them(tmp_path: Path) -> None:
    """Given a panel of four steps, when a touch turns its light, then it goes on, never to none."""
    panel = tmp_path / "10-0045"
    panel.mkdir()
    (panel / "max_brightness").write_text("4\n")
    (panel / "brightness").write_text("2\n")
    light = Backlight(tmp_path)
    seen = []
    for by in (10, 10, 10, -10, -10, -10, -10):
        light.turn(by)
        seen.append(light.percent())

    assert seen == [75, 100, 100, 75, 50, 25, 25]


def test_screen_without_a_light_of_ours_is_left_alone(tmp_path: Path) -> None:
    """Given an HDMI screen, which Linux cannot dim, when asked, then there is nothing to set."""
    for folder in (tmp_path, tmp_path / "missing"):
        light = Backlight(folder)
        light.turn(10)
        assert light.percent() is None


def test_panel_that_was_pulled_is_no_fault(tmp_path: Path) -> None:
    """Given a panel that says nothing sensible any more, when its light is set, then none is."""
    panel = tmp_path / "10-0045"
    panel.mkdir()
    (panel / "brightness").write_text("5\n")
    for most in ("0\n", "?\n"):
        (panel / "max_brightness").write_text(most)
        light = Backlight(tmp_path)
        light.turn(10)
        assert light.percent() is None
