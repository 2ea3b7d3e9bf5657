"""The twelve ways in which things are held up, in figures.

Source: decoding measurements, 3; where those name no range, one was chosen at which two
well-known decoders read as many frames as they did there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Range = tuple[float, float]

ANY_TURN = (0.0, 360.0)


@dataclass(frozen=True, slots=True)
class Condition:
    """Ranges from which a presentation is drawn; each pair is lowest and highest."""

    name: str
    module_px: Range = (2.2, 4.0)
    turn_deg: Range = ANY_TURN
    upright_turns: bool = False
    """Half of the time, turned by 0, 90, 180 or 270 degrees and up to 20 more."""
    tilt_deg: Range = (0.0, 12.0)
    swipe_px_s: Range = (0.0, 0.0)
    """Speed of a thing that does not stop; those that do only sway."""
    exposure_s: Range = (1 / 120, 1 / 80)
    defocus_modules: Range = (0.0, 0.15)
    """Standard deviation of the blur."""
    glare: float = 0.0
    """Share of presentations with a reflection on the code."""
    brightness: Range = (0.75, 1.0)
    dimmed: Range = (0.85, 1.0)
    """What is left of the light at the darker end."""
    noise: Range = (1.0, 2.0)
    jpeg_quality: Range = (75.0, 92.0)


EASY = Condition("easy", turn_deg=(-10.0, 10.0))
FAR = replace(EASY, name="far", module_px=(1.2, 2.0))

CONDITIONS = (
    EASY,
    Condition("angle"),
    FAR,
    replace(FAR, name="far_angle", turn_deg=ANY_TURN),
    Condition("close", module_px=(4.0, 6.0)),
    Condition("motion", swipe_px_s=(150.0, 900.0), exposure_s=(1 / 120, 1 / 30)),
    Condition("defocus", defocus_modules=(0.35, 0.9)),
    Condition("glare", glare=1.0),
    Condition(
        "lowlight",
        brightness=(0.3, 0.85),
        dimmed=(0.35, 0.8),
        noise=(3.0, 8.0),
        exposure_s=(1 / 40, 1 / 20),
    ),
    Condition("tilt", tilt_deg=(25.0, 55.0)),
    Condition("jpeg", jpeg_quality=(25.0, 55.0)),
    Condition(
        "mix",
        module_px=(1.4, 5.0),
        upright_turns=True,
        tilt_deg=(0.0, 40.0),
        exposure_s=(1 / 120, 1 / 30),
        defocus_modules=(0.0, 0.6),
        glare=0.4,
        brightness=(0.4, 1.0),
        dimmed=(0.5, 1.0),
        noise=(1.0, 5.0),
        jpeg_quality=(35.0, 90.0),
    ),
)
