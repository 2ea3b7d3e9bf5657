"""The settings of one machine: defaults, mistakes gathered, suggestions made."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from config.checking import load_settings, parse_settings
from config.errors import SettingsError
from config.settings import Settings, read_serial

EXAMPLE = Path(__file__).parent.parent / "config" / "kiosk.example.toml"


def test_no_file_gives_defaults() -> None:
    """Given no file, when settings are loaded, then every one has its default."""
    assert load_settings(None) == Settings()


def test_example_shows_every_default() -> None:
    """Given the example file, then it names every setting, each with its default."""
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    named = {f"{part}.{key}" for part, keys in tables.items() for key in keys}
    known = {f"{part}.{key}" for part, keys in Settings().model_dump().items() for key in keys}

    assert load_settings(EXAMPLE) == Settings()
    assert named == known


def test_all_mistakes_come_at_once() -> None:
    """Given three mistakes, when checked, then one message holds all three with suggestions."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(
            {
                "scanner": {"camra": "0", "fps": 900},
                "printer": {"device": "usb"},
                "hubb": {},
            }
        )

    text = str(caught.value)
    assert len(caught.value.mistakes) == 4
    assert 'did you mean "camera"?' in text
    assert 'did you mean "hub"?' in text
    assert "scanner.fps" in text
    assert 'give "none", "file:FOLDER", "/dev/usb/lp0"' in text


def test_unreadable_file_says_why(tmp_path: Path) -> None:
    """Given a missing or broken file, when loaded, then the sentence names the file."""
    broken = tmp_path / "kiosk.toml"
    broken.write_text("[station\nname = 1", encoding="utf-8")

    for path in (tmp_path / "absent.toml", broken):
        with pytest.raises(SettingsError, match=path.name):
            load_settings(path)


def test_unlike_names_list_what_exists() -> None:
    """Given a name like no other, when checked, then the known names are listed."""
    with pytest.raises(SettingsError, match="idle_s, farewell_s, notice_s"):
        parse_settings({"visit": {"xyz": 1}})


@pytest.mark.parametrize(
    "address",
    [
        "tcp://:9100",
        "tcp://printer:0",
        "tcp://printer:65536",
        "tcp://printer:abc",
        "tcp://fe80::1:9100",
        "tcp://[fe80::1",
        "tcp://printer:9100/queue",
        "tcp://me@printer",
        "usb",
        "file:",
        "cups:",
        "/dev/",
        "serial://ttyUSB0",
        "serial:///dev/ttyUSB0?baud=9601",
        "serial:///dev/ttyUSB0?flow=maybe",
        "serial:///dev/ttyUSB0?speed=9600",
    ],
)
def test_bad_printer_addresses_name_the_setting(address: str) -> None:
    """Given an address that cannot be, when checked, then the mistake names the setting."""
    with pytest.raises(SettingsError, match=r"printer\.device") as refused:
        parse_settings({"printer": {"device": address}})

    assert address in refused.value.mistakes[0]


@pytest.mark.parametrize(
    "setting",
    [
        "none",
        "auto",
        "evdev:Barcode Scanner",
        "evdev:0c2e:0b61",
        "/dev/input/by-id/usb-Honeywell-event-kbd",
        "serial:///dev/ttyACM0",
        "serial:///dev/serial/by-id/usb-Newland-if00?baud=115200",
    ],
)
def test_hand_scanner_settings_are_taken(setting: str) -> None:
    """Given each way to name a hand scanner, when checked, then it is taken as it is."""
    assert parse_settings({"scanner": {"hand_scanner": setting}}).scanner.hand_scanner == setting


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("", "give"),
        ("usb", "give"),
        ("Auto", "give"),
        ("evdev:", "give"),
        ("evdev:  ", "give"),
        ("/dev/ttyACM0", "give"),
        ("serial://ttyACM0", "give"),
        ("serial://", "give"),
        ("serial:///dev/ttyACM0?baud=9601", "one of 1200, 2400"),
        ("serial:///dev/ttyACM0?baud=", "one of 1200, 2400"),
        ("serial:///dev/ttyACM0?speed=9600", "one of 1200, 2400"),
    ],
)
def test_bad_hand_scanners_name_the_setting(setting: str, said: str) -> None:
    """Given a hand scanner that cannot be, beside another mistake, then both are told."""
    with pytest.raises(SettingsError) as refused:
        parse_settings({"scanner": {"hand_scanner": setting, "fps": 0}})

    mistakes = sorted(refused.value.mistakes)
    assert [mistake.split(":")[0] for mistake in mistakes] == [
        "scanner.fps",
        "scanner.hand_scanner",
    ]
    assert said in mistakes[1]


def test_serial_port_and_speed_are_read() -> None:
    """Given a serial scanner with and without a speed, then port and bits a second are known."""
    assert read_serial("serial:///dev/ttyS0?baud=115200") == (Path("/dev/ttyS0"), 115200)
    assert read_serial("serial:///dev/ttyS0") == (Path("/dev/ttyS0"), 9600)


def test_command_line_joins_the_file(tmp_path: Path) -> None:
    """Given mistakes in the file and on the command line, then all are told together."""
    file = tmp_path / "kiosk.toml"
    file.write_text('[scanner]\ncamra = "0"\nfps = 30\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file, {"screen": {"width_px": "12", "height_px": ""}})

    assert len(caught.value.mistakes) == 3
    file.write_text("[scanner]\nfps = 30\n", encoding="utf-8")
    assert load_settings(file, {"scanner": {"camera": "demo"}}).scanner.fps == 30


@pytest.mark.parametrize("value", ["loud", -1, 5000, True, []])
def test_automatics_take_auto_or_a_number(value: object) -> None:
    """Given neither "auto" nor a number in range, when checked, then it is one mistake."""
    with pytest.raises(SettingsError) as caught:
        parse_settings({"scanner": {"exposure": value}})

    assert len(caught.value.mistakes) == 1
    assert 'give "auto" or a number from 0.1 to 1000' in str(caught.value)
    assert parse_settings({"scanner": {"exposure": 8}}).scanner.exposure == 8


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://localhost:8765", True),
        ("http://[::1]:8765", True),
        ("http://192.168.1.10:8765", False),
        ("http://127.0.0.1.example:8765", False),
        ("https://192.168.1.10:8766", True),
    ],
)
def test_plain_http_stays_on_this_machine(url: str, is_taken: bool) -> None:
    """Given an address of a hub, when it leaves this machine, then only TLS is taken."""
    if is_taken:
        assert parse_settings({"hub": {"url": url}}).hub.url == url
    else:
        with pytest.raises(SettingsError, match="https://"):
            parse_settings({"hub": {"url": url}})
