"""Plays presentations to a decoder and counts what it read. Keeps out printing and options."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from benchmarks.peers import OURS, Reader, our_barcodes, our_decoder
from benchmarks.presentations import FPS, FRAMES, Presentation, film
from config.settings import ScannerSettings
from db.identifiers import rank
from scanner.frame import Pixels
from scanner.scan import Barcode, Scan
from scanner.steady import Steady

Read = TypeVar("Read")
NOISE_LEVELS = 3.0
"""Of a camera in good light, in grey levels."""
STILLS = 5
"""Pictures of the same still scene, each with its own noise."""
PAUSE_S = 2.0
"""Between two presentations, so that one is forgotten before the next comes."""


@dataclass(slots=True)
class Tally:
    """What one decoder made of some presentations."""

    frames: int = 0
    frames_read: int = 0
    frames_misread: int = 0
    """Frames with a text that nobody showed."""
    presentations: int = 0
    read_once: int = 0
    read_twice: int = 0
    """Presentations in which two frames gave the right text."""
    agreed_wrong: int = 0
    """Presentations in which two frames gave the same wrong text of one of our shapes."""
    believed: int = 0
    """Presentations in which the station would have believed the right text; ours only."""
    wrong_believed: int = 0
    times_s: list[float] = field(default_factory=list)
    """This thread's time for each frame, in seconds."""

    def note(self, expected: str, seen: Sequence[set[str]], believed: set[str]) -> None:
        """Count one presentation: the texts of each frame, and those believed in the end."""
        reads = Counter(text for texts in seen for text in texts)
        self.frames += len(seen)
        self.frames_read += reads[expected] if expected else 0
        self.frames_misread += sum(bool(texts - {expected}) for texts in seen)
        self.presentations += 1
        self.read_once += reads[expected] >= 1 and bool(expected)
        self.read_twice += reads[expected] >= 2 and bool(expected)
        ours = {text for text, times in reads.items() if times >= 2 and rank(text)}
        self.agreed_wrong += bool(ours - {expected})
        self.believed += expected in believed
        self.wrong_believed += bool(believed - {expected})

    def add(self, other: Tally) -> None:
        """Count everything of another tally too."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Subjects:
    """All decoders that look at the same frames, in turns, so that the machine treats all alike."""

    def __init__(self, peers: dict[str, Reader], *, grey: bool = False) -> None:
        self._peers, self._grey = peers, grey
        self._decoder = our_decoder()
        self._steady = Steady(ScannerSettings(), rank)
        self._began_s = 0.0

    def watch(self, presentation: Presentation) -> dict[str, Tally]:
        """Show one presentation to all of them."""
        tallies = {name: Tally() for name in (OURS, *self._peers)}
        seen: dict[str, list[set[str]]] = {name: [] for name in tallies}
        believed: set[str] = set()
        for at_s, picture in film(presentation, grey=self._grey):
            barcodes = timed(tallies[OURS], self._read, picture)
            seen[OURS].append({barcode.text for barcode in barcodes})
            believed |= self._believe(barcodes, at_s)
            for name, read in self._peers.items():
                seen[name].append(timed(tallies[name], read, picture))
        self._began_s += FRAMES / FPS + PAUSE_S
        for name, tally in tallies.items():
            tally.note(presentation.text, seen[name], believed if name == OURS else set())
        return tallies

    def _read(self, picture: Pixels) -> tuple[Barcode, ...]:
        return our_barcodes(self._decoder, picture)

    def _believe(self, barcodes: tuple[Barcode, ...], at_s: float) -> set[str]:
        event = self._steady.see(barcodes, self._began_s + at_s)
        return {event.text} if isinstance(event, Scan) and rank(event.text) else set()


def timed(tally: Tally, read: Callable[[Pixels], Read], picture: Pixels) -> Read:
    """Do one frame's work and note how long this thread took for it."""
    start = time.thread_time()
    result = read(picture)
    tally.times_s.append(time.thread_time() - start)
    return result


def idle_share(picture: Pixels, seconds: int = 4) -> float:
    """The share of one core that looking at a still picture takes at 15 frames a second."""
    random = np.random.default_rng(0)
    noise = NOISE_LEVELS * random.standard_normal((STILLS, *picture.shape), np.float32)
    pictures = np.clip(picture + noise, 0, 255).astype(np.uint8)
    decoder, tally = our_decoder(), Tally()
    for number in range(FPS * (2 + seconds)):
        timed(tally, partial(our_barcodes, decoder), pictures[number % STILLS])
    return sum(tally.times_s[2 * FPS :]) / seconds
