"""Takes what the window shows as a picture: for docs, tests and the demo's album.

Kivy's own screenshot is black with the offscreen driver, so the window's contents are drawn
once more, into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kivy.core.window import Window
from kivy.graphics import ClearBuffers, ClearColor, Fbo


def save_picture(path: Path) -> None:
    """Write the window's present contents as a PNG; call it on the main thread."""
    with _drawn_once_more() as fbo:
        path.parent.mkdir(parents=True, exist_ok=True)
        fbo.texture.save(str(path), flipped=True)


def window_pixels() -> bytes:
    """The window's present contents, four bytes a pixel, the lowest row first."""
    with _drawn_once_more() as fbo:
        return bytes(fbo.pixels)


@contextmanager
def _drawn_once_more() -> Iterator[Fbo]:
    fbo = Fbo(size=Window.size, with_stencilbuffer=True)
    with fbo:
        ClearColor(*Window.clearcolor)
        ClearBuffers()
    fbo.add(Window.canvas)
    fbo.draw()
    yield fbo
    fbo.remove(Window.canvas)
