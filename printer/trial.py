"""Trying a printer with its owner: print, ask what came out, say what to set. Opens no device.

Each question has a plain answer that can be seen on paper: the widest line that ends in its
mark, whether letters came out whole, whether the paper was cut.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar, get_args

from PIL import Image

from config.settings import PrinterSettings
from printer.devices import Device
from printer.encoding import encode
from printer.layout import lay_out
from printer.proof import width_bar
from printer.raster import draw
from printer.receipt import PrintOutcome, ProofPage

Width = Literal[384, 512, 576]
Cutter = Literal["none", "gs-v-0", "gs-v-1", "gs-v-66", "esc-i", "esc-m"]
_T = TypeVar("_T")
_CUTTERS: tuple[Cutter, ...] = ("gs-v-66", "gs-v-1", "gs-v-0", "esc-i", "esc-m")
_GENTLER = ((255, 0), (96, 20), (24, 60))
"""Rows of a band and the rest after it in milliseconds, tried until letters come out whole."""
_TROUBLES = {
    "absent": "không thấy máy in (absent)",
    "not-a-printer": "ở đó không phải máy in (not a printer)",
    "forbidden": "tài khoản này chưa được dùng máy in: xem deploy/README.md (no permission)",
    "paper-out": "máy in hết giấy (out of paper)",
    "cover-open": "nắp máy in đang mở (cover open)",
    "offline": "máy in chưa sẵn sàng (offline)",
    "stuck": "máy in không nhận dữ liệu (takes no data)",
}


class PrinterSaidNo(Exception):
    """A page could not be printed, so there is nothing to ask about."""


class Trial:
    """One printer, tried step by step."""

    def __init__(
        self,
        device: Device,
        name: str,
        ask: Callable[[str], str],
        say: Callable[[str], None],
    ) -> None:
        self._device = device
        self._name = name
        self._ask = ask
        self._say = say

    def run(self) -> int:
        """Go through all steps; return 0 if the printer can be used."""
        try:
            width = self._width()
            rows, pause_ms = self._bands(width)
            cutter, feed = self._cutter(width)
        except PrinterSaidNo as no:
            self._say(f"Không in được: {no}")
            return 1
        self._say("\nGhi vào tệp cài đặt (put into the settings file):\n\n[printer]")
        for key, value in (
            ("device", f'"{self._name}"'),
            ("width_px", width),
            ("cutter", f'"{cutter}"'),
            ("feed_rows", feed),
            ("band_rows", rows),
            ("band_pause_ms", pause_ms),
        ):
            self._say(f"{key} = {value}")
        return 0

    def _width(self) -> Width:
        """Print a line of each width; the widest that ends in its mark is the paper's."""
        for width in get_args(Width):
            bare = PrinterSettings(width_px=width, cutter="none", feed_rows=0)
            self._print(draw(width_bar(width)), bare)
        self._feed()
        question = "Dòng dài nhất còn thấy đủ chữ “hết” là bao nhiêu chấm? (widest whole line)"
        return self._choose(question, get_args(Width))

    def _bands(self, width: Width) -> tuple[int, int]:
        """Print the test page, more and more gently until it comes out whole."""
        for rows, pause_ms in _GENTLER:
            wishes = PrinterSettings(width_px=width, cutter="none", band_rows=rows)
            self._device.pause_s = pause_ms / 1000
            settings = (f"{rows} hàng mỗi lần",)
            page = ProofPage("Trạm Sách", datetime.now().astimezone(), settings)
            self._print(draw(lay_out(page, width)), wishes)
            if self._yes("Trang in có đủ chữ, không có ký tự lạ? (clean, complete page)"):
                return rows, pause_ms
        raise PrinterSaidNo("trang in không sạch dù in chậm (not clean even when slow)")

    def _cutter(self, width: Width) -> tuple[Cutter, int]:
        """Try each way to cut; without one, the paper is torn off below a longer feed."""
        for cutter in _CUTTERS:
            feed = 0 if cutter == "gs-v-66" else 120
            wishes = PrinterSettings(width_px=width, cutter=cutter, feed_rows=feed)
            self._print(draw(width_bar(width)), wishes)
            if self._yes(f"Máy có cắt giấy, và cắt dưới dòng chữ? ({cutter}: cut below the text)"):
                return cutter, feed
        return "none", 80

    def _feed(self) -> None:
        self._print(Image.new("1", (8, 8), 255), PrinterSettings(cutter="none", feed_rows=120))

    def _print(self, picture: Image.Image, settings: PrinterSettings) -> None:
        pieces = encode(picture, settings)
        delivery = self._device.deliver("trang-in-thu", pieces, picture)
        if delivery.outcome not in (PrintOutcome.DONE, PrintOutcome.UNCONFIRMED):
            trouble = delivery.trouble
            raise PrinterSaidNo(_TROUBLES[trouble] if trouble else delivery.reason)

    def _yes(self, question: str) -> bool:
        return self._choose(question, ("c", "k"), "c = có/yes, k = không/no") == "c"

    def _choose(self, question: str, answers: tuple[_T, ...], words: str = "") -> _T:
        offered = words or ", ".join(map(str, answers))
        while True:
            given = self._ask(f"{question} [{offered}] ").strip().lower()
            for answer in answers:
                if given == str(answer):
                    return answer
