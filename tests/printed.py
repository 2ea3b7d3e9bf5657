"""Codes as they come from a printer, laid on plain frames: pictures for the scanner's tests."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels

PAPER = 235
FRAME = (720, 1280)


def printed(text: str, kind: BarcodeFormat, module_px: int = 3, bars_px: int = 120) -> Pixels:
    """Print a code with its quiet zone, (height, width) grey.

    zxing-cpp's own writer: python-barcode drops a leading 99 (decoding measurements, 6).
    """
    code = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=module_px))
    if kind != BarcodeFormat.QRCode:
        code = np.repeat(code[5:6], bars_px, axis=0)
    return framed(np.where(code < 128, 20, PAPER).astype(np.uint8), 10 * module_px)


def framed(picture: Pixels, margin_px: int) -> Pixels:
    """Add blank paper around a grey picture."""
    return np.pad(picture, margin_px, constant_values=PAPER)


def turned(picture: Pixels, degrees: float) -> Pixels:
    """Turn a grey picture on a paper large enough for it."""
    side = int(np.hypot(*picture.shape)) + 2
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[:, 2] += ((side - width) / 2, (side - height) / 2)
    return np.asarray(cv2.warpAffine(picture, turn, (side, side), borderValue=PAPER), np.uint8)


def in_frame(*pictures: Pixels, noise: float = 3.0, seed: int = 0) -> Pixels:
    """Lay grey pictures side by side on a desk, a little soft and noisy: (720, 1280) grey."""
    frame = np.full(FRAME, 130, np.float32)
    left = (FRAME[1] - sum(picture.shape[1] for picture in pictures)) // 2
    for picture in pictures:
        height, width = picture.shape
        top = (FRAME[0] - height) // 2
        frame[top : top + height, left : left + width] = picture
        left += width
    soft = cv2.GaussianBlur(frame, (0, 0), 0.7)
    noisy = soft + noise * np.random.default_rng(seed).standard_normal(FRAME, np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def coloured(grey: Pixels) -> Pixels:
    """The grey picture as (height, width, 3) BGR."""
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def rank(text: str) -> int:
    """Rank texts as a library does, by shapes simple enough for a test."""
    if text.startswith(("HS", "STN.", "TS:")):
        return 2
    return 1 if text.startswith(("978", "979")) else 0
