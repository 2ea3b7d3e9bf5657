"""Decides when a code is believed: after enough equal reads, once for each showing.

A single read proves nothing: misreads pass check digits and repeat themselves (decoding
measurements, 4). Two codes at once prove nothing either, for nobody knows which is meant.
No pictures, no clock, no threads: what each frame shows goes in, at most one event comes out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import takewhile

from config.settings import ScannerSettings
from scanner.scan import Barcode, Scan, TwoCodes

FOREIGN = 0
"""Rank of texts that are not ours."""
FIRST = 2
"""Rank of the codes people mean to show."""
FOREIGN_READS = 5
"""A foreign text only causes a sentence; a misread of one of ours must not."""
SECOND_READS_MORE = 2
"""A code of the second rank waits a little for one of the first on the same thing."""


class Steady:
    """Watches one camera.

    Args:
        settings: How many reads within which time, and when a code is forgotten.
        rank: How much a text matters: `FIRST`, 1 for what often stands beside those,
            `FOREIGN`. Only the highest rank in sight counts.
    """

    def __init__(self, settings: ScannerSettings, rank: Callable[[str], int]) -> None:
        self._settings = settings
        self._rank = rank
        self._reads: deque[tuple[float, str]] = deque(maxlen=64)
        """When which text counted, oldest first."""
        self._doubles: deque[float] = deque(maxlen=64)
        """When two texts counted at once or in turns."""
        self._last_seen: dict[str, float] = {}
        self._believed: set[str] = set()
        self._two_told = False

    def believes(self, text: str) -> bool:
        """Whether this text is believed and still in sight."""
        return text in self._believed

    def see(self, barcodes: tuple[Barcode, ...], at: float) -> Scan | TwoCodes | None:
        """Take in what one frame shows.

        Args:
            barcodes: All that was read in the frame.
            at: When the frame was captured, in seconds; never goes back.
        """
        self._forget(at)
        self._last_seen.update((barcode.text, at) for barcode in barcodes)
        counted = self._highest(barcodes)
        if not counted:
            return None
        text, barcode = next(iter(counted.items()))
        two = len(counted) > 1 or self._alternates(text, at)
        self._reads.extend((at, text) for text in counted)
        return self._see_two(text, at) if two else self._see_one(barcode, at)

    def _forget(self, at: float) -> None:
        forget_before = at - self._settings.forget_after_s
        for text in [text for text, seen in self._last_seen.items() if seen < forget_before]:
            del self._last_seen[text]
            self._believed.discard(text)
        if self._doubles and self._doubles[-1] < forget_before:
            self._doubles.clear()
            self._two_told = False

    def _highest(self, barcodes: tuple[Barcode, ...]) -> dict[str, Barcode]:
        """The codes of the highest rank in sight; one that dropped out of a frame still counts."""
        highest = max(map(self._rank, self._last_seen), default=FOREIGN)
        return {
            barcode.text: barcode for barcode in barcodes if self._rank(barcode.text) == highest
        }

    def _alternates(self, text: str, at: float) -> bool:
        """Whether another text of the same rank was read since this one: two read in turns."""
        since = at - self._settings.agree_within_s
        rank = self._rank(text)
        recent = [read for when, read in self._reads if when >= since and self._rank(read) == rank]
        return text in recent and recent[-1] != text

    def _see_two(self, text: str, at: float) -> TwoCodes | None:
        self._doubles.append(at)
        needed, within_s = self._needed(self._rank(text))
        agreeing = sum(when >= at - within_s for when in self._doubles)
        if self._two_told or agreeing < needed:
            return None
        self._two_told = True
        return TwoCodes(at)

    def _see_one(self, barcode: Barcode, at: float) -> Scan | None:
        needed, within_s = self._needed(self._rank(barcode.text))
        run = takewhile(lambda read: read[1] == barcode.text, reversed(self._reads))
        agreeing = sum(when >= at - within_s for when, _ in run)
        if self.believes(barcode.text) or self._two_lately(at) or agreeing < needed:
            return None
        self._believed.add(barcode.text)
        return Scan(barcode.text, barcode.symbology, at)

    def _two_lately(self, at: float) -> bool:
        """Whether a second code may only have dropped out of this frame."""
        return bool(self._doubles) and self._doubles[-1] >= at - self._settings.agree_within_s

    def _needed(self, rank: int) -> tuple[int, float]:
        """How many reads of this rank, within how many seconds: a longer run may take longer."""
        reads = self._settings.agreeing_reads
        needed = reads if rank >= FIRST else reads + SECOND_READS_MORE
        if rank <= FOREIGN:
            needed = max(FOREIGN_READS, reads)
        return needed, self._settings.agree_within_s * needed / reads
