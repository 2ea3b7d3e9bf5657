"""Saves what the window shows as a PNG: for docs, tests and the demo's album.

Kivy's own screenshot is black with the offscreen driver, so the window's contents are drawn
once more, into memory.
"""

from __future__ import annotations

from pathlib import Path

from kivy.core.window import Window
from kivy.graphics import ClearBuffers, ClearColor, Fbo


def save_picture(path: Path) -> None:
    """Write the window's present contents; call it on the main thread."""
    fbo = Fbo(size=Window.size, with_stencilbuffer=True)
    with fbo:
        ClearColor(*Window.clearcolor)
        ClearBuffers()
    fbo.add(Window.canvas)
    fbo.draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    fbo.texture.save(str(path), flipped=True)
    fbo.remove(Window.canvas)
