"""QR, Code 128 and EAN-13 as black and white modules, by zxing-cpp. Knows no paper and no size.

A code is drawn at one pixel a module and then enlarged by whole numbers, so that no edge
is ever between two dots.
"""

from __future__ import annotations

from functools import lru_cache

import zxingcpp
from PIL import Image

QR_QUIET_MODULES = 4
"""Free modules around a QR code (ISO/IEC 18004, 9.1)."""
CODE_128_QUIET_MODULES = 10
"""Free modules before and after (ISO/IEC 15417, 4.3.2)."""
EAN_13_QUIET_MODULES = (11, 7)
"""Free modules before and after (GS1 General Specifications, 5.2.3.4)."""

_QR_RECOVERY = "Q"
"""A quarter may be lost: cards get scratched, and our payloads fit the smallest size anyway."""


@lru_cache(maxsize=32)
def qr(payload: str) -> Image.Image:
    """Draw a QR code without quiet zone: mode "L", one pixel a module, 0 is dark."""
    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level=_QR_RECOVERY)
    return _modules(code)


@lru_cache(maxsize=32)
def code_128(payload: str) -> Image.Image:
    """Draw one row of a Code 128 without quiet zone: mode "L", one pixel a module."""
    return _one_row(zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.Code128))


@lru_cache(maxsize=32)
def ean_13(digits: str) -> Image.Image:
    """Draw one row of an EAN-13 without quiet zone: mode "L", 95 modules.

    Raises:
        ValueError: The thirteen digits or their check digit are wrong.
    """
    return _one_row(zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13))


def enlarged(code: Image.Image, across: int, down: int) -> Image.Image:
    """Enlarge a code so that each module is `across` by `down` pixels."""
    return code.resize((code.width * across, code.height * down), Image.Resampling.NEAREST)


def _one_row(code: zxingcpp.Barcode) -> Image.Image:
    bars = _modules(code)
    return bars.crop((0, 0, bars.width, 1))


def _modules(code: zxingcpp.Barcode) -> Image.Image:
    return Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))
