"""What a camera's frames came to, one by one and counted. Keeps out cameras and terminals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from scanner.guidance import Hint
from scanner.scan import Barcode, Scan, TwoCodes


@dataclass(frozen=True, slots=True)
class Tried:
    """One stage that was tried on a frame."""

    stage: str
    seconds: float
    texts: tuple[str, ...]
    """What it alone found."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one frame came to."""

    at: float
    """Seconds of `time.monotonic`."""
    tried: tuple[Tried, ...]
    """Empty when the frame was left out, because nothing had moved."""
    barcodes: tuple[Barcode, ...]
    hint: Hint | None
    event: Scan | TwoCodes | None
    brightness: float
    """Mean grey of 255."""
    blur_px: float | None
    """Blur of the sharpest edges; None when not measured, or without edges."""

    def stage_of(self, text: str) -> str:
        """The stage that read a text of this frame."""
        return next(tried.stage for tried in self.tried if text in tried.texts)


@dataclass(slots=True)
class Stint:
    """What one stage did."""

    frames: int = 0
    seconds: float = 0.0
    codes: int = 0

    @property
    def ms(self) -> float:
        """Milliseconds it takes on average."""
        return 1000 * self.seconds / max(self.frames, 1)


@dataclass(slots=True)
class Tally:
    """What some frames came to."""

    frames: int = 0
    skipped: int = 0
    """Frames left out, because nothing had moved."""
    read: int = 0
    """Frames in which a code was read."""
    began: float = 0.0
    ended: float = 0.0
    """When the first and the last frame were captured, in seconds."""
    brightness: float = 0.0
    """The sum over all frames."""
    blurs_px: list[float] = field(default_factory=list)
    stages: dict[str, Stint] = field(default_factory=dict)
    hints: Counter[Hint] = field(default_factory=Counter)
    """In how many frames each was due."""
    believed: Counter[str] = field(default_factory=Counter)
    two_codes: int = 0

    @classmethod
    def of(cls, sights: Iterable[Sight]) -> Tally:
        """Count some frames."""
        tally = cls()
        for sight in sights:
            tally.note(sight)
        return tally

    def note(self, sight: Sight) -> None:
        """Count one frame."""
        self.began = self.began if self.frames else sight.at
        self.ended = sight.at
        self.frames += 1
        self.skipped += not sight.tried
        self.read += bool(sight.barcodes)
        self.brightness += sight.brightness
        self.blurs_px += [] if sight.blur_px is None else [sight.blur_px]
        for tried in sight.tried:
            stint = self.stages.setdefault(tried.stage, Stint())
            stint.frames += 1
            stint.seconds += tried.seconds
            stint.codes += len(tried.texts)
        self._note_words(sight)

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self.ended - self.began

    @property
    def fps(self) -> float:
        """Frames in a second."""
        return (self.frames - 1) / self.seconds if self.seconds else 0.0

    @property
    def read_share(self) -> float:
        """Share of the frames that were looked at in which a code was read."""
        return self.read / max(self.frames - self.skipped, 1)

    @property
    def skipped_share(self) -> float:
        """Share of the frames that were left out."""
        return self.skipped / max(self.frames, 1)

    @property
    def mean_brightness(self) -> float:
        """Mean grey of 255."""
        return self.brightness / max(self.frames, 1)

    @property
    def blur_px(self) -> float | None:
        """The usual blur of the sharpest edges; None when none were seen."""
        return median(self.blurs_px) if self.blurs_px else None

    def _note_words(self, sight: Sight) -> None:
        if sight.hint:
            self.hints[sight.hint] += 1
        if isinstance(sight.event, Scan):
            self.believed[sight.event.text] += 1
        self.two_codes += isinstance(sight.event, TwoCodes)


@dataclass(frozen=True, slots=True)
class Report:
    """How it stands."""

    camera: str
    size: tuple[int, int]
    """Width and height in pixels."""
    asked_fps: int
    recent: Tally
    """Of the last two seconds."""
    total: Tally
    newest: Sight
    last_read: Sight | None
    """The newest frame of the last two seconds in which something was read."""
