"""What stands still on a screen, drawn once into a texture of its own.

Kivy draws the whole window anew for each picture of the camera. With everything else in one
texture that is one rectangle and the picture, not hundreds of letters, spines and shadows.
A button that is pressed, or words that fade in, make the texture be drawn anew by themselves.
"""

from __future__ import annotations

from typing import Any

from kivy.graphics import ClearBuffers, ClearColor, Fbo, Rectangle
from kivy.uix.widget import Widget

from kiosk.theme import Colour
from kiosk.widgets.paint import seen


class Still(Widget):
    """A layer as large as the window; what is added to it is drawn when it changes only."""

    canvas: Any
    """Kivy's, which is changed for a moment to put a child's on the layer."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Make it, empty.

        Args:
            size: The window's, in pixels.
        """
        super().__init__(size=size, size_hint=(None, None))
        self._layer = Fbo(size=size)
        with self._layer:
            self._ground = ClearColor(0, 0, 0, 1)
            ClearBuffers()
        self.canvas.add(self._layer)
        with self.canvas:
            Rectangle(size=size, texture=self._layer.texture)

    def begin(self, ground: Colour) -> None:
        """Stand empty again, on a ground of this colour."""
        self.clear_widgets()
        self._ground.rgba = seen(ground)

    def add_widget(self, widget: Widget, *arguments: object, **more: object) -> None:
        """Let a widget stand on the layer."""
        own, self.canvas = self.canvas, self._layer
        super().add_widget(widget, *arguments, **more)
        self.canvas = own

    def remove_widget(self, widget: Widget, *arguments: object, **more: object) -> None:
        """Take a widget off the layer."""
        own, self.canvas = self.canvas, self._layer
        super().remove_widget(widget, *arguments, **more)
        self.canvas = own
