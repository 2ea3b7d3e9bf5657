"""Printers that stand here: USB printer devices, serial ports, queues. Prints on none of them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.printer_address import DEFAULT_BAUD

_LIST_WITHIN_S = 5.0
_USB_FOLDERS = ("usb", "")
_SYSFS = Path("/sys/class/usbmisc")


@dataclass(frozen=True, slots=True)
class Found:
    """Something that may be a printer."""

    device: str
    """As the settings file names it."""
    words: str
    """What it is, and what keeps it from being used."""


def found(dev: Path = Path("/dev"), sysfs: Path = _SYSFS) -> tuple[Found, ...]:
    """List what may be a printer: USB printers surely, serial ports perhaps."""
    return (*_usb(dev, sysfs), *_serial(dev), *_queues())


def _usb(dev: Path, sysfs: Path) -> list[Found]:
    paths = sorted({path for folder in _USB_FOLDERS for path in (dev / folder).glob("lp[0-9]*")})
    named = sorted(dev.glob("tram-sach-printer*"))
    return [Found(str(path), _words(_name(path, sysfs), path, "lp")) for path in (*named, *paths)]


def _name(path: Path, sysfs: Path) -> str:
    """What the printer calls itself (IEEE 1284 device id), by way of the kernel."""
    for entry in (path.resolve().name,):
        for file in ("device/ieee1284_id", "device/../product"):
            try:
                text = (sysfs / entry / file).read_text("utf-8", "replace").strip()
            except OSError:
                continue
            fields = dict(part.split(":", 1) for part in text.split(";") if ":" in part)
            return fields.get("MDL", fields.get("MODEL", text))
    return "máy in USB (USB printer)"


def _serial(dev: Path) -> list[Found]:
    ports = [*dev.glob("rfcomm[0-9]*"), *dev.glob("ttyUSB[0-9]*"), *dev.glob("ttyACM[0-9]*")]
    by_id = {path.resolve(): path for path in (dev / "serial" / "by-id").glob("*")}
    return [_port(by_id.get(path.resolve(), path), path) for path in sorted(ports)]


def _port(lasting: Path, path: Path) -> Found:
    kind = "Bluetooth" if path.name.startswith("rfcomm") else "cổng nối tiếp (serial port)"
    flow = "none" if kind == "Bluetooth" else "rts"
    device = f"serial://{lasting}?baud={DEFAULT_BAUD}&flow={flow}"
    return Found(device, _words(f"{kind}, {path}", path, "dialout"))


def _words(what: str, path: Path, group: str) -> str:
    if os.access(path, os.R_OK | os.W_OK):
        return what
    return f"{what}; chưa có quyền: thêm tài khoản vào nhóm {group} (add this account to it)"


def _queues() -> list[Found]:
    try:
        listed = subprocess.run(
            ["lpstat", "-e"], capture_output=True, text=True, timeout=_LIST_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [Found(f"cups:{name}", "hàng đợi CUPS (queue)") for name in listed.stdout.split()]
